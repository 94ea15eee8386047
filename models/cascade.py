"""A cascade: a small model scores everything, a larger one only what the small one is in doubt of, and that in the same call.

A folder with this `card.json` is one:

    {"name": "civility", "version": "1.0.0",
     "cascade": {"first": "civility-tiny", "second": "civility-small", "ramp": 0.25,
                 "bounds": {"toxicity": [0.02, 0.95], "conspiracy": [0.1, 0.9]}}}

The two models are folders beside it, or names. They share labels, window and tokenizer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.aggregate import activate, post_scores
from models.card import CardError, ModelCard
from models.model import Model, ParallelModel
from models.types import Attribution, Encoded, Scores, Window, WindowScores


@dataclass(frozen=True, slots=True)
class Plan:
    """What a cascade's card says.

    first, second: folders or names of the two models. bounds: label -> (lower, upper), probabilities of the first model
    between which it is in doubt. ramp: the part of the way from a bound to the middle of the two over which the second
    model's weight rises from 0 to 1, so that no score jumps at a bound.
    """

    name: str
    version: str
    first: str
    second: str
    bounds: Mapping[str, tuple[float, float]]
    ramp: float = 0.5
    share: float = 1.0

    def __post_init__(self) -> None:
        for label, (lower, upper) in self.bounds.items():
            if not 0.0 <= lower < upper <= 1.0:
                raise CardError(f"cascade.bounds.{label}: expected 0 <= lower < upper <= 1, got {lower} and {upper}")
        if not self.bounds:
            raise CardError("cascade.bounds: expected at least one label")
        if not 0.0 < self.ramp <= 1.0:
            raise CardError(f"cascade.ramp: expected more than 0, at most 1, got {self.ramp}")
        if not 0.0 < self.share <= 1.0:
            raise CardError(f"cascade.share: expected more than 0, at most 1, got {self.share}")


def read_plan(folder: Path) -> Plan | None:
    """The plan of `folder/card.json`; None for the card of one model. Raises `CardError` naming the field."""
    path = folder / "card.json"
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if "cascade" not in raw:
            return None
        inner = dict(raw["cascade"])
        bounds = {str(label): (float(lower), float(upper)) for label, (lower, upper) in inner.pop("bounds").items()}
        return Plan(name=str(raw["name"]), version=str(raw["version"]), bounds=bounds, **inner)
    except CardError:
        raise
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise CardError(f"{path}: {error}") from error


def second_weights(probabilities: NDArray[np.float64], bounds: NDArray[np.float64], ramp: float) -> NDArray[np.float64]:
    """How much the second model counts for each window, 0 to 1: what the label in most doubt asks for.

    probabilities: [windows, labels], of the first model; bounds: [labels, 2]. The weight is 0 outside a label's bounds and 1
    well inside them, with a straight line between. A bound at 0 or 1 has no line: nothing is beyond it.
    """
    lower, upper = bounds[:, 0], bounds[:, 1]
    way = ramp * (upper - lower) / 2
    rising = np.where(lower > 0, (probabilities - lower) / way, 1.0)
    falling = np.where(upper < 1, (upper - probabilities) / way, 1.0)
    weights: NDArray[np.float64] = np.clip(np.minimum(rising, falling), 0.0, 1.0).max(axis=1)
    return weights


class CascadeModel:
    """Two models as one. Its card has calibrated logits, so its calibration is the identity.

    windows, second_windows: counts of what the first and the second model have scored.
    """

    def __init__(self, plan: Plan, first: Model, second: Model) -> None:
        """Raises `CardError` where the two models do not fit each other or the plan."""
        _check_fit(plan, first.card, second.card)
        self._first, self._second = first, second
        self._card = ModelCard(
            name=plan.name,
            version=plan.version,
            labels=second.card.labels,
            activation="sigmoid",
            window=second.card.window,
            stride=second.card.stride,
            token_head=second.card.token_head,
            languages=second.card.languages,
            licence=second.card.licence,
        )
        # A label without bounds never asks for the second model: its bounds are beyond any probability.
        self._bounds = np.array([plan.bounds.get(label, (2.0, 3.0)) for label in self._card.labels])
        self._ramp, self._share = plan.ramp, plan.share
        self._counting = Lock()
        self.windows = 0
        self.second_windows = 0

    @property
    def card(self) -> ModelCard:
        return self._card

    @property
    def device(self) -> str:
        return self._second.device

    @property
    def precision(self) -> str:
        return self._second.precision

    @property
    def parallel(self) -> int:
        """Calls of `run` that are worth having at a time: what both models have."""
        return min(each.parallel if isinstance(each, ParallelModel) else 1 for each in (self._first, self._second))

    @property
    def second_share(self) -> float:
        """The part of the windows so far that the second model scored too."""
        return self.second_windows / self.windows if self.windows else 0.0

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Tokenise posts, once for both models."""
        return self._first.encode(texts)

    def run(self, windows: Sequence[Window]) -> list[WindowScores]:
        """Score windows with the first model, and those in doubt with the second, as one batch each. Raises `BackendError`.

        The logits are calibrated ones, blended by `second_weights`; token logits are blended alike.
        """
        if not windows:
            return []
        found = self._first.run(windows)
        logits = _calibrated(self._first.card, found)
        weights = second_weights(activate(logits, "sigmoid"), self._bounds, self._ramp)
        doubtful: list[int] = np.flatnonzero(weights).tolist()
        tokens = [_shifted(self._first.card, score) for score in found]
        if doubtful:
            again = self._second.run([windows[at] for at in doubtful])
            shares = self._share * weights[doubtful]
            logits[doubtful] += shares[:, None] * (_calibrated(self._second.card, again) - logits[doubtful])
            for at, share, score in zip(doubtful, shares.tolist(), again, strict=True):
                tokens[at] = _blended(tokens[at], _shifted(self._second.card, score), share)
        with self._counting:
            self.windows += len(windows)
            self.second_windows += len(doubtful)
        return [WindowScores(row, own) for row, own in zip(logits.astype(np.float32), tokens, strict=True)]

    def decode(self, encoded: Encoded, scores: Sequence[WindowScores]) -> Scores:
        """Combine the windows of one post; see `models.aggregate.post_scores`."""
        return post_scores(self._card, encoded, scores)

    def attribute(self, encoded: Encoded, scores: Scores, label: str) -> tuple[Attribution, ...]:
        """Characters that carried `label`, as the second model sees it."""
        return self._second.attribute(encoded, scores, label)

    def close(self) -> None:
        self._first.close()
        self._second.close()


