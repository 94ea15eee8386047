"""Folding: text as a reader sees it, with an exact map back to the original code points.

`fold` undoes what does not change how text reads: compatibility forms (fullwidth, mathematical and enclosed letters), case,
combining marks, invisible and bidirectional characters, look-alike letters of other scripts, emoji letters, upside-down
letters and text turned round by a right-to-left override. The result is one reading, plain lower-case text that patterns can
run over. What is a matter of interpretation (leet, masks, separators, repeats) is not done here but in `readings.py`.

Folding is linear in the text and idempotent: `fold(fold(t).text).text == fold(t).text`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

_SPACES: Final = "\t\x0b\x0c\r\x1c\x1d\x1e\x1f\u2800\u3164\uffa0"
_UNSEEN: Final = "\u115f\u1160"  # letters by category, which show nothing
_PUNCTUATION: Final = {
    "'": "‘’‚‛ʼʹʻˈ′‵`´＇",
    '"': "“”„‟″‶«»＂",
    "-": "‐‑‒–—―−⁃﹘﹣－",
    "*": "∗⁎＊✱﹡✻",
    ".": "…․",
    "/": "⁄∕",
    "~": "∼˜",
    "|": "ǀ∣￨",
    "!": "ǃ",
    " ": "™℠®©",
}
# Turned letters: what each shows, read upside down. The first group is distinctive; the second are ordinary characters.
_TURNED: Final = dict(zip("ɐɔǝɟƃᵷɥᴉıɾʞʃꞁɯɹʇʌʍʎ∀ƆƎℲ⅁⅂⅄Ԁ∩Ʌꓕꓘɘ", "acefgghiijkllmrtvwyacefglypuvtke", strict=True))
_NATURAL: Final = dict(zip("bdpqnuosxzliHINOSXZ", "qpdbunosxzlihinosxz", strict=True))
_FLIP: Final = {**_NATURAL, **_TURNED}
_DISTINCT: Final = frozenset(_TURNED) - {"ı"}
_FLIP_WORD: Final = f"[{re.escape(''.join(_FLIP))}]++(?!\\w)"
_FLIP_RUN: Final = re.compile(rf"(?<!\w){_FLIP_WORD}(?: ++{_FLIP_WORD})*+")
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_FEW: Final = 12  # characters outside ASCII that are quicker replaced one by one
_OVERRIDE: Final = re.compile("\u202e([^\u202a-\u202e\n]*+)")
_ODD: Final = frozenset(_DISTINCT | {"\u202e"})


@dataclass(frozen=True, slots=True)
class Folded:
    """A reading of a text. Character `text[i]` was read from the original's code points `starts[i]` to `ends[i]`.

    ordered: False where a part was read backwards, so that offsets do not rise everywhere.
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]
    ordered: bool = True

    def span(self, i: int, j: int) -> tuple[int, int]:
        """The original's half-open code points behind `text[i:j]`, which must not be empty."""
        if not 0 <= i < j <= len(self.text):
            raise ValueError(f"no such part of the folded text: {i}:{j} of {len(self.text)}")
        if self.ordered:
            return self.starts[i], self.ends[j - 1]
        return min(self.starts[i:j]), max(self.ends[i:j])


def _load_confusables() -> dict[str, dict[str, str]]:
    """The table by mode (see make_confusables.py): each character -> ASCII letter."""
    tables: dict[str, dict[str, str]] = {"free": {}, "mixed": {}, "faux": {}}
    content = (files("service.text") / "confusables.tsv").read_text(encoding="utf-8")
    for line in content.splitlines():
        if not line.startswith("#"):
            letter, mode, characters = line.split("\t")
            tables[mode].update(dict.fromkeys(characters.split(" "), letter))
    return tables


def _enclosed() -> Iterator[tuple[str, str]]:
    """Enclosed and emoji letters that NFKC leaves alone or writes with brackets."""
    for first in (0x1F150, 0x1F170, 0x1F1E6, 0x1F110, 0x249C):
        for k in range(26):
            yield chr(first + k), chr(97 + k)


_CONFUSABLES: Final = _load_confusables()
_CLOSE: Final = _CONFUSABLES["mixed"]
_MIXED: Final = {**_CONFUSABLES["faux"], **_CLOSE}
_FIXED: Final[dict[str, str]] = {
    **_CONFUSABLES["free"],
    **{c: shown for c, shown in _TURNED.items() if c not in _MIXED},
    **dict(_enclosed()),
    **{c: plain for plain, likenesses in _PUNCTUATION.items() for c in likenesses},
    **dict.fromkeys(_SPACES, " "),
    **dict.fromkeys("\x85\u2028\u2029", "\n"),
    "\n": "\n",
    **dict.fromkeys(_UNSEEN, ""),
    "\ufffc": " ",
    "æ": "ae",
    "œ": "oe",
    "🆎": "ab",
    "🆑": "cl",
}


def _drops(character: str) -> bool:
    """Whether a reader sees nothing of its own: marks, format and control characters."""
    return unicodedata.category(character) in ("Mn", "Me", "Cf", "Cc")


def _once(character: str) -> str:
    """One step of `_show` for one character."""
    if character in _FIXED:
        return _FIXED[character]
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    if category in ("Zs", "Zl", "Zp"):
        return " "
    shown = "".join(c for c in unicodedata.normalize("NFKD", character) if not _drops(c))
    return unicodedata.normalize("NFKC", shown.casefold().lower())  # case folding turns Cherokee to capitals


def _show(character: str) -> str:
    """What one character reads as on its own. A fixed point: every character of the result shows as itself."""
    shown = _once(character)
    for _ in range(8):
        again = "".join(map(_once, shown))
        if again == shown:
            break
        shown = again
    return shown


