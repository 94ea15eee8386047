"""The conspiracy flag: the model's score and the phrases found, added as log-odds.

    log-odds = BASE + MODEL * clip(log-odds of the score) + sum over families of weight * stance share
               + DISTANCE where the post reports, mocks or denies what it names

Each family counts once, by its best phrase; the second and later families count REPEAT of their weight. Without a
score BASE_ALONE takes the place of the first two terms. The clip bounds how far the model can argue a phrase away.
The constants are a logistic model's coefficients and can be fitted again (`features` gives its inputs).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from service.flags.chance import chance, odds, severity_of
from service.flags.context import Attribute, PostContext, Thresholds
from service.flags.evidence import gather
from service.flags.stance import Stance, stance_of
from service.flags.types import Flag
from service.lexicon import Match
from service.lexicon.phrases import default_phrases

LABEL: Final = "conspiracy"
BASE: Final = 0.0
MODEL: Final = 0.85
CLIP: Final = (-2.6, 4.0)
REPEAT: Final = 0.6
DISTANCE: Final = -2.0
BASE_ALONE: Final = -2.2
DISTANT: Final = 0.5  # a stance share below this keeps a distance


@dataclass(frozen=True, slots=True)
class Features:
    """Inputs of the combiner. model: clipped log-odds of the score, None without one; phrases: summed weights after stance;
    distance: whether the post's strongest phrase is reported, mocked or denied."""

    model: float | None
    phrases: float
    distance: bool


def features(post: PostContext, scores: Mapping[str, float], matches: Sequence[Match]) -> Features:
    """What the combiner adds up. matches: of all categories, none within quotes."""
    return _features(scores, _weighed(post, matches))


def combine(inputs: Features) -> float:
    """The flag's score in 0..1."""
    total = BASE_ALONE if inputs.model is None else BASE + MODEL * inputs.model
    return chance(total + inputs.phrases + (DISTANCE if inputs.distance else 0.0))


def flag_conspiracy(
    post: PostContext,
    scores: Mapping[str, float],
    matches: Sequence[Match],
    attribute: Attribute,
    thresholds: Thresholds,
) -> Flag | None:
    """The conspiracy flag of a post, or None. matches: of all categories, none within quotes."""
    weighed = _weighed(post, matches)
    if not weighed and LABEL not in scores:
        return None
    inputs = _features(scores, weighed)
    score = combine(inputs)
    if score < thresholds.flag["conspiracy"]:
        return None
    own = [match for match, stance, _ in weighed if stance.share >= DISTANT]
    shown = own or [match for match, _, _ in weighed]
    alone = () if any(not match.entry.ambiguous for match in shown) else attribute(LABEL) if LABEL in scores else ()
    return Flag(
        type="conspiracy",
        score=score,
        severity=severity_of("conspiracy", score, thresholds),
        evidence=gather(post, shown, alone, LABEL),
        groups=tuple(dict.fromkeys(group for match in own for group in match.entry.groups)),
        reason=_reason(scores, shown),
    )


_Weighed = tuple[Match, Stance, float]


def _weighed(post: PostContext, matches: Sequence[Match]) -> list[_Weighed]:
    phrases = default_phrases()
    found = []
    for match in matches:
        if match.entry.category == LABEL:
            stance = stance_of(post, match.start, match.end)
            found.append((match, stance, phrases.weight(match.entry) * stance.share))
    return found


def _features(scores: Mapping[str, float], weighed: Sequence[_Weighed]) -> Features:
    best: dict[str, float] = {}
    for match, _, weight in weighed:
        best[match.entry.id] = max(best.get(match.entry.id, 0.0), weight)
    ordered = sorted(best.values(), reverse=True)
    total = sum(weight * (1.0 if rank == 0 else REPEAT) for rank, weight in enumerate(ordered[:6]))
    strongest = max(weighed, key=lambda item: (item[2], -item[0].start), default=None)
    distance = strongest is not None and strongest[1].share < DISTANT
    model = min(max(odds(scores[LABEL]), CLIP[0]), CLIP[1]) if LABEL in scores else None
    return Features(model, total, distance)


def _reason(scores: Mapping[str, float], shown: Sequence[Match]) -> str:
    parts = list(dict.fromkeys(match.entry.description for match in shown if not match.entry.ambiguous))
    parts = parts or list(dict.fromkeys(match.entry.description for match in shown))
    if LABEL in scores:
        parts.append(f"model's conspiracy score {scores[LABEL]:.2f}")
    return "; ".join(parts)
