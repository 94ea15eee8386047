"""Why a request has no scores.

    EngineError
    ├── Overloaded         the queue is full: come back after retry_after_s
    ├── DeadlineExceeded   the request's time limit passed
    └── EngineDown         not started, draining, closed, or a thread has died

A post that the model fails on is not an error of its request: see `Scored.error`.
"""

from __future__ import annotations


class EngineError(RuntimeError):
    """Base of everything that `Engine.score` raises."""


class Overloaded(EngineError):
    """The request was refused as a whole. retry_after_s: from the measured rate."""

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class DeadlineExceeded(EngineError):
    """The request was not scored in time; what is left of it will not be run."""


class EngineDown(EngineError):
    """The engine does not take work, or stopped before the answer."""
