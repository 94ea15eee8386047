"""Encoders by PyTorch, on CPU and CUDA, in float32 and bfloat16. The loaders are in the other `torch_*.py` files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.attribution import spans_from_contributions
from models.backends.base import BackendError, OutOfMemory, strongest_window
from models.errors import ModelError
from models.packing import Side, pad
from models.types import Attribution, Encoded, Window, WindowScores

# From ids and mask, int64 [batch, tokens]: logits [batch, labels], and token logits [batch, tokens] or None.
Forward = Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor | None]]


def choose_device(device: str) -> torch.device:
    """`auto` is CUDA where there is a card. Raises `ModelError`."""
    if device == "cuda" and not torch.cuda.is_available():
        raise ModelError("no_device", "device cuda: torch sees no CUDA card (is this torch's CPU build?)")
    return torch.device("cuda" if device != "cpu" and torch.cuda.is_available() else "cpu")


def choose_precision(precision: str, device: torch.device) -> torch.dtype:
    """`auto` is bfloat16 where the device computes it natively. Raises `ModelError`."""
    if precision == "int8":
        raise ModelError("no_precision", "precision int8 is for backend openvino: choose fp32, bf16 or auto")
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        native = bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
    if precision == "bf16" and device.type == "cuda" and not native:
        raise ModelError("no_precision", "this card has no bfloat16 arithmetic: choose precision fp32 or auto")
    return torch.bfloat16 if precision == "bf16" or (precision == "auto" and native) else torch.float32


class TorchBackend:
    """A loaded network with its device and precision. Blocking; callers take turns, batch by batch.

    network: the module, already in its precision; `forward` runs it. word_embeddings: the layer whose output attributions
    are taken at. positions: the longest input. side: where the network expects padding.
    """

    name = "torch"

    def __init__(
        self,
        network: nn.Module,
        forward: Forward,
        *,
        word_embeddings: nn.Module,
        device: torch.device,
        precision: torch.dtype,
        pad_id: int,
        positions: int,
        side: Side = "right",
        threads: int | None = None,
    ) -> None:
        if threads is not None and device.type == "cpu":
            torch.set_num_threads(threads)
        self.device = device.type
        self.precision = "bf16" if precision is torch.bfloat16 else "fp32"
        self._turn = Lock()
        self._network: nn.Module | None = network.to(device).eval().requires_grad_(False)
        self._forward = forward
        self._word_embeddings = word_embeddings
        self._pad_id = pad_id
        self._positions = positions
        self._side: Side = side
        # Round lengths where shapes are costly (kernels are chosen anew for each); on a CPU in float32 they are not.
        self._multiple = 8 if device.type == "cuda" or precision is torch.bfloat16 else 1

    def run(self, windows: Sequence[Window]) -> list[WindowScores]:
        """Score windows as one padded batch, in order."""
        if not windows:
            return []
        batch = pad(windows, pad_id=self._pad_id, multiple=self._multiple, limit=self._positions, side=self._side)
        try:
            with self._turn, torch.inference_mode():
                self._check_open()
                logits, tokens = self._forward(self._tensor(batch.ids), self._tensor(batch.mask))
                rows = logits.float().cpu().numpy()
                token_rows = None if tokens is None else batch.rows(tokens.float().cpu().numpy())
        except torch.OutOfMemoryError as error:
            torch.cuda.empty_cache()
            raise OutOfMemory(f"no memory on the card for {len(windows)} x {batch.ids.shape[1]} tokens") from error
        except (RuntimeError, IndexError) as error:
            raise BackendError(f"torch failed on {len(windows)} x {batch.ids.shape[1]} tokens: {error}") from error
        if token_rows is None:
            return [WindowScores(row) for row in rows]
        return [WindowScores(row, values) for row, values in zip(rows, token_rows, strict=True)]

    def attribute(self, encoded: Encoded, label: int) -> tuple[Attribution, ...]:
        """Gradient of one label's logit times the word embeddings, summed per token (Shrikumar et al., 2016).

        One forward and one backward pass to the embeddings, about twice a forward; of a long post, the window with the
        highest logit is explained.
        """
        best = strongest_window(self.run, encoded, label)
        ids = self._tensor(best.ids[None])
        kept: list[torch.Tensor] = []

        def keep(_module: nn.Module, _inputs: object, output: torch.Tensor) -> torch.Tensor:
            kept.append(output.detach().requires_grad_())
            return kept[-1]

        try:
            with self._turn, torch.enable_grad():
                self._check_open()
                hook = self._word_embeddings.register_forward_hook(keep)
                try:
                    logits, _ = self._forward(ids, torch.ones_like(ids))
                finally:
                    hook.remove()
                (gradient,) = torch.autograd.grad(logits[0, label], kept[-1])
            values = (gradient.float() * kept[-1].detach().float()).sum(-1)[0].cpu().numpy()
        except RuntimeError as error:
            raise BackendError(f"torch failed on {len(best)} tokens: {error}") from error
        return spans_from_contributions(encoded.text, best.offsets, np.asarray(values, np.float32))

    def close(self) -> None:
        with self._turn:
            self._network = None
            self._forward = _closed
            self._word_embeddings = nn.Identity()

    def _check_open(self) -> None:
        if self._network is None:
            raise BackendError("the backend is closed")

    def _tensor(self, values: NDArray[np.int64]) -> torch.Tensor:
        return torch.from_numpy(values).to(self.device)


def _closed(_ids: torch.Tensor, _mask: torch.Tensor) -> tuple[torch.Tensor, None]:
    raise BackendError("the backend is closed")
