"""Encoders by PyTorch without padding: the tokens of a batch stand in one row, and only attention knows where a window ends.

Attention runs by the first of these that there is: flash-attn, PyTorch's own variable-length kernel (both on CUDA in
bfloat16), and scaled dot-product attention over the windows padded for this one step, which runs anywhere and is what
encoders with a bias by relative position take.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from inspect import signature
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from models.backends.layout import Encoder, Tensors
from models.types import Window

_ACTIVATIONS: Mapping[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "gelu": F.gelu,
    "gelu_new": lambda x: F.gelu(x, approximate="tanh"),
    "gelu_pytorch_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "relu": F.relu,
}
_WIDTH_MULTIPLE = 8  # of the padded attention's width: kernels want aligned rows


@dataclass(frozen=True)
class Packed:
    """Windows as one row of tokens, on the device.

    ids, positions: int64 [tokens]. ends: int32 [windows + 1], where each window begins, and the end. cells: int64 [tokens],
    each token's place among windows * width padded ones. lengths: tokens of each window. width: of the padded form.
    """

    ids: torch.Tensor
    positions: torch.Tensor
    ends: torch.Tensor
    cells: torch.Tensor
    lengths: tuple[int, ...]
    width: int

    @property
    def longest(self) -> int:
        return max(self.lengths)


def pack(windows: Sequence[Window], device: torch.device) -> Packed:
    """Put windows in one row. On CUDA the copy is asynchronous, from pinned memory. Raises `ValueError` for no windows."""
    if not windows:
        raise ValueError("windows: expected at least one")
    lengths = tuple(len(window) for window in windows)
    width = -(-max(lengths) // _WIDTH_MULTIPLE) * _WIDTH_MULTIPLE
    total = sum(lengths)
    ends = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=ends[1:])
    positions = np.arange(total) - np.repeat(ends[:-1], lengths)
    # One block of memory, so that there is one copy.
    block = np.concatenate(
        [
            *(window.ids for window in windows),
            positions,
            positions + np.repeat(np.arange(len(lengths)) * width, lengths),
            ends,
        ]
    )
    host = torch.from_numpy(block)
    moved = host.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else host
    ids, places, cells = torch.split(moved[: 3 * total], total)
    return Packed(ids, places, moved[3 * total :].to(torch.int32), cells, lengths, width)


Attention = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, Packed], torch.Tensor]


def choose_attention(device: torch.device, dtype: torch.dtype, table: torch.Tensor | None) -> tuple[str, Attention]:
    """The fastest attention that there is, and its name; see the module. table: bias of relative positions [heads, P, P]."""
    if device.type == "cuda" and dtype in (torch.bfloat16, torch.float16) and table is None:
        if find_spec("flash_attn") is not None:
            from flash_attn import flash_attn_varlen_func  # type: ignore[import-not-found]

            return "flash-attn", _variable_length(flash_attn_varlen_func)
        if torch.cuda.get_device_capability(device) >= (8, 0) and find_spec("torch.nn.attention.varlen") is not None:
            from torch.nn.attention.varlen import varlen_attn

            # One split: a window's sums are then done in one order, whatever else is in the batch.
            options: dict[str, Any] = {"num_splits": 1} if "num_splits" in signature(varlen_attn).parameters else {}
            return "varlen", _variable_length(partial(varlen_attn, **options))
    return "padded", lambda query, key, value, packed: padded_attention(query, key, value, packed, table)


def _variable_length(kernel: Callable[..., Any]) -> Attention:
    def attend(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, packed: Packed) -> torch.Tensor:
        found: torch.Tensor = kernel(query, key, value, packed.ends, packed.ends, packed.longest, packed.longest)
        return found

    return attend


def padded_attention(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, packed: Packed, table: torch.Tensor | None
) -> torch.Tensor:
    """Attention of tokens [tokens, heads, size] within their windows, padded to rectangles on the way."""
    rows, width = len(packed.lengths), packed.width

    def wide(x: torch.Tensor) -> torch.Tensor:
        padded = x.new_zeros(rows * width, *x.shape[1:]).index_copy(0, packed.cells, x)
        return padded.view(rows, width, *x.shape[1:]).transpose(1, 2)

    real = torch.zeros(rows * width, dtype=torch.bool, device=query.device)
    mask = real.index_fill(0, packed.cells, True).view(rows, 1, 1, width)
    if table is not None:
        blocked = torch.zeros(rows, 1, 1, width, dtype=query.dtype, device=query.device).masked_fill(~mask, -1e4)
        mask = table[None, :, :width, :width] + blocked
    found = F.scaled_dot_product_attention(wide(query), wide(key), wide(value), attn_mask=mask)
    return found.transpose(1, 2).reshape(rows * width, *query.shape[1:]).index_select(0, packed.cells)


@dataclass(frozen=True)
class _Linear:
    weight: torch.Tensor
    bias: torch.Tensor

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x, self.weight, self.bias)


@dataclass(frozen=True)
class _Norm:
    weight: torch.Tensor
    bias: torch.Tensor
    eps: float

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)


@dataclass(frozen=True)
class _Layer:
    """query, key and value as one product; the rest as in BERT."""

    projections: _Linear
    output: _Linear
    first: _Norm
    up: _Linear
    down: _Linear
    second: _Norm


class _Reader:
    """Tensors as parts of a network, in its precision and on its device."""

    def __init__(self, tensors: Tensors, device: torch.device, dtype: torch.dtype) -> None:
        self._tensors, self._device, self._dtype = tensors, device, dtype

    def tensor(self, *names: str) -> torch.Tensor:
        """Tensors joined along their rows. Raises `KeyError` naming a missing one."""
        joined = np.concatenate([np.asarray(self._tensors[name], np.float32) for name in names])
        return torch.from_numpy(joined).to(self._device, self._dtype)

    def linear(self, *names: str) -> _Linear:
        return _Linear(
            self.tensor(*(name + ".weight" for name in names)), self.tensor(*(name + ".bias" for name in names))
        )

    def norm(self, name: str, eps: float) -> _Norm:
        return _Norm(self.tensor(name + ".weight"), self.tensor(name + ".bias"), eps)

    def layer(self, place: str, eps: float) -> _Layer:
        return _Layer(
            self.linear(*(f"{place}attention.self.{part}" for part in ("query", "key", "value"))),
            self.linear(place + "attention.output.dense"),
            self.norm(place + "attention.output.LayerNorm", eps),
            self.linear(place + "intermediate.dense"),
            self.linear(place + "output.dense"),
            self.norm(place + "output.LayerNorm", eps),
        )


class PackedEncoder:
    """An encoder over packed tokens, from tensors with BERT's names."""

    def __init__(
        self,
        tensors: Tensors,
        encoder: Encoder,
        *,
        place: str,
        device: torch.device,
        dtype: torch.dtype,
        first: int = 0,
        projected: bool = False,
        table: torch.Tensor | None = None,
    ) -> None:
        """place: prefix of the embeddings' tensors. first: row of the position table that a window's first token has.
        projected: embeddings are narrower than the encoder. table: bias of relative positions [heads, P, P], for windows of up
        to P tokens, rounded up to a multiple of 8. Raises `KeyError` naming a missing tensor."""
        read = _Reader(tensors, device, dtype)
        self.words = read.tensor(place + "word_embeddings.weight")
        self._fixed = read.tensor(place + "position_embeddings.weight")[first:]
        if place + "token_type_embeddings.weight" in tensors:
            self._fixed = self._fixed + read.tensor(place + "token_type_embeddings.weight")[0]
        self._norm = read.norm(place + "LayerNorm", encoder.eps)
        self._project = read.linear("encoder.embedding_hidden_mapping_in") if projected else None
        places = [encoder.place.format(layer) for layer in range(encoder.layers)]
        made = {each: read.layer(each, encoder.eps) for each in dict.fromkeys(places)}
        self._layers = [made[each] for each in places]
        self._heads = encoder.heads
        self._activation = _ACTIVATIONS[encoder.activation]
        self.attention, self._attend = choose_attention(
            device, dtype, None if table is None else table.to(device, dtype)
        )

    def __call__(self, packed: Packed, words: torch.Tensor | None = None) -> torch.Tensor:
        """Hidden states [tokens, hidden]. words: embeddings to take in place of those of the ids."""
        x = F.embedding(packed.ids, self.words) if words is None else words
        x = self._norm(x + F.embedding(packed.positions, self._fixed))
        if self._project is not None:
            x = self._project(x)
        for layer in self._layers:
            query, key, value = layer.projections(x).view(len(x), 3, self._heads, -1).unbind(1)
            context = self._attend(query, key, value, packed).reshape(x.shape)
            x = layer.first(layer.output(context) + x)
            x = layer.second(layer.down(self._activation(layer.up(x))) + x)
        return x
