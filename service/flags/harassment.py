"""The harassment flag: insult, threat, identity attack and severe toxicity, words of abuse, and who is meant.

Each label's log-odds are shifted by the target (an insult to a commenter weighs more than one to nobody), the strongest
counts, and words of abuse that the lexicon knows add to it. A threat outranks the rest: when its own log-odds reach the
limit, it names the flag. Labels that the model does not give are left out; with none of them the words decide alone. Hostile
phrases (hostile.py) add to the sum, and plain ones flag by themselves.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from models.types import Attribution
from service.flags import combiner
from service.flags.chance import chance, odds, severity_of
from service.flags.context import Attribute, PostContext, Thresholds
from service.flags.evidence import gather
from service.flags.hostile import Hostile, hostile
from service.flags.sentences import sentences
from service.flags.speech import is_mention, is_negated, is_own_group, is_praise
from service.flags.target import addresses, is_of_a_thing, target_of
from service.flags.types import Flag, Target
from service.lexicon import Match

# Log-odds; chosen on development comments and own templates (benchmarks/NOTES.md). The bias of combiner.json places their
# sum for a model. Toxicity counts least, since it is as high for swearing and for grim topics.
LABELS: Final = ("threat", "severe_toxicity", "identity_attack", "insult", "toxicity")
SHIFT: Final[Mapping[str, float]] = {
    "threat": 0.0, "severe_toxicity": 0.7, "identity_attack": 0.2, "insult": 0.1, "toxicity": -0.9,
}  # fmt: skip
TARGET_SHIFT: Final[Mapping[Target, float]] = {
    "commenter": 0.4, "person": 0.0, "group": 0.0, "public figure": 0.0, "none": -1.6, "self": -4.0,
}  # fmt: skip
WORD: Final[Mapping[str, Mapping[str, float]]] = {
    "insult": {"low": 0.3, "medium": 1.0, "high": 1.6},
    "slur": {"low": 0.8, "medium": 1.2, "high": 1.8},
    "profanity": {"low": 0.0, "medium": 0.2, "high": 0.3},
}
AT_YOU: Final = 1.0  # profanity right before a second person: "... you", "... off"
PRAISE: Final = -1.5  # profanity that praises
MOST_WORDS: Final = 2.4
SHARE_WITH_MODEL: Final = 0.6
NO_MODEL: Final = -1.6  # log-odds of a post before its words, where the model gives none of the labels
SHARE_ALONE: Final = 1.6
MENTIONED: Final = -2.0
STOOD_UP: Final = -4.0  # a group is stood up for, and no phrase of the post is hostile
FLOOR_BELOW: Final = 1.9  # a post with a plain hostile phrase has at least the phrase's weight less this

_AT_YOU = re.compile(
    r"^\W{0,3}(?:you(?! (?:let|think|want|mean|do|did|know|say|see|expect|get|got|can|were)(?!\w))|u|off|yourself|your (?:mother|mom|mum|family|face)|ya|him|her|them|all of)(?!\w)",
    re.IGNORECASE,
)
_DIRECTLY = re.compile(
    r"(?<!\w)(?:you|your|you're|youre|u|ur|ya)(?: (?:are|all|a|an|such|absolute|total|\w+ing))*\W*$", re.IGNORECASE
)
_INSULTS = frozenset({"insult", "slur"})


@dataclass(frozen=True, slots=True)
class _Finding:
    label: str | None
    log_odds: float


def _placed(finding: _Finding, said: Hostile) -> _Finding:
    """With the bias of the model's posts, and not below the floor of plain phrases."""
    total = finding.log_odds + (combiner.harassment_bias() if finding.label is not None else 0.0)
    return replace(finding, log_odds=max(total, said.weight - FLOOR_BELOW) if said.plain else total)


def flag_harassment(
    post: PostContext,
    scores: Mapping[str, float],
    matches: Sequence[Match],
    attribute: Attribute,
    thresholds: Thresholds,
) -> Flag | None:
    """The harassment flag of a post, or None. matches: of all categories, none within quotes."""
    words = [match for match in matches if match.entry.category in WORD]
    said = hostile(post, matches)
    if not words and not said.matches and not _worth_a_look(scores, thresholds):
        return None
    used = _used(post, words, said)
    target = _target(post, scores, used, said, attribute, thresholds)
    finding = _placed(_combine(post, scores, words, used, said, target), said)
    limit = min(max(thresholds.flag["harassment"] + thresholds.leniency.get(target, 0.0), 0.01), 0.99)
    if finding.log_odds < odds(limit):
        return None
    score = chance(finding.log_odds)
    attributions = _attributions(attribute, scores, finding.label)
    telling = [match for match in used if match.entry.category in _INSULTS or _at_you(post, match)]
    evidence = gather(post, [*said.matches, *(telling or used)], attributions, finding.label or "")
    return Flag(
        type="harassment",
        score=score,
        severity="high" if _is_threat(finding, said) else severity_of("harassment", score, thresholds),
        evidence=evidence,
        target=target,
        groups=tuple(dict.fromkeys(g for match in used if match.entry.category == "slur" for g in match.entry.groups)),
        reason=_reason(finding, scores, target, used, said),
    )


