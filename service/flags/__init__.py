"""Scores and lexicon matches -> flags with evidence. Pure: same input, same flags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache

from models.types import Attribution
from service.flags.conspiracy import flag_conspiracy
from service.flags.context import Attribute, PostContext, Thresholds
from service.flags.harassment import flag_harassment
from service.flags.slur import flag_slur
from service.flags.types import Evidence, Flag, FlagType, Severity, Target
from service.lexicon import Match

__all__ = [
    "Attribute", "Evidence", "Flag", "FlagType", "PostContext", "Severity", "Target", "Thresholds", "flag_post",
]  # fmt: skip


MOST_MATCHES = 64


def flag_post(
    post: PostContext,
    scores: Mapping[str, float],
    matches: Sequence[Match],
    attribute: Attribute,
    thresholds: Thresholds,
) -> tuple[Flag, ...]:
    """Flags of one post, in the order slur, harassment, conspiracy.

    scores: label -> probability; labels that the model does not give are absent. matches: of the lexicon, spans in
    `post.text`. attribute: asked at most once a label, and only where words are missing that say who is meant or the
    post is flagged. Words within `post.quotes` are not the poster's: matches there do not count.
    """
    own = _strongest([match for match in matches if not post.quoted(match.start, match.end)])

    @cache
    def once(label: str) -> Sequence[Attribution]:
        return attribute(label)

    flags = (
        flag_slur(post, scores, own, thresholds),
        flag_harassment(post, scores, own, once, thresholds),
        flag_conspiracy(post, scores, own, once, thresholds),
    )
    return tuple(flag for flag in flags if flag is not None)


_GRAVITY: dict[Severity, int] = {"high": 0, "medium": 1, "low": 2}


def _strongest(matches: Sequence[Match]) -> list[Match]:
    """At most MOST_MATCHES of a category, the gravest, in the order of the text: bounds the work for a hostile post."""
    if len(matches) <= MOST_MATCHES:
        return list(matches)
    kept: Counter[str] = Counter()
    chosen = []
    for match in sorted(matches, key=lambda item: (item.entry.ambiguous, _GRAVITY[item.entry.severity])):
        kept[match.entry.category] += 1
        if kept[match.entry.category] <= MOST_MATCHES:
            chosen.append(match)
    return sorted(chosen, key=lambda item: (item.start, item.end))