def _check_fit(plan: Plan, first: ModelCard, second: ModelCard) -> None:
    facts: Mapping[str, Any] = {
        name: (getattr(first, name), getattr(second, name))
        for name in ("labels", "activation", "window", "stride", "token_head")
    }
    facts = {**facts, "tokenizer.json": tuple(card.files.get("tokenizer.json") for card in (first, second))}
    for name, (one, other) in facts.items():
        if one != other:
            raise CardError(f"cascade: {first.name} and {second.name} differ in {name}: {one} and {other}")
    if first.activation != "sigmoid":
        raise CardError(f"cascade: expected models with activation sigmoid, got {first.activation}")
    unknown = sorted(set(plan.bounds) - set(second.labels))
    if unknown:
        raise CardError(f"cascade.bounds.{unknown[0]}: expected one of {', '.join(second.labels)}")


def _calibrated(card: ModelCard, scores: Sequence[WindowScores]) -> NDArray[np.float64]:
    """Calibrated logits [windows, labels]."""
    scale = np.array([card.calibration.get(label, (1.0, 0.0)) for label in card.labels])
    logits = np.stack([score.logits for score in scores]).astype(np.float64)
    calibrated: NDArray[np.float64] = logits * scale[:, 0] + scale[:, 1]
    return calibrated


def _blended(
    one: NDArray[np.float32] | None, other: NDArray[np.float32] | None, share: float
) -> NDArray[np.float32] | None:
    """Token logits of the two models, `share` of the other; None where a model has no token head."""
    return None if one is None or other is None else one + np.float32(share) * (other - one)


def _shifted(card: ModelCard, score: WindowScores) -> NDArray[np.float32] | None:
    """Token logits moved so that this model's threshold for spans is one half, which is the cascade's."""
    if score.token_logits is None:
        return None
    threshold = min(max(card.token_threshold, 1e-6), 1 - 1e-6)
    return score.token_logits - np.float32(log(threshold / (1 - threshold)))
