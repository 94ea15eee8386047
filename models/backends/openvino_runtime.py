"""A compiled OpenVINO graph on the CPU: a few batches at a time, each on a part of the cores, safe to call from any thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import LifoQueue
from threading import Lock
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from models.backends.base import BackendError
from models.backends.processor import allows_bf16, batches_at_a_time, cores, has_byte_products
from models.errors import ModelError
from models.packing import Batch

# Prepared kernels that the runtime keeps, per operation and shape; its default of 5,000 grows memory for hours.
KERNEL_CACHE = 512
# Activations of one token that share a scale where products run in int8. A token's scales are its own, so that a score
# does not depend on what else is in the batch. Groups of 32 are a third slower, and no better.
GROUP = "128"


@dataclass(frozen=True, slots=True)
class _Way:
    """How the runtime is told to compute. group: activations of a token that share an 8-bit scale; 0 leaves them alone."""

    precision: str
    hint: str
    group: str = "0"


_FP32, _BF16 = _Way("fp32", "f32"), _Way("bf16", "bf16")
_INT8, _INT8_ALONE = _Way("int8", "bf16", GROUP), _Way("int8", "f32", GROUP)


def _ways(precision: str, *, narrow: bool, native: bool) -> list[_Way]:
    """What to try, best first. native: the processor has bfloat16, and may use it."""
    floats = [_BF16, _FP32] if native else [_FP32]
    # Without VNNI the runtime says yes to int8, and gives empty tensors or computes in float32.
    eight = [*([_INT8] if native else []), _INT8_ALONE] if has_byte_products() else []
    if precision == "auto":
        return [*floats[:-1], *(eight if narrow else []), _FP32]
    return {"fp32": [_FP32], "bf16": [_BF16] if native else [], "int8": eight}[precision]


def native_bf16() -> bool:
    """Does the processor multiply bfloat16 by itself, under the limit that the environment sets?"""
    return allows_bf16() and "BF16" in ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


class CompiledGraph:
    """A graph with two inputs, ids and mask, int64 [batch, tokens].

    precision: of its products. between_products: `bf16` or `f32`, of everything else.

    parallel: batches that run at a time; the cores are shared out among them. Further calls take turns, one batch each, so
    that what explains a post does not hold up the scoring of others for longer than a batch.
    """

    def __init__(self, graph: ov.Model | Path, *, precision: str, threads: int | None, narrow: bool = False) -> None:
        """narrow: the graph's matrices are int8 with scales. precision: `int8` (of such a graph: activations are rounded to
        8 bits token by token, other operations run in the processor's best), `bf16`, `fp32`, or `auto`: bfloat16 where it is
        native, else int8 where it can be: rounded activations move scores, if little, so speed alone is no reason.
        threads: None lets the runtime take one a core.
        Raises `ModelError` for a precision that the processor or the graph lacks."""
        self._requests: LifoQueue[Any] = LifoQueue()  # those that are free; None once closed
        self._open = 0
        self._closing = Lock()
        if precision == "int8" and not narrow:
            raise ModelError(
                "no_precision", "precision int8 needs weights that are stored in int8: choose fp32, bf16 or auto"
            )
        core = ov.Core()
        native = native_bf16()
        self.parallel = batches_at_a_time(threads or cores())
        config = {
            "PERFORMANCE_HINT": "LATENCY",  # the engine makes the batches
            "NUM_STREAMS": str(self.parallel),
            "CPU_RUNTIME_CACHE_CAPACITY": str(KERNEL_CACHE),
        }
        if threads is not None:
            config["INFERENCE_NUM_THREADS"] = str(threads)
        if threads is not None or self.parallel > 1:
            # Threads that are bound to cores are bound to the first ones, also those of the next process on this machine; and
            # where Python has a core, the batch that is bound to it waits although another core is free.
            config["ENABLE_CPU_PINNING"] = "NO"
        for way in _ways(precision, narrow=narrow, native=native):
            options = {"INFERENCE_PRECISION_HINT": way.hint, "DYNAMIC_QUANTIZATION_GROUP_SIZE": way.group}
            if self._compiles(core, graph, config | options):
                self.precision, self.between_products = way.precision, way.hint
                return
        lacking = {"bf16": "bfloat16 instructions", "int8": "8-bit products (VNNI)"}.get(
            precision, "way to run this graph"
        )
        raise ModelError("no_precision", f"this processor has no {lacking}: choose precision fp32 or auto")

    def _compiles(self, core: ov.Core, graph: ov.Model | Path, config: Mapping[str, str]) -> bool:
        """Compile, and see whether anything comes out: what the runtime lists as a processor's precisions may not run on it,
        and without VNNI its int8 products give empty tensors."""
        ids = np.array([[1, 2, 3, 4]], np.int64)
        try:
            compiled = core.compile_model(graph, "CPU", config)
            # One more than run at a time: what waits then waits in the runtime, where it is served in order.
            requests = [compiled.create_infer_request() for _ in range(self.parallel + 1)]
            (found,) = _run(requests[0], Batch(ids, np.ones_like(ids), (4,), "right"), [0])
        except RuntimeError:
            return False
        if found.size == 0 or not np.isfinite(found).all():
            return False
        for request in requests:
            self._requests.put(request)
        self._open = len(requests)
        return True

    def infer(self, batch: Batch, outputs: Sequence[int]) -> list[NDArray[np.float32]]:
        """Copies of the outputs asked for. Raises `BackendError`."""
        request = self._requests.get()
        if request is None:
            self._requests.put(None)  # for whoever else waits
            raise BackendError("the backend is closed")
        try:
            return _run(request, batch, outputs)
        except RuntimeError as error:
            rows, width = batch.ids.shape
            raise BackendError(f"OpenVINO failed on {rows} x {width} tokens: {error}") from error
        finally:
            self._requests.put(request)

    def close(self) -> None:
        """Free the graph, after the batches in hand."""
        with self._closing:
            for _ in range(self._open):
                self._requests.get()
            if self._open:
                self._requests.put(None)
            self._open = 0


def _run(request: Any, batch: Batch, outputs: Sequence[int]) -> list[NDArray[np.float32]]:
    request.infer([batch.ids, batch.mask], share_inputs=True, share_outputs=True)
    return [np.array(request.get_output_tensor(at).data) for at in outputs]
