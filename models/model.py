"""Model: the whole contract of a classifier, in three steps that may run in different threads.

`encode` (any thread, before the queue, so that a job's cost is exact) -> `run` (the worker, one padded batch of windows
from any posts) -> `decode` (any thread). This is infinity's encode_pre / encode_core / encode_post.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from models.card import ModelCard
from models.types import Attribution, Encoded, Scores, Window, WindowScores


class Model(Protocol):
    """Text in, calibrated probabilities out. `models.registry.open_model` makes one; `models.fake.FakeModel` is another."""

    @property
    def card(self) -> ModelCard: ...

    @property
    def device(self) -> str: ...

    @property
    def precision(self) -> str: ...

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Tokenise posts; nothing is cut: long posts give several overlapping windows. Thread-safe, releases the GIL."""
        ...

    def run(self, windows: Sequence[Window]) -> list[WindowScores]:
        """Score one padded batch of windows, in order. Blocking; one caller at a time, unless the model
        is a `ParallelModel`. Raises BackendError."""
        ...

    def decode(self, encoded: Encoded, scores: Sequence[WindowScores]) -> Scores:
        """Combine the windows of one post: per label the maximum calibrated probability, token spans merged."""
        ...

    def attribute(self, encoded: Encoded, scores: Scores, label: str) -> tuple[Attribution, ...]:
        """Characters that carried `label`: the token head's spans where there are any, else the backend's method."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class ParallelModel(Model, Protocol):
    """A model that works on several batches at a time, each on a part of the processor."""

    @property
    def parallel(self) -> int:
        """Calls of `run` that are worth having at a time; 1 where they take turns."""
        ...


@runtime_checkable
class PipelinedModel(Model, Protocol):
    """A model that can have several batches under way at a time: `run` in two halves."""

    @property
    def in_flight(self) -> int:
        """Batches that are worth having under way at a time; 1 where it makes no difference."""
        ...

    def submit(self, windows: Sequence[Window]) -> Callable[[], list[WindowScores]]:
        """Start a batch; the result waits for its scores. Both raise BackendError."""
        ...
