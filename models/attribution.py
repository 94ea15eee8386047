"""Which characters carried a score: per-token values to spans of whole words. Pure; offsets are code points."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from models.types import Attribution

# Characters that hold a word together when letters stand on both sides: masks (f**k), apostrophes, hyphens.
_JOINERS = frozenset("'’*@#$_-")
_REACH = 40  # a span widens by at most so many characters a side: some scripts and floods write no spaces


def word_at(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Widen a token's characters to the words that they touch; None where there is nothing but space and punctuation.

    Masks and apostrophes inside a word belong to it: any token of `C*K` gives all of `C*K`.
    """
    while start < end and not _carries(text[start]) and not _joins(text, start):
        start += 1
    while start < end and not _carries(text[end - 1]) and not _joins(text, end - 1):
        end -= 1
    if start >= end:
        return None
    first, last = start, end
    while start > 0 and first - start < _REACH and _belongs(text, start - 1):
        start -= 1
    while end < len(text) and end - last < _REACH and _belongs(text, end):
        end += 1
    return start, end


def spans_above(
    text: str, offsets: NDArray[np.int32], values: NDArray[np.float32], threshold: float
) -> tuple[Attribution, ...]:
    """Spans of the tokens whose probability reaches `threshold`, as whole words, neighbours joined over spaces.

    offsets: int32 [n, 2]; values: float32 [n] in 0..1. The weight of a span is its highest token. Special tokens, whose
    offsets are empty, are left out.
    """
    strong = values >= threshold
    words: dict[tuple[int, int], float] = {}
    for word, value in _words(text, offsets[strong], values[strong]):
        words[word] = max(value, words.get(word, value))
    return _joined(text, [Attribution(*word, weight=value) for word, value in words.items()])


def spans_from_contributions(
    text: str, offsets: NDArray[np.int32], values: NDArray[np.float32], *, keep: float = 0.5, most: int = 8
) -> tuple[Attribution, ...]:
    """Spans of the words that add most to a logit.

    values: float32 [n], signed contributions. They are summed over the tokens of a word; words with at least `keep` of the
    strongest word's sum stay, at most the `most` strongest; weights are relative to the strongest. Nothing positive
    gives no spans.
    """
    sums: dict[tuple[int, int], float] = {}
    for word, value in _words(text, offsets, values):
        sums[word] = sums.get(word, 0.0) + value
    top = max(sums.values(), default=0.0)
    if top <= 0.0:
        return ()
    strongest = sorted(sums.items(), key=lambda item: (-item[1], item[0]))[:most]
    return _joined(text, [Attribution(*span, weight=value / top) for span, value in strongest if value >= keep * top])


def _words(
    text: str, offsets: NDArray[np.int32], values: NDArray[np.float32]
) -> Iterator[tuple[tuple[int, int], float]]:
    """Each token's word and value. A token inside the word just found belongs to it, which keeps floods linear."""
    last = (0, 0)
    for (start, end), value in zip(offsets.tolist(), values.tolist(), strict=True):
        if start < end and last[0] <= start and end <= last[1]:
            yield last, value
            continue
        found = word_at(text, start, end) if start < end else None
        if found is not None:
            last = found
            yield last, value


def _joined(text: str, words: Sequence[Attribution]) -> tuple[Attribution, ...]:
    """Sort, and join spans that overlap, touch or have only spaces between them; the highest weight stands."""
    spans: list[Attribution] = []
    for word in sorted(words, key=lambda span: (span.start, span.end)):
        last = spans[-1] if spans else None
        if last is not None and (word.start <= last.end or text[last.end : word.start].isspace()):
            spans[-1] = Attribution(last.start, max(last.end, word.end), max(last.weight, word.weight))
        else:
            spans.append(word)
    return tuple(spans)


def _carries(char: str) -> bool:
    """Letters, digits, marks that combine with them, and symbols such as emoji carry meaning; punctuation does not."""
    return unicodedata.category(char)[0] in "LNM" or unicodedata.category(char) == "So" or char in "\u200d\u200c"


def _is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNM" or char in "\u200d\u200c"


def _belongs(text: str, at: int) -> bool:
    return _is_letter(text[at]) or _joins(text, at)


def _joins(text: str, at: int) -> bool:
    """A joiner, possibly in a short run of joiners, with letters on both sides."""
    if text[at] not in _JOINERS:
        return False
    left, right = at, at
    while left > 0 and text[left] in _JOINERS and at - left < _REACH:
        left -= 1
    while right + 1 < len(text) and text[right] in _JOINERS and right - at < _REACH:
        right += 1
    return _is_letter(text[left]) and _is_letter(text[right])
