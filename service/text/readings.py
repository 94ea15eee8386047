"""Other readings of folded text: leet and symbols for letters, separators inside words, repeated letters.

Folding gives the one reading that nobody disputes. Whether `5` is an s or a number is a matter of interpretation, so that it
is read only inside a `Region` that looks disguised, and each liberty has a cost. A region's `skeleton` writes one character
per class of letters that disguises confuse and per run of repeats: an automaton finds words whose skeletons occur, and
`Region.align` then says what the written characters cost as that word, or that they cannot be it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

# Characters that are written for letters, and what each such reading costs.
_SYMBOLS: Final[dict[str, tuple[str, float]]] = {
    "0": ("o", 0.4),
    "1": ("il", 0.4),
    "2": ("z", 0.6),
    "3": ("e", 0.4),
    "4": ("a", 0.4),
    "5": ("s", 0.4),
    "6": ("gb", 0.6),
    "7": ("t", 0.5),
    "8": ("b", 0.5),
    "9": ("gq", 0.5),
    "@": ("a", 0.3),
    "$": ("s", 0.3),
    "!": ("il", 0.4),
    "|": ("il", 0.4),
    "+": ("t", 0.5),
    "(": ("c", 0.6),
    "<": ("ck", 0.6),
    "{": ("c", 0.6),
    "[": ("c", 0.6),
    "€": ("e", 0.3),
    "£": ("l", 0.4),
    "¢": ("c", 0.3),
    "¥": ("y", 0.4),
    "§": ("s", 0.4),
    "†": ("t", 0.4),
    "#": ("h", 0.6),
    "^": ("a", 0.6),
    "×": ("x", 0.5),
    "¡": ("il", 0.4),
    "%": ("x", 0.6),
    "13": ("b", 0.6),
    "\\/": ("uv", 0.6),
    "/\\": ("a", 0.6),
    "|_|": ("u", 0.6),
    "(_)": ("u", 0.6),
    "|-|": ("h", 0.6),
    "]-[": ("h", 0.6),
    "}{": ("h", 0.6),
    "|<": ("k", 0.6),
    "|{": ("k", 0.6),
    "|(": ("k", 0.6),
    "()": ("o", 0.6),
    "[]": ("o", 0.6),
    "{}": ("o", 0.6),
    "|)": ("d", 0.6),
    "[)": ("d", 0.6),
    "|>": ("p", 0.6),
    "|3": ("b", 0.6),
    "|2": ("r", 0.6),
    "|=": ("f", 0.6),
    "|_": ("l", 0.6),
    "_|": ("j", 0.6),
    "><": ("x", 0.6),
    ")(": ("x", 0.6),
    "|\\|": ("n", 0.6),
    "/\\/": ("n", 0.6),
    "|v|": ("m", 0.6),
    "|\\/|": ("m", 0.6),
    "/\\/\\": ("m", 0.6),
    "\\/\\/": ("w", 0.6),
}
# Letters written for other letters. The key stands first in its class's skeleton.
_SWAPS: Final[dict[tuple[str, str], float]] = {
    ("u", "v"): 0.5,
    ("v", "u"): 0.5,
    ("s", "z"): 0.5,
    ("g", "q"): 0.5,
    ("i", "l"): 0.5,
    ("l", "i"): 0.5,
}
_CLASSES: Final = str.maketrans("vzqklb", "usgcig")
_STRETCH: Final = 0.3  # a run of repeats, however long
_GAP: Final = 0.4  # a separator between parts of more than one letter
_SPELLED: Final = 0.5  # separators between single letters, all together
_SHARE: Final = 0.45  # cost that a word may have per letter

_DRAWN: Final = sorted((s for s in _SYMBOLS if len(s) > 1 and s != "13"), key=len, reverse=True)
_UNIT: Final = re.compile(
    rf"{'|'.join(map(re.escape, _DRAWN))}|(?<![a-z0-9])13(?=[a-z])|[a-z0-9@$!¡|+(<{{\[€£¢¥§†#^×%]"
)

# A token that has more than letters, and not only an apostrophe, punctuation around it, a second half or a number.
_TOKEN: Final = re.compile(
    r"""(?<!\S)[a-z]*+
    (?!'[a-z]{1,2}\b[.,!?;:"')\]]*+(?:\s|\Z))                        # don't, it's
    (?!-?[.,!?;:"')\]/]*+(?:\s|\Z))                                 # the end of a sentence
    (?!(?<![a-z])["'(\[*_#]++[a-z]++[-.,!?;:"')\]*_]*+(?:\s|\Z))     # quotes, brackets, emphasis, a tag
    (?!/[a-z]++[.,!?;:"')]*+(?:\s|\Z))                              # and/or
    (?!(?<![a-z])[-+$(]?[\d.,:%/-]++[)\]"!?;]*+(?:\s|\Z))            # a number
    (?!(?<![a-z])[$€£¥]\d[\d.,]*+(?:[kmbt]n?|mm)[.,!?;:"')\]]*+(?:\s|\Z))  # a price, $10bn
    (?!(?<=[a-z])(?:[-+$(.,:%/][-+$(.,:%/\d]*+|\d[.,:%/-]*+\d[\d.,:%/-]*+)[)\]"!?;]*+(?:\s|\Z))  # one after a word, covid-19
    [^\sa-z]\S*+""",
    re.VERBOSE,
)
_MARKS: Final = frozenset("@$!€£¢§†¡")  # symbols that have little else to do in a word
_EDGE: Final = 99  # the gap at a region's border
_BRACKETS: Final = frozenset("([{<#")
_LEADS: Final = frozenset(("a", "i", "u", "ur", "ura", "you", "youre", "yourea", "youare", "youarea", "the"))
_LETTERED: Final = re.compile(r"[a-z]")
_SPELT: Final = re.compile(r"(?<!\S)[^\s](?!\S)(?:(?: {1,3}|\n{1,2})[^\s](?!\S)){2,}")


def skeleton(word: str) -> str:
    """The word with one character per class of letters and per run: what `Region.skeleton` is searched for."""
    return collapse(word.replace(" ", "").translate(_CLASSES))


def collapse(text: str) -> str:
    """The text with one character for each run of the same."""
    return "".join(c for i, c in enumerate(text) if i == 0 or c != text[i - 1])


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a folded text that may hold a disguised word.

    units: the characters or symbols taken as letters. starts/ends: their place in the folded text. skeleton: one character a
    run of units, which begin at units[runs[k]]. spelled: the units are single letters parted by spaces.
    """

    units: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    skeleton: str
    runs: tuple[int, ...]
    spelled: bool

    def units_of(self, first: int, last: int) -> tuple[int, int]:
        """The units behind skeleton[first:last]."""
        return self.runs[first], self.runs[last] if last < len(self.runs) else len(self.units)

    def gap(self, unit: int) -> int:
        """Separating characters before a unit; at the region's border, many."""
        if unit == 0 or unit == len(self.units):
            return _EDGE
        return self.starts[unit] - self.ends[unit - 1]

    def is_single(self, unit: int) -> bool:
        """Whether a unit stands alone between separators."""
        return self.gap(unit) > 0 and self.gap(unit + 1) > 0

    def is_border(self, unit: int) -> bool:
        """Whether a word may begin or end before `unit`: at a separator, unless it is one of those that spell a word."""
        gap = self.gap(unit)
        if gap in (0, _EDGE):
            return gap == _EDGE
        spelling = self.is_single(unit) and self.is_single(unit - 1)
        return not spelling or gap > min(self.gap(unit - 1), self.gap(unit + 1))

    def holds(self, first: int, last: int) -> bool:
        """Whether units[first:last] may be a word of their own. Digits and symbols around them count as punctuation, and
        single letters before them as a word such as "u r a". A short word does not begin or end with a digit, and none ends in two
        that has no other."""
        if self.units[first] in _BRACKETS and self.gap(first):
            return False
        if last - first <= 3 and (self.units[first].isdigit() or self.units[last - 1].isdigit()):
            return False
        if all(unit.isdigit() for unit in self.units[last - 2 : last]) and not self._is_leet(first, last - 2):
            return False
        before, after = first, last
        while not self.is_border(before) and not self.units[before - 1].isalpha():
            before -= 1
        while not self.is_border(after) and not self.units[after].isalpha():
            after += 1
        begins = self.is_border(before) or (self.spelled and "".join(self.units[:before]) in _LEADS)
        return begins and self.is_border(after)

    def _is_leet(self, first: int, last: int) -> bool:
        """Whether three units or more hold a figure or a symbol."""
        return last - first > 2 and not all(unit.isalpha() for unit in self.units[first:last])

    def _is_marked(self, letters: str, first: int, last: int) -> bool:
        """Whether a word of four letters holds a symbol that has little else to do in one."""
        return len(letters) > 3 and not _MARKS.isdisjoint(self.units[first:last])

    def align(self, word: str, first: int, last: int) -> float | None:
        """What units[first:last] cost, read as `word`; None if they cannot be, or would cost more than the cap."""
        cost, at = 0.0, first
        letters = word.replace(" ", "")
        real = 0
        for k, letter in enumerate(letters):
            if at >= last:
                return None
            price = _price(letter, self.units[at])
            if price is None:
                return None
            real += price == 0.0
            cost += price
            at += 1
            following = letters[k + 1] if k + 1 < len(letters) else ""
            stretched = at
            while (
                at < last
                and _price(letter, self.units[at]) is not None
                and not self._needed(at, letter, following, last)
            ):
                at += 1
            if at > stretched:
                cost += _STRETCH
        separators = self._separators(first, last)
        if at != last or real * 5 < len(letters) * (2 if separators else 1):
            return None
        if real < 2 and not (real and (len(letters) > 4 or self._is_marked(letters, first, last))):
            return None
        cost += separators
        return cost if cost <= _SHARE * len(letters) else None

    def _needed(self, at: int, letter: str, following: str, last: int) -> bool:
        """Whether a unit that could repeat the letter before it must be kept for the letter that follows."""
        if self.units[at] == following != letter:
            return True
        if not following or _price(following, self.units[at]) is None:
            return False
        return at + 1 >= last or _price(following, self.units[at + 1]) is None

    def _separators(self, first: int, last: int) -> float:
        gaps = [unit for unit in range(first + 1, last) if self.gap(unit)]
        if not gaps:
            return 0.0
        if len(gaps) == last - first - 1:
            return _SPELLED
        return _GAP * len(gaps)


def _price(letter: str, unit: str) -> float | None:
    """What it costs to read `unit` as `letter`; None if it never reads so."""
    if letter == unit:
        return 0.0
    if unit in _SYMBOLS:
        reads, price = _SYMBOLS[unit]
        return price if letter in reads else None
    return _SWAPS.get((letter, unit))


def region(text: str, start: int, end: int, spelled: bool = False) -> Region:
    """The region of folded text at `start:end`."""
    found = [(m.group(), m.start(), m.end()) for m in _UNIT.finditer(text, start, end)]
    classes = "".join(_SYMBOLS[u][0][0] if u in _SYMBOLS else u for u, _, _ in found).translate(_CLASSES)
    runs = tuple(i for i, c in enumerate(classes) if i == 0 or c != classes[i - 1])
    return Region(
        units=tuple(u for u, _, _ in found),
        starts=tuple(s for _, s, _ in found),
        ends=tuple(e for _, _, e in found),
        skeleton="".join(classes[i] for i in runs),
        runs=runs,
        spelled=spelled,
    )


def is_disguised(token: str) -> bool:
    """Whether a token of folded text may be a disguised word: symbols or figures among letters, not only punctuation."""
    return _TOKEN.match(token) is not None and _LETTERED.search(token) is not None


def spelled(text: str) -> Iterator[tuple[int, int]]:
    """Parts of folded text where words are spelled out: single characters with blanks between them."""
    return (match.span() for match in _SPELT.finditer(text))
