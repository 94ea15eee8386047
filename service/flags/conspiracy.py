"""The conspiracy flag: the model's score and the phrases found, added as log-odds.

    log-odds = bias + model * clip(log-odds of the score) + phrases * (strongest + REPEAT * the others) + cues * sum of cues
               + DISTANCE where the post reports, mocks or denies what it names

A phrase counts with its family's weight times its stance's share, each family once. Cues, words that ordinary talk has too,
are summed up to MOST_CUES, so that they never flag a post alone. The coefficients are fitted by `models/training/combine.py`
and read from combiner.json; without a score, those of ALONE take their place. The clip bounds how far one number decides.
Phrases of PLAIN and more that are the poster's own are worth FLOOR whatever the model says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from service.flags import combiner
from service.flags.chance import chance, odds, severity_of
from service.flags.combiner import Coefficients
from service.flags.context import Attribute, PostContext, Thresholds
from service.flags.evidence import gather
from service.flags.stance import Stance, stance_of
from service.flags.types import Flag
from service.lexicon import Match
from service.lexicon.phrases import default_phrases

LABEL: Final = "conspiracy"
REPEAT: Final = 0.3
MOST_CUES: Final = 3.0
DISTANCE: Final = -1.5
PLAIN: Final = 2.9
FLOOR: Final = 0.25  # log-odds: a little above the built-in policy's threshold
DISTANT: Final = 0.5  # a stance share below this keeps a distance


ALONE: Final = Coefficients(bias=-2.2, phrases=1.0, cues=0.5)


@dataclass(frozen=True, slots=True)
class Features:
    """Inputs of the combiner. model: log-odds of the score, None without one; phrases, cues: weights after stance;
    distance: whether the post's strongest phrase is reported, mocked or denied."""

    model: float | None
    phrases: float
    cues: float
    distance: bool


def features(post: PostContext, scores: Mapping[str, float], matches: Sequence[Match]) -> Features:
    """What the combiner adds up. matches: of all categories, none within quotes."""
    return _features(scores, _weighed(post, matches))


def combine(inputs: Features, by: Coefficients | None = None) -> float:
    """The flag's score in 0..1. by: other coefficients than the packaged ones."""
    use = by or (ALONE if inputs.model is None else combiner.conspiracy())
    model = 0.0 if inputs.model is None else use.model * min(max(inputs.model, use.lowest), use.highest)
    distance = DISTANCE if inputs.distance else 0.0
    total = use.bias + model + use.phrases * inputs.phrases + use.cues * inputs.cues + distance
    return chance(max(total, FLOOR) if inputs.phrases >= PLAIN and not inputs.distance else total)


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
    score = combine(_features(scores, weighed))
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
    strong: dict[str, float] = {}
    cues: dict[str, float] = {}
    for match, _, weight in weighed:
        best = cues if match.entry.ambiguous else strong
        best[match.entry.id] = max(best.get(match.entry.id, 0.0), weight)
    ordered = sorted(strong.values(), reverse=True)
    others = [weight for family, weight in cues.items() if family not in strong]
    strongest = max(weighed, key=lambda item: (item[2], -item[0].start), default=None)
    return Features(
        model=odds(scores[LABEL]) if LABEL in scores else None,
        phrases=(ordered[0] + REPEAT * sum(ordered[1:6])) if ordered else 0.0,
        cues=min(sum(others), MOST_CUES),
        distance=strongest is not None and strongest[1].share < DISTANT,
    )


def _reason(scores: Mapping[str, float], shown: Sequence[Match]) -> str:
    parts = list(dict.fromkeys(match.entry.description for match in shown if not match.entry.ambiguous))
    parts = parts or list(dict.fromkeys(match.entry.description for match in shown))
    if LABEL in scores:
        parts.append(f"model's conspiracy score {scores[LABEL]:.2f}")
    return "; ".join(parts)
