"""Masked words: `f*ck`, `n****r`, `C*K suckers`. A mask says that there is a letter, not which.

A masked token is compared with the lexicon's own words of the same first and last letters, never with all of them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_STRONG: Final = "*#%&@$^~!•█▇■░▓"
_WEAK: Final = "-_."
_FINAL: Final = "*#$@•█▇■░▓_-"  # marks that mask the end of a word; others there are punctuation
_TOKEN: Final = re.compile(rf"(?<![a-z0-9])[a-z]+(?:[{re.escape(_STRONG + _WEAK)}]+[a-z]+)*[{re.escape(_FINAL)}]*")
_STARS: Final = str.maketrans(dict.fromkeys(_STRONG + "-_", "*"))
_HYPHENATED: Final = re.compile(r"[^-]+")
_PART: Final = re.compile(r"[a-z]+|[^a-z]+")
_LETTER: Final = 0.4  # what a masked letter costs
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
    """The lexicon's words by their length and two of their letters: the first and the second, third or last.

    conventional: maskings that are understood though they show too little, such as "f***".
    """

    def __init__(self, words: Iterable[MaskedWord], conventional: Mapping[str, MaskedWord]) -> None:
        self._uses: dict[str, list[MaskedWord]] = defaultdict(list)
        for use in words:
            self._uses[use.word].append(use)
        self._starts: dict[tuple[int, str], list[str]] = defaultdict(list)
        self._ends: dict[tuple[int, str], list[str]] = defaultdict(list)
        self._thirds: dict[tuple[int, str], list[str]] = defaultdict(list)
        for word in self._uses:
            self._starts[len(word), word[:2]].append(word)
            self._ends[len(word), word[0] + word[-1]].append(word)
            self._thirds[len(word), word[0] + word[2]].append(word)
        self._conventional = dict(conventional)

    def find(self, text: str, start: int, end: int) -> Iterator[tuple[int, int, MaskedWord, float]]:
        """Masked words in folded text[start:end]: place, the word that it may be, and the cost."""
        for match in _TOKEN.finditer(text, start, end):
            for low, shape in _shapes(match.group()):
                if not shape.isalpha() and len(shape) <= _LONGEST:
                    at = match.start() + low
                    for word, cost in self._read(shape):
                        yield at, at + len(shape), word, cost

    def _read(self, shape: str) -> Iterator[tuple[MaskedWord, float]]:
        """Words that letters and masks may be, with the cost."""
        known = self._conventional.get(shape.translate(_STARS))
        if known is not None:
            yield known, _LETTER * sum(not c.isalpha() for c in shape)
        parts = _PART.findall(shape)
        visible = sum(map(len, parts[::2]))
        if visible < 2 or not _is_mask(parts):
            return
        for size in _sizes(parts, visible):
            for word in self._candidates(parts, size):
                exact, bold = compare(parts, word, False), compare(parts, word, True)
                for use in self._uses[word]:
                    cost = bold if use.bold else exact
                    if cost is not None:
                        yield use, cost

    def _candidates(self, parts: list[str], size: int) -> Sequence[str]:
        """The words of this size that the visible letters allow, by a first look."""
        if parts[-1].isalpha():
            return self._ends.get((size, parts[0][0] + parts[-1][-1]), ())
        if len(parts[0]) > 1:
            return self._starts.get((size, parts[0][:2]), ())
        return self._thirds.get((size, parts[0] + parts[2][0]), ()) if len(parts) > 2 and len(parts[1]) == 1 else ()


def _shapes(token: str) -> Iterator[tuple[int, str]]:
    """The token, the token without dashes at its end, and its hyphenated parts that have other marks, with their places."""
    yield 0, token
    bare = token.rstrip("-_")
    if bare != token:
        yield 0, bare
    if "-" in bare:
        yield from ((part.start(), part.group()) for part in _HYPHENATED.finditer(bare) if not part.group().isalpha())


def _is_mask(parts: list[str]) -> bool:
    """Whether the marks may be a mask: not a footnote's star, and not dots that part letters."""
    masks = parts[1::2]
    if len(parts) % 2 == 0 and len(masks[-1]) == 1 and len("".join(parts[::2])) < 3:
        return False
    return len(masks) == 1 or not any(c in _WEAK for mask in masks for c in mask)


def _sizes(parts: list[str], visible: int) -> Iterator[int]:
    """How long the masked word may be: stars stand for a letter more or less."""
    size = len("".join(parts))
    loose = any(part[0] == "*" for part in parts[1::2])
    for letters in range(size - 1, size + 3) if loose else (size,):
        if visible < letters and visible * 5 >= letters * 2:
            yield letters


def compare(parts: list[str], word: str, bold: bool) -> float | None:
    """What it costs to read letters and masks, by turns, as the word; None if they cannot be. bold: one star may stand for
    two letters."""
    cost = _match(parts, 0, word, 0, bold)
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