class _Shown(dict[int, str]):
    """code point -> `_show`, computed when first met."""

    def __missing__(self, code: int) -> str:
        shown = self[code] = _show(chr(code))
        return shown


_SHOWN: Final = _Shown()
# ASCII controls that read as nothing become NUL, to be taken out where there are any.
# Letters and signs of ordinary text that fold to letters.
_LIGATURES: Final = frozenset("æÆœŒßẞøØłŁđĐðÐıﬀﬁﬂﬃﬄ½¼¾™℠№")
_ASCII: Final = {code: _show(chr(code)) or "\x00" for code in range(128)}


def fold(text: str) -> Folded:
    """Text as a reader sees it: see the module's docstring."""
    special = set() if text.isascii() else set(_NOT_ASCII.findall(text))
    if not _ODD.isdisjoint(special):
        return _fold_out_of_order(text)
    shown = text
    if len(special) <= _FEW:
        for character in special:
            shown = shown.replace(character, _SHOWN[ord(character)])
    shown = shown.translate(_ASCII if shown.isascii() else _SHOWN)
    if "\x00" in shown:
        shown = shown.replace("\x00", "")
    if not all(_MIXED.keys().isdisjoint(_SHOWN[ord(character)]) for character in special):
        shown = _unmix(shown)
    uneven = [character for character in special if len(_SHOWN[ord(character)]) != 1]
    if not uneven and len(shown) == len(text):
        return Folded(shown, range(len(text)), range(1, len(text) + 1))
    starts = _starts(text, {*uneven, *_CONTROL.findall(text)})
    return Folded(shown, starts, [place + 1 for place in starts])


def uncovers(text: str, folded: Folded) -> bool:
    """Whether folding showed letters that stood there in another shape (look-alikes, styled, enclosed or turned ones) or took
    something invisible out of a word. Case, accents, ligatures and typography do not count."""
    if text.isascii() or not folded.ordered:
        return not folded.ordered
    last = -1
    for start, shown in zip(folded.starts, folded.text, strict=True):
        if (text[start] > "\x7f" and _is_cover(text[start], shown)) or _hides(text, last + 1, start):
            return True
        last = start
    return False


def _hides(text: str, start: int, end: int) -> bool:
    """Whether text[start:end], which folding took out, parts two letters and is more than an accent."""
    return (
        0 < start < end
        and text[start - 1].isalpha()
        and text[end].isalpha()
        and not all(unicodedata.category(c) in ("Mn", "Me") for c in text[start:end])
    )


def _is_cover(written: str, shown: str) -> bool:
    return (
        "a" <= shown <= "z" and unicodedata.normalize("NFD", written)[0].lower() != shown and written not in _LIGATURES
    )


def _starts(text: str, uneven: Collection[str]) -> list[int]:
    """The place in the text of each character that is shown. uneven: the characters that read as none or as several."""
    if len(uneven) > _FEW:
        return [place for place, c in enumerate(text) for _ in _SHOWN[ord(c)]]
    starts: list[int] = []
    last = 0
    for place in sorted(place for character in uneven for place in _places(text, character)):
        starts.extend(range(last, place))
        starts.extend([place] * len(_SHOWN[ord(text[place])]))
        last = place + 1
    starts.extend(range(last, len(text)))
    return starts


def _places(text: str, character: str) -> Iterator[int]:
    place = text.find(character)
    while place >= 0:
        yield place
        place = text.find(character, place + 1)


def _fold_out_of_order(text: str) -> Folded:
    """Folding of a text with turned letters or an override, character by character."""
    places, parts = _read_in_order(text)
    starts = [place for place, part in zip(places, parts, strict=True) for _ in part]
    shown = _unmix("".join(parts))
    return Folded(shown, starts, [place + 1 for place in starts], ordered=False)


def _read_in_order(text: str) -> tuple[Sequence[int], list[str]]:
    """Places of the text in the order in which they are read, and what is read at each."""
    order: list[int] = []
    at = 0
    for match in _OVERRIDE.finditer(text):
        order.extend(range(at, match.start(1)))
        order.extend(reversed(range(match.start(1), match.end(1))))
        at = match.end()
    order.extend(range(at, len(text)))
    displayed = [text[i] for i in order]
    parts = [_SHOWN[ord(c)] for c in displayed]
    for match in _FLIP_RUN.finditer("".join(displayed)):
        turned = sum(c in _DISTINCT for c in match.group())
        if turned >= 2 and 4 * turned >= match.end() - match.start():
            run = slice(match.start(), match.end())
            parts[run] = [_FLIP.get(c, c) for c in reversed(displayed[run])]
            order[run] = reversed(order[run])
    return order, parts


_LATIN: Final = re.compile("[a-z]")
_FOREIGN_WORD: Final = re.compile(r"(?<![a-z])[a-z]*+[^\W\d_a-z][^\W\d_]*+")


def _unmix(shown: str) -> str:
    """Replaces look-alike letters of other scripts in words that have Latin letters, and in words of close look-alikes alone
    where no other word shows that the script is really used. Every letter is replaced by one."""
    foreign: set[str] = set()
    for match in _FOREIGN_WORD.finditer(shown):
        if not _LATIN.search(match.group()):
            foreign.update(map(_script, set(match.group()) - _CLOSE.keys()))

    def latin(match: re.Match[str]) -> str:
        word = match.group()
        if _LATIN.search(word):
            return "".join([_MIXED.get(c, c) for c in word])
        if _CLOSE.keys() >= set(word) and foreign.isdisjoint(map(_script, word)):
            return "".join([_CLOSE[c] for c in word])
        return word

    return _FOREIGN_WORD.sub(latin, shown)


@cache
def _script(character: str) -> str:
    """The first word of the character's name, near enough to its script."""
    return unicodedata.name(character, "?").split(" ", 1)[0]
