"""Sequence classifiers of Hugging Face transformers by PyTorch: any architecture, on CPU and CUDA."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from models.backends.sources import Source
from models.backends.torch_encoder import TorchBackend, choose_device, choose_precision
from models.packing import Side

# The longest window, special tokens included, also for models that take more: cost grows with its square, and comments
# that long are scored in windows just as well.
LONGEST_WINDOW = 512


def open_torch(
    source: Source, network: Any, *, device: str = "auto", precision: str = "auto", threads: int | None = None
) -> TorchBackend:
    """A backend over the source's loaded network. Raises `ModelError` for a device or precision that is not there."""
    place = choose_device(device)
    dtype = choose_precision(precision, place)
    count = len(source.labels)

    def forward(ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        return network(input_ids=ids, attention_mask=mask).logits[:, :count], None

    return TorchBackend(
        network.to(dtype),
        forward,
        word_embeddings=network.get_input_embeddings(),
        device=place,
        precision=dtype,
        pad_id=pad_id_of(source),
        positions=positions_of(network),
        side=side_of(source),
        threads=threads,
    )


def pad_id_of(source: Source) -> int:
    """The padding's token id; any will do where the model has none, since the mask keeps it out."""
    found = source.tokenizer.pad_token_id
    return int(found if found is not None else source.config.pad_token_id or 0)


def side_of(source: Source) -> Side:
    """Where the network expects its padding."""
    return "left" if source.tokenizer.padding_side == "left" else "right"


def positions_of(network: nn.Module) -> int:
    """The longest input that the network has positions for. RoBERTa and its kin start counting after the padding id."""
    for name, module in network.named_modules():
        if name.endswith("position_embeddings") and isinstance(module, nn.Embedding):
            return module.num_embeddings - (0 if module.padding_idx is None else module.padding_idx + 1)
    stated = int(getattr(network.config, "max_position_embeddings", None) or 0)
    return stated if stated > 0 else LONGEST_WINDOW  # XLNet says -1: it counts distances, not positions
