"""Window scores to post scores: calibration, activation, maximum over the windows. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from models.attribution import spans_above
from models.card import Activation, ModelCard
from models.types import Attribution, Encoded, Scores, WindowScores


def activate(logits: NDArray[np.float64], activation: Activation) -> NDArray[np.float64]:
    """Probabilities of logits [..., labels]: each label alone (sigmoid) or one distribution over them (softmax)."""
    if activation == "sigmoid":
        # Two forms of one function, each where its exponential cannot overflow.
        small = np.exp(-np.abs(logits))
        return np.where(logits >= 0, 1.0 / (1.0 + small), small / (1.0 + small))
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def label_probabilities(card: ModelCard, scores: Sequence[WindowScores]) -> NDArray[np.float64]:
    """Calibrated probabilities [windows, labels]: per label slope * logit + intercept, then the card's activation."""
    logits = np.stack([score.logits for score in scores]).astype(np.float64)
    scale = np.array([card.calibration.get(label, (1.0, 0.0)) for label in card.labels])
    return activate(logits * scale[:, 0] + scale[:, 1], card.activation)


def merge_tokens(
    windows: Sequence[NDArray[np.int32]], values: Sequence[NDArray[np.float32]]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Merge per-token values of overlapping windows by maximum: tokens with the same characters are the same token.

    windows: offsets int32 [n, 2] a window. Returns offsets [m, 2] in text order and values [m]; special tokens drop out.
    """
    best: dict[tuple[int, int], float] = {}
    for offsets, row in zip(windows, values, strict=True):
        for (start, end), value in zip(offsets.tolist(), row.tolist(), strict=True):
            if start < end:
                best[start, end] = max(value, best.get((start, end), value))
    keys = sorted(best)
    return np.array(keys, np.int32).reshape(-1, 2), np.array([best[key] for key in keys], np.float32)


def post_scores(card: ModelCard, encoded: Encoded, scores: Sequence[WindowScores]) -> Scores:
    """Combine the windows of one post.

    Per label the maximum over the windows: one insult in a long post is not averaged away. (For a softmax card the
    values of a post of several windows need not sum to 1.) Raises `ValueError` where windows and scores do not match.
    """
    if len(scores) != len(encoded.windows):
        raise ValueError(f"scores: expected {len(encoded.windows)}, one a window, got {len(scores)}")
    best = label_probabilities(card, scores).max(axis=0)
    values: Mapping[str, float] = {label: float(value) for label, value in zip(card.labels, best, strict=True)}
    return Scores(values, _toxic_spans(card, encoded, scores) if card.token_head else None)


def _toxic_spans(card: ModelCard, encoded: Encoded, scores: Sequence[WindowScores]) -> tuple[Attribution, ...]:
    rows = []
    for window, score in zip(encoded.windows, scores, strict=True):
        if score.token_logits is None or len(score.token_logits) != len(window):
            raise ValueError(f"token_logits: expected {len(window)} values for window {window.index}")
        rows.append(activate(score.token_logits.astype(np.float64), "sigmoid").astype(np.float32))
    offsets, values = merge_tokens([window.offsets for window in encoded.windows], rows)
    return spans_above(encoded.text, offsets, values, card.token_threshold)
