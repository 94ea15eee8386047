"""Spans of evidence: widened to whole words and grapheme clusters, merged so that none overlap. Half-open code points."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final, TypeVar

T = TypeVar("T")

# A word is followed this far to either side; longer runs of letters are no words, and the cost of widening stays bounded.
REACH: Final = 64
_JOINER: Final = "\u200d"
_APOSTROPHES: Final = "'’ʼ"


def widen(text: str, start: int, end: int) -> tuple[int, int]:
    """The smallest span around `start:end` that cuts no word and no grapheme cluster. An empty span stays as it is."""
    if not 0 <= start <= end <= len(text):
        raise ValueError(f"no such span: {start}:{end} of {len(text)}")
    if start == end:
        return start, end
    low, high = max(0, start - REACH), min(len(text), end + REACH)
    while start > low and _parts(text, start):
        start -= 1
    while end < high and _parts(text, end):
        end += 1
    return start, end


def merge(spans: Iterable[tuple[int, int, T]]) -> tuple[tuple[int, int, T], ...]:
    """Spans with their sources, made disjoint and put in order.

    Earlier spans have priority: of a later one, only the parts that no earlier one covers are kept, each with its source.
    Touching spans stay apart. Meant for the few spans of one post: each is compared with those already kept.
    """
    taken: list[tuple[int, int, T]] = []
    for start, end, source in spans:
        taken.extend((low, high, source) for low, high in _uncovered(start, end, taken))
        taken.sort(key=lambda span: span[:2])
    return tuple(taken)


def _uncovered(start: int, end: int, taken: list[tuple[int, int, T]]) -> list[tuple[int, int]]:
    """The parts of `start:end` outside the spans taken, which are disjoint and in order."""
    parts = []
    for low, high, _ in taken:
        if high <= start:
            continue
        if low >= end:
            break
        if start < low:
            parts.append((start, low))
        start = high
    if start < end:
        parts.append((start, end))
    return parts


def _parts(text: str, at: int) -> bool:
    """Whether a border at `at` would part a word or a grapheme cluster."""
    return _inside_word(text, at) or _inside_cluster(text, at)


def _is_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character) in ("Mn", "Mc", "Me")


def _inside_word(text: str, at: int) -> bool:
    """Whether a border at `at` would part a word. An apostrophe between letters belongs to the word."""
    before, after = text[at - 1], text[at]
    if _is_word(before) and _is_word(after):
        return True
    if before in _APOSTROPHES:
        return at > 1 and _is_word(text[at - 2]) and _is_word(after)
    return after in _APOSTROPHES and at + 1 < len(text) and _is_word(before) and _is_word(text[at + 1])


def _inside_cluster(text: str, at: int) -> bool:
    """Whether a border at `at` would part a grapheme cluster (the cases of UAX #29 that matter for marking words)."""
    before, after = text[at - 1], text[at]
    if (before, after) == ("\r", "\n"):
        return True
    if after.isascii():
        return False
    if before == _JOINER or after == _JOINER or unicodedata.category(after) in ("Mn", "Mc", "Me"):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True
    return _is_regional(before) and _is_regional(after) and _regionals_before(text, at) % 2 == 1


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _regionals_before(text: str, at: int) -> int:
    """Regional indicators in an unbroken row before `at`, counted within reach."""
    first = at
    while first > max(0, at - REACH) and _is_regional(text[first - 1]):
        first -= 1
    return at - first
