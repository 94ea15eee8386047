"""The slur flag: lexicon entries of the category "slur", weighed by what stands around them.

An unambiguous entry flags by itself. An ambiguous one ("a word with a plain sense too") needs the model's score or words
around it that give the hostile sense. Mention, counter-speech and use of oneself lower both. Log-odds are added.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from service.flags.chance import chance, odds, severity_of
from service.flags.context import PostContext, Thresholds
from service.flags.evidence import gather
from service.flags.sentences import sentences
from service.flags.speech import is_mention, is_of_friends, is_own_group
from service.flags.types import Flag, Severity
from service.lexicon import Match

# Log-odds; chosen on own sentences, to be chosen again on data with the final model.
PLAIN: Final[Mapping[Severity, float]] = {"low": 0.5, "medium": 1.4, "high": 2.8}
AMBIGUOUS: Final = -1.4
MODEL_SHARE, MODEL_FREE, MODEL_LOW, MODEL_HIGH = (
    0.8,
    0.5,
    -1.5,
    2.6,
)  # of (log-odds of the score + FREE), within LOW..HIGH
DIRECTED, COMPANY, DISGUISED = 1.6, 0.8, 1.0
MENTIONED, OWN_GROUP, RECLAIMED = -3.6, -2.9, -1.0

_HOSTILE_BEFORE: Final = re.compile(
    r"(?<!\w)(?:you|ur|u|your|you're|youre|those|these|dirty|filthy|stupid|dumb|ugly|fucking|fuckin|goddamn|goddam|damn|bloody|disgusting|worthless|lazy|nasty|smelly|retarded|little|fat|sick|hate(?: all)?(?: the)?|kill(?: all)?(?: the)?|fuck(?: all)?(?: the)?|deport(?: all)?(?: the)?|typical|bunch of|like an?|such an?|lousy|greasy|savage|subhuman|inbred|illegal)(?: \w+)?[\s\"'*]+$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Weighed:
    match: Match
    log_odds: float


def flag_slur(
    post: PostContext, scores: Mapping[str, float], matches: Sequence[Match], thresholds: Thresholds
) -> Flag | None:
    """The slur flag of a post, or None. matches: of all categories, none within quotes."""
    slurs = [match for match in matches if match.entry.category == "slur"]
    if not slurs:
        return None
    weighed = [_Weighed(match, _weigh(post, scores, match, matches)) for match in slurs]
    limit = odds(thresholds.flag["slur"])
    found = [item for item in weighed if item.log_odds >= limit]
    if not found:
        return None
    best = max(found, key=lambda item: item.log_odds)
    score = chance(best.log_odds)
    groups = tuple(dict.fromkeys(group for item in found for group in item.match.entry.groups))
    return Flag(
        type="slur",
        score=score,
        severity=severity_of("slur", score, thresholds),
        evidence=gather(post, [item.match for item in found]),
        groups=groups,
        reason=_reason(best, groups),
    )


def _weigh(post: PostContext, scores: Mapping[str, float], match: Match, matches: Sequence[Match]) -> float:
    entry = match.entry
    total = PLAIN[entry.severity]
    if entry.ambiguous:
        total = AMBIGUOUS + _support(scores) + (DISGUISED if match.obfuscated else 0.0)
        total += DIRECTED if _is_directed(post, match) else 0.0
        total += COMPANY if _has_company(post, match, matches) else 0.0
    if is_mention(post, match.start, match.end):
        total += MENTIONED
    elif is_own_group(post, match.start, match.end):
        total += OWN_GROUP
        total += RECLAIMED if entry.reclaimed else 0.0
    elif entry.reclaimed and is_of_friends(post, match.start, match.end):
        total += OWN_GROUP
    return total


def _support(scores: Mapping[str, float]) -> float:
    """What the model says of identity attack and insult, for and against an ambiguous word; 0 where it says neither."""
    known = [scores[label] for label in ("identity_attack", "insult") if label in scores]
    if not known:
        return 0.0
    return MODEL_SHARE * min(max(odds(max(known)) + MODEL_FREE, MODEL_LOW), MODEL_HIGH)


def _is_directed(post: PostContext, match: Match) -> bool:
    cut = sentences(post.text)
    low, _ = cut.around(match.start, match.end)
    return _HOSTILE_BEFORE.search(cut.plain[max(low, match.start - 60) : match.start]) is not None


def _has_company(post: PostContext, match: Match, matches: Sequence[Match]) -> bool:
    """Whether another word of abuse stands in the same sentence."""
    low, high = sentences(post.text).around(match.start, match.end)
    return any(
        low <= other.start < high and (other.end <= match.start or match.end <= other.start)
        for other in matches
        if other.entry.category in ("slur", "insult", "profanity") and other.entry.severity != "low"
    )


def _reason(best: _Weighed, groups: Sequence[str]) -> str:
    kind = "a word that is a slur in this context" if best.match.entry.ambiguous else "a slur"
    spelling = ", disguised" if best.match.obfuscated else ""
    against = f" against {', '.join(groups)}" if groups else ""
    return f"{kind}{against}{spelling}"
