"""How well our scores agree with moderators: precision and recall per attribute and threshold. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of texts that moderators judged. precision: None where nothing reaches the threshold; recall: where no text is bad."""

    attribute: str
    threshold: float
    texts: int
    flagged: int
    bad: int
    hits: int

    @property
    def precision(self) -> float | None:
        """Share of the texts at or above the threshold that moderators found bad."""
        return self.hits / self.flagged if self.flagged else None

    @property
    def recall(self) -> float | None:
        """Share of the texts that moderators found bad which are at or above the threshold."""
        return self.hits / self.bad if self.bad else None


def agreements(judged: Iterable[tuple[Mapping[str, float], Mapping[str, float]]]) -> list[Agreement]:
    """judged: for each text what moderators said of it and what we score, by attribute. Bad is 0.5 or more."""
    pairs: dict[str, list[tuple[float, float]]] = {}
    for said, scored in judged:
        for attribute in said.keys() & scored.keys():
            pairs.setdefault(attribute, []).append((said[attribute], scored[attribute]))
    return [_agreement(attribute, pairs[attribute], limit) for attribute in sorted(pairs) for limit in THRESHOLDS]


def _agreement(attribute: str, pairs: list[tuple[float, float]], threshold: float) -> Agreement:
    flagged = [said for said, score in pairs if score >= threshold]
    return Agreement(
        attribute=attribute,
        threshold=threshold,
        texts=len(pairs),
        flagged=len(flagged),
        bad=sum(said >= 0.5 for said, _ in pairs),
        hits=sum(said >= 0.5 for said in flagged),
    )
