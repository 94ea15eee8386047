"""EncoderModel: the `Model` protocol over a tokeniser, a backend and a card. Every real model is one of these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from models.aggregate import post_scores
from models.backends.base import Backend, ParallelBackend, PipelinedBackend
from models.card import ModelCard
from models.tokenise import Tokeniser
from models.types import Attribution, Encoded, Scores, Window, WindowScores

# What the token head was trained to mark: it says nothing of why a post is conspiratorial.
_TOKEN_HEAD_LABELS = frozenset({"toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack"})


class EncoderModel:
    """Text in, calibrated probabilities out, by one encoder with a classification head."""

    def __init__(self, card: ModelCard, tokeniser: Tokeniser, backend: Backend) -> None:
        self._card = card
        self._tokeniser = tokeniser
        self._backend = backend

    @property
    def card(self) -> ModelCard:
        return self._card

    @property
    def device(self) -> str:
        return self._backend.device

    @property
    def precision(self) -> str:
        return self._backend.precision

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Tokenise posts into windows; see `Tokeniser.encode`."""
        return self._tokeniser.encode(texts)

    def run(self, windows: Sequence[Window]) -> list[WindowScores]:
        """Score one padded batch of windows, in order. Raises `BackendError`."""
        return self._backend.run(windows)

    @property
    def parallel(self) -> int:
        """Calls of `run` that are worth having at a time."""
        return self._backend.parallel if isinstance(self._backend, ParallelBackend) else 1

    @property
    def in_flight(self) -> int:
        """Batches that are worth having under way at a time."""
        return self._backend.in_flight if isinstance(self._backend, PipelinedBackend) else 1

    def submit(self, windows: Sequence[Window]) -> Callable[[], list[WindowScores]]:
        """Start a batch; the result waits for its scores. Both raise `BackendError`."""
        if isinstance(self._backend, PipelinedBackend):
            return self._backend.submit(windows)
        return partial(self._backend.run, windows)

    def decode(self, encoded: Encoded, scores: Sequence[WindowScores]) -> Scores:
        """Combine the windows of one post; see `models.aggregate.post_scores`."""
        return post_scores(self._card, encoded, scores)

    def attribute(self, encoded: Encoded, scores: Scores, label: str) -> tuple[Attribution, ...]:
        """Characters that carried `label`.

        The token head's spans where it speaks for the label and marked any, else the backend's method, which costs about
        a pass more. A label that the model does not give has no attributions. Raises `BackendError`.
        """
        if label not in self._card.labels:
            return ()
        if scores.toxic_spans and label in _TOKEN_HEAD_LABELS:
            return scores.toxic_spans
        return self._backend.attribute(encoded, self._card.labels.index(label)) or ()

    def close(self) -> None:
        self._backend.close()
