"""Small values for the tests of flags: a lexicon of four mild words, and posts made from text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from models.types import Attribution
from service.flags import Flag, PostContext, Thresholds, flag_post
from service.lexicon import Entry, Match
from service.lexicon.phrases import find_phrases
from service.text.fold import fold

Severity = Literal["low", "medium", "high"]


def entry(
    name: str, severity: Severity, ambiguous: bool = False, reclaimed: bool = False, groups: tuple[str, ...] = ()
) -> Entry:
    return Entry(name, name.split("/")[0], groups, severity, ambiguous, reclaimed, name)


WORDS: Mapping[str, Entry] = {
    "blorg": entry("slur/blorg", "high", groups=("blorgians",)),
    "blorgs": entry("slur/blorg", "high", groups=("blorgians",)),
    "fleem": entry("slur/fleem", "medium", groups=("fleems",), reclaimed=True),
    "zorb": entry("slur/zorb", "medium", ambiguous=True, groups=("zorbs",)),
    "zorbs": entry("slur/zorb", "medium", ambiguous=True, groups=("zorbs",)),
    "idiot": entry("insult/idiot", "medium"),
    "idiots": entry("insult/idiot", "medium"),
    "moron": entry("insult/moron", "high"),
    "leeches": entry("insult/leech", "medium"),
    "pathetic": entry("insult/pathetic", "medium"),
    "silly": entry("insult/silly", "low"),
    "damn": entry("profanity/damn", "low"),
    "fook": entry("profanity/fook", "medium"),
}
"""Made-up words stand for slurs, so that the tests hold no more abuse than they need."""


def found(text: str) -> list[Match]:
    """Words of WORDS and conspiracy phrases in a text."""
    matches = [
        Match(word.start(), word.end(), WORDS[word[0].lower()], 0.0, False)
        for word in re.finditer(r"\w+", text)
        if word[0].lower() in WORDS
    ]
    return sorted([*matches, *find_phrases(fold(text), text)], key=lambda match: match.start)


def flags(
    text: str,
    scores: Mapping[str, float] | None = None,
    attributions: Sequence[Attribution] = (),
    thresholds: Thresholds | None = None,
    post: PostContext | None = None,
) -> dict[str, Flag]:
    """The flags of a text by type."""
    post = post or PostContext(text)
    given = flag_post(post, scores or {}, found(text), lambda label: attributions, thresholds or Thresholds())
    return {flag.type: flag for flag in given}
