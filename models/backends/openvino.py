"""The embedded model on a CPU by OpenVINO, its graph built straight from the safetensors file: no torch, no ONNX.

The forward is that of `models/training/network.py`, written as operations that OpenVINO's CPU plugin fuses: layer
normalisation as mean-variance normalisation, exact (erf) GELU, one product for query, key and value with the attention
scale folded in, and explicit attention (no slower than the fused operation, see benchmarks/NOTES.md). Everything after
the last matrix product of the encoder is element-wise, which the plugin keeps in float32 also when it runs in bfloat16;
the sentence head is a few thousand multiplications and runs in NumPy float32.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import openvino.opset15 as ops
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from models.attribution import spans_from_contributions
from models.backends.base import BackendError, strongest_window
from models.card import CardError, ModelCard
from models.errors import ModelError
from models.packing import pad
from models.types import Attribution, Encoded, Window, WindowScores

# Lengths are padded to this multiple: 20 shapes up to 160 tokens instead of 160, at 4% more tokens and up to 5% more time.
LENGTH_MULTIPLE = 8
# Prepared kernels that the runtime keeps, per operation and shape; its default of 5,000 grows memory for hours.
KERNEL_CACHE = 512

Weights = Mapping[str, NDArray[Any]]  # as stored: float16 or float32


@dataclass(frozen=True)
class Shape:
    """The encoder's shape, read from the card's `architecture`."""

    hidden: int
    layers: int
    heads: int
    positions: int
    eps: float
    pad_id: int

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
            )
        except KeyError as error:
            raise CardError(f"architecture.{error.args[0]}: missing") from None
        if card.window > shape.positions:
            raise CardError(f"window: {card.window} is more than the model's {shape.positions} positions")
        return shape


class OpenVINOBackend:
    """The embedded model's format on CPU. Blocking; one caller at a time."""

    name = "openvino"
    device = "cpu"

    def __init__(self, folder: Path, card: ModelCard, *, precision: str = "auto", threads: int | None = None) -> None:
        """Read `folder/model.safetensors` and compile it.

        precision: `auto` is bfloat16 where the processor computes it natively, else float32. threads: None lets the
        runtime take one a core. Raises `CardError` for weights that do not fit the card, `ModelError` for a
        precision that the processor lacks.
        """
        self._shape = Shape.of(card)
        core = ov.Core()
        native = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        if precision == "bf16" and not native:
            raise ModelError(
                "no_precision", "this processor has no bfloat16 instructions: choose precision fp32 or auto"
            )
        self.precision = "bf16" if native and precision != "fp32" else "fp32"
        try:
            weights = load_file(folder / "model.safetensors")
            self._head = np.ascontiguousarray(weights["head.weight"].T, np.float32)
            self._bias = weights["head.bias"].astype(np.float32)
            if self._head.shape != (2 * self._shape.hidden, len(card.labels)):
                raise CardError(f"head.weight: shape {self._head.T.shape} does not fit the card's labels")
            graph = build_graph(weights, self._shape, token_head=card.token_head)
        except FileNotFoundError as error:
            raise CardError(f"{error.filename}: missing") from None
        except (SafetensorError, KeyError) as error:
            raise CardError(f"{folder / 'model.safetensors'}: {error}") from error
        config = {
            "PERFORMANCE_HINT": "LATENCY",  # one batch at a time on all threads; the engine makes the batches
            "NUM_STREAMS": "1",
            "INFERENCE_PRECISION_HINT": "bf16" if self.precision == "bf16" else "f32",
            "CPU_RUNTIME_CACHE_CAPACITY": str(KERNEL_CACHE),
        }
        if threads is not None:
            config["INFERENCE_NUM_THREADS"] = str(threads)
        self._token_head = card.token_head
        self._request: Any = core.compile_model(graph, "CPU", config).create_infer_request()

    def run(self, windows: Sequence[Window]) -> list[WindowScores]:
        """Score windows as one padded batch, in order."""
        if not windows:
            return []
        pooled, tokens, _ = self._infer(windows)
        logits = pooled @ self._head + self._bias
        if not self._token_head:
            return [WindowScores(row) for row in logits]
        return [
            WindowScores(row, values[: len(window)].copy())
            for row, values, window in zip(logits, tokens, windows, strict=True)
        ]

    def attribute(self, encoded: Encoded, label: int) -> tuple[Attribution, ...]:
        """Split one label's logit exactly over the tokens, by class activation mapping (Zhou et al., 2016).

        The logit is linear in the mean and the maximum of the last hidden states, so each token's share is known from
        the forward pass alone. Of a long post, the window with the highest logit is explained.
        """
        best = strongest_window(self.run, encoded, label)
        hidden = self._infer([best])[2][0, : len(best)]
        from_mean, from_top = np.split(self._head[:, label], 2)
        shares = hidden @ from_mean / len(best)
        where = hidden.argmax(axis=0)
        np.add.at(shares, where, hidden[where, np.arange(hidden.shape[1])] * from_top)
        return spans_from_contributions(encoded.text, best.offsets, shares - shares.mean())

    def close(self) -> None:
        self._request = None

    def _infer(self, windows: Sequence[Window]) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Return pooled [windows, 2 * hidden], token logits [windows, tokens] and hidden [windows, tokens, hidden].

        They are views of the runtime's own memory, valid until the next call.
        """
        if self._request is None:
            raise BackendError("the backend is closed")
        batch = pad(windows, pad_id=self._shape.pad_id, multiple=LENGTH_MULTIPLE, limit=self._shape.positions)
        try:
            self._request.infer([batch.ids, batch.mask.astype(np.float32)], share_inputs=True, share_outputs=True)
        except RuntimeError as error:
            raise BackendError(f"OpenVINO failed on {len(windows)} x {batch.ids.shape[1]} tokens: {error}") from error
        pooled, tokens, hidden = (self._request.get_output_tensor(at).data for at in range(3))
        return pooled, tokens, hidden


def build_graph(weights: Weights, shape: Shape, *, token_head: bool) -> ov.Model:
    """Build the encoder with dynamic batch and length.

    Inputs: ids int64 [batch, tokens], mask float32 [batch, tokens]. Outputs, float32: pooled (mean and maximum of the
    real tokens) [batch, 2 * hidden], token logits [batch, tokens] (zeros without a token head), hidden
    [batch, tokens, hidden]. Raises `KeyError` naming a missing tensor.
    """
    ids = ops.parameter([-1, -1], ov.Type.i64, name="ids")
    mask = ops.parameter([-1, -1], ov.Type.f32, name="mask")
    x = _embed(weights, ids, shape)
    # Not minus infinity: 1e4 is far below any logit, and exact in bfloat16's range.
    blocked = ops.unsqueeze((mask - _floats(1.0)) * _floats(1e4), _ints(1, 2))
    for layer in range(shape.layers):
        x = _layer(weights, f"encoder.encoder.layer.{layer}.", x, blocked, shape)
    real = ops.unsqueeze(mask, _ints(2))
    mean = ops.reduce_sum(x * real, _ints(1)) / ops.reduce_sum(real, _ints(1))
    top = ops.reduce_max(x + (real - _floats(1.0)) * _floats(1e4), _ints(1))
    if token_head:
        tokens = ops.reduce_sum(x * _floats(weights["token_head.weight"]), _ints(2)) + _floats(
            weights["token_head.bias"]
        )
    else:
        tokens = mask * _floats(0.0)
    outputs = [ops.concat([mean, top], 1), tokens, x]
    return ov.Model([ops.result(output) for output in outputs], [ids, mask], "encoder")


def _embed(weights: Weights, ids: Any, shape: Shape) -> Any:
    """Word, position and (always the first) segment embeddings, normalised."""
    place = "encoder.embeddings."
    segment = weights[place + "token_type_embeddings.weight"][0].astype(np.float32)
    fixed = weights[place + "position_embeddings.weight"] + segment
    length = ops.gather(ops.shape_of(ids), _ints(1), _ints(0))
    positions = ops.slice(_floats(fixed), _ints(0), length, _ints(1), _ints(0))
    # Rows are looked up as stored and widened after: in half precision, half the memory of the largest table.
    table = ops.constant(weights[place + "word_embeddings.weight"])
    words = ops.convert(ops.gather(table, ids, ops.constant(np.int64(0))), "f32")
    return _normalise(weights, place + "LayerNorm", words + positions, shape.eps)


def _layer(weights: Weights, place: str, x: Any, blocked: Any, shape: Shape) -> Any:
    """One transformer layer (post-normalisation, as in BERT)."""
    inner = place + "attention.self."
    parts = ops.split(_product(x, *_query_key_value(weights, inner, shape)), ops.constant(np.int64(2)), 3)
    query, key, value = (_by_head(parts.output(at), shape) for at in range(3))
    weight = ops.softmax(ops.matmul(query, key, False, True) + blocked, -1)
    context = ops.transpose(ops.matmul(weight, value, False, False), _ints(0, 2, 1, 3))
    context = ops.reshape(context, _ints(0, 0, shape.hidden), True)
    x = _normalise(
        weights,
        place + "attention.output.LayerNorm",
        _linear(weights, place + "attention.output.dense", context) + x,
        shape.eps,
    )
    wide = ops.gelu(_linear(weights, place + "intermediate.dense", x), "erf")
    return _normalise(
        weights, place + "output.LayerNorm", _linear(weights, place + "output.dense", wide) + x, shape.eps
    )


def _query_key_value(weights: Weights, place: str, shape: Shape) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The three projections as one matrix [3 * hidden, hidden] and bias, the attention scale folded into the query's."""
    scale = np.float32((shape.hidden // shape.heads) ** -0.5)
    scales = {"query": scale, "key": np.float32(1.0), "value": np.float32(1.0)}
    matrix = [weights[f"{place}{name}.weight"].astype(np.float32) * factor for name, factor in scales.items()]
    bias = [weights[f"{place}{name}.bias"].astype(np.float32) * factor for name, factor in scales.items()]
    return np.concatenate(matrix), np.concatenate(bias)


def _by_head(x: Any, shape: Shape) -> Any:
    """[batch, tokens, hidden] to [batch, heads, tokens, hidden / heads]."""
    split = ops.reshape(x, _ints(0, 0, shape.heads, shape.hidden // shape.heads), True)
    return ops.transpose(split, _ints(0, 2, 1, 3))


def _normalise(weights: Weights, name: str, x: Any, eps: float) -> Any:
    flat = ops.mvn(x, _ints(-1), True, eps, "inside_sqrt")
    return flat * _floats(weights[name + ".weight"]) + _floats(weights[name + ".bias"])


def _linear(weights: Weights, name: str, x: Any) -> Any:
    return _product(x, weights[name + ".weight"], weights[name + ".bias"])


def _product(x: Any, matrix: NDArray[np.float32], bias: NDArray[np.float32]) -> Any:
    return ops.matmul(x, _floats(matrix), False, True) + _floats(bias)


def _floats(value: float | NDArray[Any]) -> Any:
    return ops.constant(np.asarray(value, np.float32))


def _ints(*values: int) -> Any:
    return ops.constant(np.array(values, np.int64))
