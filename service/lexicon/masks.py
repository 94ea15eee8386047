"""Masked words: `f*ck`, `n****r`, `C*K suckers`. A mask says that there is a letter, not which.

A masked token is compared with the lexicon's own words of the same first and last letters, never with all of them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_STRONG: Final = "*#%&@$^~?•█▇■░▓"
_WEAK: Final = "-_."
_TOKEN: Final = re.compile(rf"(?<![a-z0-9])[a-z]+(?:[{re.escape(_STRONG + _WEAK)}!]+[a-z]+)*[{re.escape(_STRONG)}_-]*")
_STARS: Final = str.maketrans(dict.fromkeys(_STRONG + "-_", "*"))
_PART: Final = re.compile(r"[a-z]+|[^a-z]+")
_LETTER: Final = 0.5  # what a masked letter costs
_ODD: Final = 0.5  # what it costs when marks and letters differ in number
_CAP: Final = 4.0
_LONGEST: Final = 40


@dataclass(frozen=True, slots=True)
class MaskedWord:
    """A word of a form: `form` is the form's number, `place` which of its words. bold: one mark may stand for two letters."""

    word: str
    form: int
    place: int
    bold: bool


class MaskIndex:
    """The lexicon's words by their first two letters, and by their first and last.

    conventional: maskings that are understood though they show too little, such as "f***".
    """

    def __init__(self, words: Iterable[MaskedWord], conventional: Mapping[str, MaskedWord]) -> None:
        self._starts: dict[str, list[MaskedWord]] = defaultdict(list)
        self._ends: dict[str, list[MaskedWord]] = defaultdict(list)
        self._conventional = dict(conventional)
        for word in words:
            self._starts[word.word[:2]].append(word)
            self._ends[word.word[0] + word.word[-1]].append(word)

    def find(self, text: str, start: int, end: int) -> Iterator[tuple[int, int, MaskedWord, float]]:
        """Masked words in folded text[start:end]: place, the word that it may be, and the cost."""
        for match in _TOKEN.finditer(text, start, end):
            for shape in dict.fromkeys((match.group(), match.group().rstrip("-_"))):
                if shape.isalpha() or len(shape) > _LONGEST:
                    continue
                place = match.start(), match.start() + len(shape)
                known = self._conventional.get(shape.translate(_STARS))
                if known is not None:
                    yield *place, known, _LETTER * (len(known.word) - 1)
                parts = _PART.findall(shape)
                for word in self._candidates(parts):
                    cost = compare(parts, word)
                    if cost is not None:
                        yield *place, word, cost

    def _candidates(self, parts: list[str]) -> list[MaskedWord]:
        if parts[-1].isalpha():
            return self._ends.get(parts[0][0] + parts[-1][-1], [])
        return self._starts.get(parts[0][:2], []) if len(parts[0]) > 1 else []


def compare(parts: list[str], word: MaskedWord) -> float | None:
    """What it costs to read letters and masks, by turns, as the word; None if they cannot be."""
    visible = sum(len(part) for part in parts[::2])
    letters = len(word.word)
    masked = sum(len(part) for part in parts[1::2])
    if visible < 2 or visible * 5 < letters * 2 or visible >= letters or abs(letters - visible - masked) > 2:
        return None
    cost = _match(parts, 0, word.word, 0, word.bold)
    return cost if cost is not None and cost <= _CAP else None


def _match(parts: list[str], k: int, word: str, at: int, bold: bool) -> float | None:
    """The least cost of reading parts[k:] as word[at:]. Even parts are letters, odd ones masks."""
    if k == len(parts):
        return 0.0 if at == len(word) else None
    part = parts[k]
    if k % 2 == 0:
        return _match(parts, k + 1, word, at + len(part), bold) if word.startswith(part, at) else None
    best: float | None = None
    for letters in _lengths(part, len(word), bold):
        rest = _match(parts, k + 1, word, at + letters, bold)
        if rest is not None:
            cost = rest + _LETTER * letters + (_ODD if letters != len(part) else 0.0)
            best = cost if best is None else min(best, cost)
    return best


def _lengths(mask: str, size: int, bold: bool) -> Iterator[int]:
    """How many letters a mask may stand for."""
    if any(c in _WEAK for c in mask) and size < 4:
        return
    yield len(mask)
    if set(mask) == {"*"}:
        if bold or len(mask) > 1:
            yield len(mask) + 1
        if len(mask) > 2:
            yield len(mask) - 1
            yield len(mask) + 2
