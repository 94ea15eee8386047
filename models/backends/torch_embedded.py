"""The embedded model's format by PyTorch: the trained network itself, for CUDA and as the reference of other backends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.numpy import load_file
from transformers import BertConfig, BertModel

from models.backends.torch_encoder import TorchBackend, choose_device, choose_precision
from models.card import CardError, ModelCard
from models.quantise import widen
from models.training.network import Classifier


def open_embedded(
    folder: Path, card: ModelCard, *, device: str = "auto", precision: str = "auto", threads: int | None = None
) -> TorchBackend:
    """Load `folder/model.safetensors` into the trained network's own class.

    Raises `CardError` for weights that do not fit the card, `ModelError` for a device or precision that is not there.
    """
    place = choose_device(device)
    dtype = choose_precision(precision, place)
    facts: Any = card.architecture
    if facts.get("type") != "bert":
        raise CardError(f"architecture.type: this backend runs 'bert', the card says {facts.get('type')!r}")
    config = BertConfig(
        hidden_size=facts["hidden"],
        num_hidden_layers=facts["layers"],
        num_attention_heads=facts["heads"],
        intermediate_size=facts["intermediate"],
        vocab_size=facts["vocabulary"],
        max_position_embeddings=facts["positions"],
        layer_norm_eps=facts["layer_norm_eps"],
        hidden_act=facts["activation"],
        pad_token_id=facts["pad_token_id"],
    )
    encoder: Any = BertModel(config, add_pooling_layer=False)
    network = Classifier(
        encoder,
        config.hidden_size,
        len(card.labels),
        heads=config.num_attention_heads,
        relative=facts.get("relative_buckets", 0),
    )
    try:
        weights = widen(load_file(folder / "model.safetensors"))
        network.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
    except (FileNotFoundError, SafetensorError, KeyError, ValueError, RuntimeError) as error:
        raise CardError(f"{folder / 'model.safetensors'}: {error}") from error
    encoder.to(dtype)  # the heads stay in float32: they are tiny, and their outputs are what users read
    if network.relative_bias is not None:
        network.relative_bias.to(dtype)

    def forward(ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        logits, tokens = network(ids, mask)
        return logits, tokens if card.token_head else None

    return TorchBackend(
        network,
        forward,
        word_embeddings=encoder.get_input_embeddings(),
        device=place,
        precision=dtype,
        pad_id=facts["pad_token_id"],
        positions=config.max_position_embeddings,
        threads=threads,
    )
