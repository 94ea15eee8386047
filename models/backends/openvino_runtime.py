"""A compiled OpenVINO graph on the CPU: one batch at a time on all threads, safe to call from several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from models.backends.base import BackendError
from models.backends.processor import allows_bf16, has_byte_products
from models.errors import ModelError
from models.packing import Batch

# Lengths are padded to this multiple: 20 shapes up to 160 tokens instead of 160, at 4% more tokens and up to 5% more time.
LENGTH_MULTIPLE = 8
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

    Calls from several threads take turns, one batch each, so that what explains a post does not hold up the scoring of
    others for longer than a batch.
    """

    def __init__(self, graph: ov.Model | Path, *, precision: str, threads: int | None, narrow: bool = False) -> None:
        """narrow: the graph's matrices are int8 with scales. precision: `int8` (of such a graph: activations are rounded to
        8 bits token by token, other operations run in the processor's best), `bf16`, `fp32`, or `auto`: bfloat16 where it is
        native, else int8 where it can be: rounded activations move scores, if little, so speed alone is no reason.
        threads: None lets the runtime take one a core.
        Raises `ModelError` for a precision that the processor or the graph lacks."""
        self._turn = Lock()
        self._request: Any = None
        if precision == "int8" and not narrow:
            raise ModelError(
                "no_precision", "precision int8 needs weights that are stored in int8: choose fp32, bf16 or auto"
            )
        core = ov.Core()
        native = native_bf16()
        config = {
            "PERFORMANCE_HINT": "LATENCY",  # the engine makes the batches
            "NUM_STREAMS": "1",
            "CPU_RUNTIME_CACHE_CAPACITY": str(KERNEL_CACHE),
        }
        if threads is not None:
            config["INFERENCE_NUM_THREADS"] = str(threads)
            # Threads that are bound to cores are bound to the first ones, also those of the next process on this machine.
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
            self._request = core.compile_model(graph, "CPU", config).create_infer_request()
            (found,) = self.infer(Batch(ids, np.ones_like(ids), (4,), "right"), [0])
        except RuntimeError:
            return False
        return found.size > 0 and bool(np.isfinite(found).all())

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
