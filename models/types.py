"""The values that pass through a model: `Encoded`, `Window`, `Scores`, `Attribution`. All frozen; offsets are code points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Window:
    """One model input: token ids with special tokens, and each token's characters in the post.

    ids: int64 [n], special tokens included. offsets: int32 [n, 2], half open code points of the post; special tokens
    have start == end. index: which window of its post this is.
    """

    ids: NDArray[np.int64]
    offsets: NDArray[np.int32]
    index: int

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A tokenised post: at least one window; overlapping windows where it is longer than the model's input."""

    text: str
    windows: tuple[Window, ...]

    @property
    def tokens(self) -> int:
        """Token ids over all windows: the exact cost of the post."""
        return sum(len(window) for window in self.windows)


@dataclass(frozen=True, slots=True)
class WindowScores:
    """What the backend gives for one window: logits float32 [labels], and per-token logits float32 [n] if it has them."""

    logits: NDArray[np.float32]
    token_logits: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Attribution:
    """Characters that carried a score: half-open code points of the post, and a weight in 0..1."""

    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Scores:
    """Calibrated probability per label. A label that the model does not give is absent, never zero.

    toxic_spans: from the token head in the same pass; None where the model has no token head (then
    `Model.attribute` computes them on demand).
    """

    values: Mapping[str, float]
    toxic_spans: tuple[Attribution, ...] | None = None
