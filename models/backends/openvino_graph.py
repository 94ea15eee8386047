"""Transformer encoders as OpenVINO operations, from tensors with BERT's names: no torch, no ONNX.

Written as what OpenVINO's CPU plugin fuses: layer normalisation as mean-variance normalisation, one product for query, key
and value with the attention scale folded in, and explicit attention (no slower than the fused operation, see
benchmarks/NOTES.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import openvino.opset15 as ops
from numpy.typing import NDArray

from models.backends.layout import Encoder
from models.quantise import Widened

Weights = Mapping[str, NDArray[Any]]  # as stored: float16, bfloat16 widened, or float32

# Not minus infinity: 1e4 is far below any logit, and exact in bfloat16's range.
FAR_BELOW = 1e4
# Spare rows are added where they are at most one in so many of those that are used.
SPARE_PART = 4

_ACTIVATIONS: Mapping[str, Callable[[Any], Any]] = {
    "gelu": lambda x: ops.gelu(x, "erf"),
    "gelu_new": lambda x: ops.gelu(x, "tanh"),
    "gelu_pytorch_tanh": lambda x: ops.gelu(x, "tanh"),
    "relu": lambda x: ops.relu(x),
}


def embed(
    weights: Weights, place: str, ids: Any, *, eps: float, first: int = 0, segments: str = "token_type_embeddings"
) -> Any:
    """Word, position and (always the first) segment embeddings of ids [batch, tokens], normalised.

    first: row of the position table that the first token has. A word table in int8 stays so: rows are looked up as
    stored and widened after, which saves the memory of the largest table.
    """
    fixed = weights[place + "position_embeddings.weight"][first:].astype(np.float32)
    if place + segments + ".weight" in weights:
        fixed = fixed + weights[place + segments + ".weight"][0].astype(np.float32)
    positions = ops.slice(floats(fixed), ints(0), _length(ids), ints(1), ints(0))
    return normalise(
        weights, place + "LayerNorm", _rows(weights, place + "word_embeddings.weight", ids) + positions, eps
    )


def blocked_by(mask: Any) -> Any:
    """What is added to attention logits [batch, heads, queries, keys] so that no key outside `mask` [batch, tokens] counts."""
    return ops.unsqueeze((mask - floats(1.0)) * floats(FAR_BELOW), ints(1, 2))


def up_to_length(bias: NDArray[np.float32], ids: Any) -> Any:
    """A bias [heads, most, most] by position, cut to the tokens of ids [batch, tokens]: [1, heads, tokens, tokens]."""
    length = _length(ids)
    corner = ops.concat([length, length], 0)
    return ops.slice(floats(bias[None]), ints(0, 0), corner, ints(1, 1), ints(2, 3))


@dataclass(frozen=True)
class _Rows:
    """All tokens of a batch as rows of one matrix, with spare rows below. Each is an int64 tensor of the graph.

    shape: [batch, tokens, heads, size of a head]. used: rows that are tokens [1]; spare: rows below them [1]; None for none
    ever.
    """

    shape: Any
    used: Any
    spare: Any

    def with_spare(self, x: Any) -> Any:
        """[used, hidden] to [used + spare, hidden], zeros below."""
        if self.spare is None:
            return x
        return ops.pad(x, ints(0, 0), ops.concat([self.spare, ints(0)], 0), "constant", floats(0.0))


def encode(weights: Weights, encoder: Encoder, x: Any, blocked: Any, *, rows: int = 1) -> Any:
    """All layers on x [batch, tokens, hidden]. blocked: added to every layer's attention logits.

    rows: products have a multiple of so many rows, where that adds at most a quarter; zeros are added below. On matrix units
    (AMX) products of other numbers of rows take up to 1.4 times as long.
    """
    batch, length = (ops.gather(ops.shape_of(x), ints(at), ints(0)) for at in (0, 1))
    used = batch * length
    spare = None
    if rows > 1:
        rest = ops.mod(ints(rows) - ops.mod(used, ints(rows)), ints(rows))
        spare = ops.select(ops.less_equal(rest * ints(SPARE_PART), used), rest, ints(0))
    split = ops.concat([batch, length, ints(encoder.heads, encoder.hidden // encoder.heads)], 0)
    place = _Rows(split, used, spare)
    flat = place.with_spare(ops.reshape(x, ints(-1, encoder.hidden), False))
    for layer in range(encoder.layers):
        flat = _layer(weights, encoder.place.format(layer), flat, blocked, encoder, place)
    flat = ops.slice(flat, ints(0), used, ints(1), ints(0))
    return ops.reshape(flat, ops.concat([batch, length, ints(encoder.hidden)], 0), False)


def linear(weights: Weights, name: str, x: Any) -> Any:
    return _product(weights, {name: 1.0}, x)


def normalise(weights: Weights, name: str, x: Any, eps: float) -> Any:
    flat = ops.mvn(x, ints(-1), True, eps, "inside_sqrt")
    return flat * floats(weights[name + ".weight"]) + floats(weights[name + ".bias"])


def floats(value: float | NDArray[Any]) -> Any:
    return ops.constant(np.asarray(value, np.float32))


def ints(*values: int) -> Any:
    return ops.constant(np.array(values, np.int64))


def _length(ids: Any) -> Any:
    return ops.gather(ops.shape_of(ids), ints(1), ints(0))


def _rows(weights: Weights, name: str, ids: Any) -> Any:
    """Rows of a table, as float32."""
    along = ops.constant(np.int64(0))
    if not isinstance(weights, Widened) or (narrow := weights.narrow(name)) is None:
        return ops.convert(ops.gather(ops.constant(weights[name]), ids, along), "f32")
    scales = ops.convert(ops.gather(ops.constant(weights.scale(name)[:, None]), ids, along), "f32")
    return ops.convert(ops.gather(ops.constant(narrow, shared_memory=True), ids, along), "f32") * scales


def _layer(weights: Weights, place: str, x: Any, blocked: Any, encoder: Encoder, rows: _Rows) -> Any:
    """One transformer layer (post-normalisation, as in BERT) on x [rows, hidden]."""
    parts = _query_key_value(weights, place + "attention.self.", x, encoder)
    query, key, value = (_by_head(parts, at, encoder, rows) for at in range(3))
    weight = ops.softmax(ops.matmul(query, key, False, True) + blocked, -1)
    context = ops.transpose(ops.matmul(weight, value, False, False), ints(0, 2, 1, 3))
    context = rows.with_spare(ops.reshape(context, ints(-1, encoder.hidden), False))
    x = normalise(
        weights,
        place + "attention.output.LayerNorm",
        linear(weights, place + "attention.output.dense", context) + x,
        encoder.eps,
    )
    wide = _ACTIVATIONS[encoder.activation](linear(weights, place + "intermediate.dense", x))
    return normalise(
        weights, place + "output.LayerNorm", linear(weights, place + "output.dense", wide) + x, encoder.eps
    )


def _query_key_value(weights: Weights, place: str, x: Any, encoder: Encoder) -> Any:
    """The three projections as one product [rows, 3 * hidden], the attention scale folded into the query's."""
    factors = {place + "query": (encoder.hidden // encoder.heads) ** -0.5, place + "key": 1.0, place + "value": 1.0}
    return _product(weights, factors, x)


def _by_head(x: Any, at: int, encoder: Encoder, rows: _Rows) -> Any:
    """Part `at` of x [rows, 3 * hidden] as [batch, heads, tokens, hidden / heads], without the spare rows."""
    columns = ints(at * encoder.hidden), ints((at + 1) * encoder.hidden)
    part = ops.slice(
        x, ops.concat([ints(0), columns[0]], 0), ops.concat([rows.used, columns[1]], 0), ints(1, 1), ints(0, 1)
    )
    return ops.transpose(ops.reshape(part, rows.shape, False), ints(0, 2, 1, 3))


def _product(weights: Weights, factors: Mapping[str, float], x: Any) -> Any:
    """Linear layers, side by side, as one product. factors: of each layer's output, by its name."""
    wide = {name: np.float32(factor) for name, factor in factors.items()}
    bias = [weights[name + ".bias"].astype(np.float32) * factor for name, factor in wide.items()]
    stored = weights.kept([name + ".weight" for name in wide]) if isinstance(weights, Widened) else None
    if isinstance(weights, Widened) and stored is not None:
        scale = [weights.scale(name + ".weight") * factor for name, factor in wide.items()]
        joined = np.concatenate(stored) if len(stored) > 1 else stored[0]
        matrix = ops.convert(ops.constant(joined, shared_memory=len(stored) == 1), "f32") * floats(
            np.concatenate(scale)[:, None]
        )
    else:
        matrix = floats(
            np.concatenate([weights[name + ".weight"].astype(np.float32) * factor for name, factor in wide.items()])
        )
    return ops.matmul(x, matrix, False, True) + floats(np.concatenate(bias))
