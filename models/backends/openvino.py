"""The embedded model on a CPU by OpenVINO, its graph built straight from the safetensors file: no torch, no ONNX.

The forward is that of `models/training/network.py`. Everything after the last matrix product of the encoder is
element-wise, which the plugin keeps in float32 also when it runs in bfloat16; the sentence head is a few thousand
multiplications and runs in NumPy float32.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import openvino.opset15 as ops
from safetensors import SafetensorError

from models.attribution import spans_from_contributions
from models.backends.base import strongest_window
from models.backends.layout import Encoder
from models.backends.openvino_graph import (
    FAR_BELOW,
    Weights,
    blocked_by,
    embed,
    encode,
    floats,
    ints,
    up_to_length,
)
from models.backends.openvino_runtime import CompiledGraph, native_bf16
from models.backends.processor import length_multiple, rows_of_products
from models.card import CardError, ModelCard
from models.packing import Batch, pad
from models.quantise import Widened
from models.relative import attention_bias
from models.tensors import MappedFile
from models.types import Attribution, Encoded, Window, WindowScores

# Encoders whose matrices take at most so much in bfloat16 are widened where the processor multiplies that.
WIDE_BYTES = 32 * 2**20
POOLED, TOKENS, HIDDEN = range(3)  # the graph's outputs
# Runs after which pages of the model's file are given back: the runtime reads matrices once more when it first meets a shape.
_FORGETTING = frozenset(2**n for n in range(13))


@dataclass(frozen=True)
class Shape:
    """The encoder's shape, read from the card's `architecture`. relative: buckets of relative positions; 0 is none."""

    hidden: int
    layers: int
    heads: int
    positions: int
    eps: float
    pad_id: int
    relative: int = 0

    @classmethod
    def of(cls, card: ModelCard) -> Shape:
        """Raises `CardError` for what this graph does not implement."""
        facts: Mapping[str, Any] = card.architecture
        for key, only in (("type", "bert"), ("activation", "gelu"), ("pooling", "mean+max")):
            if facts.get(key) != only:
                raise CardError(f"architecture.{key}: this backend runs {only!r}, the card says {facts.get(key)!r}")
        try:
            shape = cls(
                hidden=int(facts["hidden"]),
                layers=int(facts["layers"]),
                heads=int(facts["heads"]),
                positions=int(facts["positions"]),
                eps=float(facts["layer_norm_eps"]),
                pad_id=int(facts["pad_token_id"]),
                relative=int(facts.get("relative_buckets", 0)),
            )
        except KeyError as error:
            raise CardError(f"architecture.{error.args[0]}: missing") from None
        if card.window > shape.positions:
            raise CardError(f"window: {card.window} is more than the model's {shape.positions} positions")
        return shape

    @property
    def encoder(self) -> Encoder:
        return Encoder(self.hidden, self.layers, self.heads, self.eps, "gelu", "encoder.encoder.layer.{}.")

    @property
    def wide_bytes(self) -> int:
        """Of the matrices of all layers in bfloat16."""
        return 2 * 12 * self.hidden**2 * self.layers

    def longest(self, window: int) -> int:
        """Tokens of the longest batch, padding included."""
        multiple = length_multiple()
        return min(-(-window // multiple) * multiple, self.positions)


class OpenVINOBackend:
    """The embedded model's format on CPU. Blocking; `parallel` callers at a time, the others take turns, batch by batch."""

    name = "openvino"
    device = "cpu"

    def __init__(
        self,
        folder: Path,
        card: ModelCard,
        *,
        precision: str = "auto",
        threads: int | None = None,
        keep_narrow: bool | None = None,
    ) -> None:
        """Read `folder/model.safetensors` and compile it.

        precision, threads: see `CompiledGraph`. keep_narrow: matrices that are stored in int8 stay so in memory; without,
        products in bf16 are 15 to 30 % faster, and stand in memory twice. None keeps those of encoders above
        `WIDE_BYTES`, and all for products in int8. Raises `CardError` for weights that do not fit the card, `ModelError` for
        a precision that the processor lacks.
        """
        self._shape = Shape.of(card)
        try:
            self._file = MappedFile(folder / "model.safetensors")
            if keep_narrow is None:
                keep_narrow = precision == "int8" or not native_bf16() or self._shape.wide_bytes > WIDE_BYTES
            weights = Widened(self._file.tensors, keep_narrow=keep_narrow)
            self._head = np.ascontiguousarray(weights["head.weight"].T, np.float32)
            self._bias = weights["head.bias"].astype(np.float32)
            if self._head.shape != (2 * self._shape.hidden, len(card.labels)):
                raise CardError(f"head.weight: shape {self._head.T.shape} does not fit the card's labels")
            graph = build_graph(weights, self._shape, window=card.window, token_head=card.token_head)
        except FileNotFoundError as error:
            raise CardError(f"{error.filename}: missing") from None
        except CardError:
            raise
        except (SafetensorError, KeyError, ValueError) as error:
            raise CardError(f"{folder / 'model.safetensors'}: {error}") from error
        self._longest = self._shape.longest(card.window)
        self._token_head = card.token_head
        narrow = weights.kept(["encoder.encoder.layer.0.output.dense.weight"]) is not None
        self._graph = CompiledGraph(graph, precision=precision, threads=threads, narrow=narrow)
        self.precision, self.between_products = self._graph.precision, self._graph.between_products
        self.parallel = self._graph.parallel
        self._runs = 0
        self._file.forget()  # the runtime has its own copies of the matrices, in its own order

    def run(self, windows: Sequence[Window]) -> list[WindowScores]:
        """Score windows as one padded batch, in order."""
        if not windows:
            return []
        batch = self._pad(windows)
        wanted = [POOLED, TOKENS] if self._token_head else [POOLED]
        pooled, *rest = self._graph.infer(batch, wanted)
        self._runs += 1
        if self._runs in _FORGETTING:
            self._file.forget()
        if not rest:
            return [WindowScores(row) for row in pooled @ self._head + self._bias]
        (tokens,) = rest
        logits = pooled @ self._head + self._bias
        return [WindowScores(row, values) for row, values in zip(logits, batch.rows(tokens), strict=True)]

    def attribute(self, encoded: Encoded, label: int) -> tuple[Attribution, ...]:
        """Split one label's logit exactly over the tokens, by class activation mapping (Zhou et al., 2016).

        The logit is linear in the mean and the maximum of the last hidden states, so each token's share is known from
        the forward pass alone. Of a long post, the window with the highest logit is explained.
        """
        best = strongest_window(self.run, encoded, label)
        (found,) = self._graph.infer(self._pad([best]), [HIDDEN])
        hidden = found[0, : len(best)]
        from_mean, from_top = np.split(self._head[:, label], 2)
        shares = hidden @ from_mean / len(best)
        where = hidden.argmax(axis=0)
        np.add.at(shares, where, hidden[where, np.arange(hidden.shape[1])] * from_top)
        return spans_from_contributions(encoded.text, best.offsets, shares - shares.mean())

    def close(self) -> None:
        self._graph.close()

    def _pad(self, windows: Sequence[Window]) -> Batch:
        return pad(windows, pad_id=self._shape.pad_id, multiple=length_multiple(), limit=self._longest)