def log_odds(post: PostContext, scores: Mapping[str, float], matches: Sequence[Match]) -> float:
    """The flag's log-odds before the bias, for fitting it; whom the model's words mean is read from the whole post. Posts that
    a plain phrase flags have none that a bias could change: infinity."""
    words = [match for match in matches if match.entry.category in WORD]
    said = hostile(post, matches)
    if said.plain:
        return math.inf
    used = _used(post, words, said)
    target = _target(post, scores, used, said, lambda label: (), Thresholds())
    return _combine(post, scores, words, used, said, target).log_odds


def _used(post: PostContext, words: Sequence[Match], said: Hostile) -> list[Match]:
    """The words that the poster means: not mentioned, and not said to be untrue of somebody."""
    return [
        match
        for match in words
        if not said.disowns(match.start, match.end)
        and not is_mention(post, match.start, match.end)
        and not (match.entry.category == "insult" and is_negated(post, match.start, match.end))
        and not (match.entry.category == "slur" and is_own_group(post, match.start, match.end))
    ]


def _worth_a_look(scores: Mapping[str, float], thresholds: Thresholds) -> bool:
    """Whether any label could reach the limit at the most favourable target. Spares most posts the search for one."""
    limit = odds(min(max(thresholds.flag["harassment"] + min((0.0, *thresholds.leniency.values())), 0.01), 0.99))
    best = max(TARGET_SHIFT.values()) + combiner.harassment_bias()
    return any(odds(scores[label]) + SHIFT[label] + best >= limit for label in LABELS if label in scores)


def _target(
    post: PostContext,
    scores: Mapping[str, float],
    used: Sequence[Match],
    said: Hostile,
    attribute: Attribute,
    thresholds: Thresholds,
) -> Target:
    if said.plain and said.strongest == "hate":
        return "group"
    spans = [(match.start, match.end) for match in used if match.entry.category in _INSULTS]
    spans = spans or [(match.start, match.end) for match in said.matches]
    spans = spans or [(match.start, match.end) for match in used]
    if not spans and _worth_a_look(scores, thresholds):
        label = max((label for label in LABELS if label in scores), key=lambda label: scores[label])
        spans = [(a.start, a.end) for a in attribute(label) if a.start < a.end]
    return target_of(post, spans, any(m.entry.category == "slur" and m.entry.groups for m in used))


def _combine(
    post: PostContext,
    scores: Mapping[str, float],
    words: Sequence[Match],
    used: Sequence[Match],
    said: Hostile,
    target: Target,
) -> _Finding:
    by_label = {label: odds(scores[label]) + SHIFT[label] for label in LABELS if label in scores}
    weight = min(sum(_weight(post, match) for match in used), MOST_WORDS)
    bare = not used and not said.matches
    mentioned = MENTIONED if bare and (words or said.disowned) else 0.0
    stood_up = STOOD_UP if said.kind and not said.matches else 0.0
    shift = TARGET_SHIFT[target] + mentioned + stood_up + said.weight
    if not by_label:
        return _Finding(None, NO_MODEL + SHARE_ALONE * weight + (shift if used or said.matches else -4.0))
    if target == "commenter" and "identity_attack" in by_label:
        by_label["identity_attack"] -= TARGET_SHIFT["commenter"]  # it is aimed at a group, whoever is spoken to
    label = max(by_label, key=lambda name: by_label[name])
    if by_label.get("threat", -9.0) >= 0.0:
        label = "threat"
    return _Finding(label, by_label[label] + SHARE_WITH_MODEL * weight + shift)


def _weight(post: PostContext, match: Match) -> float:
    if match.entry.category == "profanity" and is_praise(post, match.start, match.end):
        return PRAISE
    if match.entry.category == "insult" and is_of_a_thing(post, match.start):
        return 0.0
    weight = WORD[match.entry.category][match.entry.severity] * (0.5 if match.entry.ambiguous else 1.0)
    return weight + (AT_YOU if match.entry.category == "profanity" and _at_you(post, match) else 0.0)


def _at_you(post: PostContext, match: Match) -> bool:
    cut = sentences(post.text)
    low, high = cut.around(match.start, match.end)
    if _AT_YOU.match(cut.plain[match.end : min(high, match.end + 30)]):
        return True
    before = cut.plain[max(low, match.start - 20) : match.start]
    return match.entry.severity != "low" and _DIRECTLY.search(before) is not None and addresses(before)


def _attributions(attribute: Attribute, scores: Mapping[str, float], label: str | None) -> Sequence[Attribution]:
    if label is None or scores.get(label, 0.0) < 0.3:
        return ()
    return attribute(label)


_WHO: Final[Mapping[Target, str]] = {
    "commenter": "another commenter", "person": "a person", "group": "a group", "public figure": "a public figure",
    "self": "the poster", "none": "nobody named",
}  # fmt: skip


def _is_threat(finding: _Finding, said: Hostile) -> bool:
    return finding.label == "threat" or (said.plain and said.has("threat"))


def _reason(
    finding: _Finding, scores: Mapping[str, float], target: Target, used: Sequence[Match], said: Hostile
) -> str:
    parts = [f"aimed at {_WHO[target]}", *dict.fromkeys(match.entry.description for match in said.matches)]
    if finding.label is not None:
        parts.insert(0, f"{finding.label.replace('_', ' ')} {scores[finding.label]:.2f}")
    if used:
        parts.append("with words of abuse")
    return ", ".join(parts)
