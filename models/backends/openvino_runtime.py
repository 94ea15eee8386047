"""A compiled OpenVINO graph on the CPU: one batch at a time on all threads, safe to call from several."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from models.backends.base import BackendError
from models.errors import ModelError
from models.packing import Batch

# Lengths are padded to this multiple: 20 shapes up to 160 tokens instead of 160, at 4% more tokens and up to 5% more time.
LENGTH_MULTIPLE = 8
# Prepared kernels that the runtime keeps, per operation and shape; its default of 5,000 grows memory for hours.
KERNEL_CACHE = 512


class CompiledGraph:
    """A graph with two inputs, ids and mask, int64 [batch, tokens].

    Calls from several threads take turns, one batch each, so that what explains a post does not hold up the scoring of
    others for longer than a batch.
    """

    def __init__(self, graph: ov.Model | Path, *, precision: str, threads: int | None) -> None:
        """precision: `auto` is bfloat16 where the processor computes it natively, else float32. threads: None lets the
        runtime take one a core. Raises `ModelError` for a precision that the processor lacks."""
        core = ov.Core()
        native = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        if precision == "bf16" and not native:
            raise ModelError(
                "no_precision", "this processor has no bfloat16 instructions: choose precision fp32 or auto"
            )
        self.precision = "bf16" if native and precision != "fp32" else "fp32"
        config = {
            "PERFORMANCE_HINT": "LATENCY",  # the engine makes the batches
            "NUM_STREAMS": "1",
            "INFERENCE_PRECISION_HINT": "bf16" if self.precision == "bf16" else "f32",
            "CPU_RUNTIME_CACHE_CAPACITY": str(KERNEL_CACHE),
        }
        if threads is not None:
            config["INFERENCE_NUM_THREADS"] = str(threads)
        self._request: Any = core.compile_model(graph, "CPU", config).create_infer_request()
        self._turn = Lock()

    def infer(self, batch: Batch, outputs: Sequence[int]) -> list[NDArray[np.float32]]:
        """Copies of the outputs asked for. Raises `BackendError`."""
        with self._turn:
            if self._request is None:
                raise BackendError("the backend is closed")
            try:
                self._request.infer([batch.ids, batch.mask], share_inputs=True, share_outputs=True)
            except RuntimeError as error:
                rows, width = batch.ids.shape
                raise BackendError(f"OpenVINO failed on {rows} x {width} tokens: {error}") from error
            return [np.array(self._request.get_output_tensor(at).data) for at in outputs]

    def close(self) -> None:
        """Free the graph, after the batch in hand."""
        with self._turn:
            self._request = None
