"""Other people's sequence classifiers on a CPU by OpenVINO: BERT, RoBERTa, XLM-R, DistilBERT and ALBERT graphs from their state.

`classifier_graph` builds the graph from a config and tensors of Hugging Face's names, without torch. For other architectures
`models.backends.conversion` lets OpenVINO's own converter try.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import openvino.opset15 as ops

from models.backends.base import Backend, strongest_window
from models.backends.layout import Tensors, classifier_of
from models.backends.openvino_graph import blocked_by, embed, encode, ints, linear
from models.backends.openvino_runtime import CompiledGraph
from models.backends.processor import length_multiple, rows_of_products
from models.packing import Side, pad
from models.types import Attribution, Encoded, Window, WindowScores


class OpenVINOClassifier:
    """A graph from ids and mask to logits, on CPU. Blocking; callers take turns, batch by batch."""

    name = "openvino"
    device = "cpu"

    def __init__(
        self,
        graph: ov.Model | Path,
        *,
        labels: int,
        pad_id: int,
        positions: int,
        side: Side,
        precision: str,
        threads: int | None,
        explainer: Callable[[], Backend],
    ) -> None:
        """labels: the first outputs that count. explainer: opens a backend with gradients for `attribute`, when first asked."""
        self._graph = CompiledGraph(graph, precision=precision, threads=threads)
        self.precision, self.parallel = self._graph.precision, self._graph.parallel
        self._labels = labels
        self._pad_id = pad_id
        self._positions = positions
        self._side: Side = side
        self._explainer = explainer
        self._explaining: Backend | None = None

    def run(self, windows: Sequence[Window]) -> list[WindowScores]:
        """Score windows as one padded batch, in order."""
        if not windows:
            return []
        batch = pad(windows, pad_id=self._pad_id, multiple=length_multiple(), limit=self._positions, side=self._side)
        (logits,) = self._graph.infer(batch, [0])
        return [WindowScores(row) for row in logits[:, : self._labels]]

    def attribute(self, encoded: Encoded, label: int) -> tuple[Attribution, ...] | None:
        """By the backend with gradients, which is loaded on the first call and then stays: it doubles the model's memory.

        The window is chosen here, so that only one goes through the slower backend.
        """
        best = strongest_window(self.run, encoded, label)
        if self._explaining is None:
            self._explaining = self._explainer()
        return self._explaining.attribute(Encoded(encoded.text, (best,)), label)

    def close(self) -> None:
        self._graph.close()
        if self._explaining is not None:
            self._explaining.close()


def classifier_graph(config: Any, tensors: Tensors) -> ov.Model:
    """The graph of a sequence classifier that `models.backends.layout.is_known`.

    config: of Hugging Face. Inputs: ids and mask, int64 [batch, tokens], padded on the right. Output: logits float32
    [batch, outputs]. Raises `KeyError` naming a missing tensor.
    """
    shape, weights = classifier_of(config, tensors)
    ids = ops.parameter([-1, -1], ov.Type.i64, name="ids")
    flags = ops.parameter([-1, -1], ov.Type.i64, name="mask")
    x = embed(weights, "embeddings.", ids, eps=shape.encoder.eps, first=shape.first)
    if shape.projected:
        x = linear(weights, "encoder.embedding_hidden_mapping_in", x)
    x = encode(weights, shape.encoder, x, blocked_by(ops.convert(flags, "f32")), rows=rows_of_products())
    inner, activation, outer = shape.head
    pooled = linear(weights, inner, ops.gather(x, ops.constant(np.int64(0)), ints(1)))
    logits = linear(weights, outer, ops.tanh(pooled) if activation == "tanh" else ops.relu(pooled))
    return ov.Model([ops.result(logits)], [ids, flags], config.model_type)
