"""The backend protocol: one padded batch of windows in, logits out. Blocking.

`run` belongs to the worker's thread; `attribute` may come from others at the same time. A backend lets its callers take turns
batch by batch, so that what explains a long post holds up the scoring of others for one batch at most.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from models.types import Attribution, Encoded, Window, WindowScores


class BackendError(RuntimeError):
    """The runtime failed on a batch. The engine retries it in halves."""


class OutOfMemory(BackendError):
    """The batch was too large for the device. The engine makes smaller ones from then on."""


class Backend(Protocol):
    """A runtime with a loaded model."""

    name: str
    device: str
    precision: str

    def run(self, windows: Sequence[Window]) -> list[WindowScores]:
        """Score windows as one padded batch, results in the given order. Raises `BackendError`."""
        ...

    def attribute(self, encoded: Encoded, label: int) -> tuple[Attribution, ...] | None:
        """Characters that carried `label` (an index), by a method of this runtime; None where it has none."""
        ...

    def close(self) -> None:
        """Free the runtime's memory; a closed backend raises `BackendError`."""
        ...


@runtime_checkable
class ParallelBackend(Backend, Protocol):
    """A backend whose `run` several threads may call at a time, each of which gets a part of the processor."""

    parallel: int


@runtime_checkable
class PipelinedBackend(Backend, Protocol):
    """A backend that can have several batches under way at a time."""

    in_flight: int

    def submit(self, windows: Sequence[Window]) -> Callable[[], list[WindowScores]]:
        """Start a batch; the result waits for its scores. Both raise `BackendError`."""
        ...


def strongest_window(
    run: Callable[[Sequence[Window]], list[WindowScores]], encoded: Encoded, label: int, batch: int = 16
) -> Window:
    """The window with the highest logit for `label`, found by `run` in batches; a post's only window costs nothing."""
    windows = encoded.windows
    if len(windows) == 1:
        return windows[0]
    logits = [
        float(score.logits[label]) for at in range(0, len(windows), batch) for score in run(windows[at : at + batch])
    ]
    return windows[logits.index(max(logits))]
