"""The backend protocol: one padded batch of windows in, logits out. Blocking, called from one worker thread at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from models.types import Attribution, Encoded, Window, WindowScores


class BackendError(RuntimeError):
    """The runtime failed on a batch. The engine retries it in halves."""


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