def build_graph(weights: Weights, shape: Shape, *, window: int, token_head: bool) -> ov.Model:
    """Build the encoder with dynamic batch and length, of at most `window` tokens rounded up.

    Inputs: ids and mask, int64 [batch, tokens]. Outputs, float32: pooled (mean and maximum of the
    real tokens) [batch, 2 * hidden], token logits [batch, tokens] (zeros without a token head), hidden
    [batch, tokens, hidden]. Raises `KeyError` naming a missing tensor.
    """
    ids = ops.parameter([-1, -1], ov.Type.i64, name="ids")
    flags = ops.parameter([-1, -1], ov.Type.i64, name="mask")
    mask = ops.convert(flags, "f32")
    blocked = blocked_by(mask)
    if shape.relative:
        table = weights["relative_bias.weight"]
        if table.shape != (shape.relative, shape.heads):
            raise CardError(f"relative_bias.weight: shape {table.shape} does not fit the card's architecture")
        blocked = blocked + up_to_length(attention_bias(table, shape.longest(window)), ids)
    x = embed(weights, "encoder.embeddings.", ids, eps=shape.eps)
    x = encode(weights, shape.encoder, x, blocked, rows=rows_of_products())
    real = ops.unsqueeze(mask, ints(2))
    mean = ops.reduce_sum(x * real, ints(1)) / ops.reduce_sum(real, ints(1))
    top = ops.reduce_max(x + (real - floats(1.0)) * floats(FAR_BELOW), ints(1))
    if token_head:
        tokens = ops.reduce_sum(x * floats(weights["token_head.weight"]), ints(2)) + floats(weights["token_head.bias"])
    else:
        tokens = mask * floats(0.0)
    outputs = [ops.concat([mean, top], 1), tokens, x]
    return ov.Model([ops.result(output) for output in outputs], [ids, flags], "encoder")
