"""Disguised words: other readings of single tokens, each token read once and remembered.

Ordinary posts are made of tokens that were seen before, so that a look into a set of harmless ones is nearly all that they
cost. A new token is read in every way: leet, symbols and separators (its skeleton), masks, repeated, swapped and missing
letters. Letters spelled out with spaces are the one disguise over several tokens.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ahocorasick_rs import AhoCorasick

from service.lexicon.forms import INNOCENT, Find, Form, conventional_masks, masked_words
from service.lexicon.masks import MaskIndex
from service.lexicon.typos import Typos
from service.lexicon.view import View, places
from service.text.readings import is_disguised, region, skeleton, spelled

_REMEMBERED: Final = 1 << 16  # tokens of either kind; beyond that, all are forgotten
_FEW: Final = 8  # tokens that are quicker looked for one by one
_NEAR: Final = 30  # characters to either side of a token in which a neighbouring word lies
_LONGEST: Final = 64  # of a token that is remembered
_TOKEN: Final = re.compile(r"\S++")
_PARTED: Final = re.compile(
    r"[a-z0-9](?:([|+!<^#×])[a-z0-9](?=\1|\Z))++"
)  # symbols that part letters, and stand for none
_WORD: Final = re.compile(r"[a-z0-9]++")
_STRETCHED: Final = re.compile(r"([a-z])\1\1|([a-z])\2[a-z0-9]*?([a-z])\3")


@dataclass(frozen=True, slots=True)
class _Readings:
    """Finds in a token, in places of the token. masked: letters were hidden, so that it is anybody's guess which. parts: of
    forms of several words, of which the token hides word number n; by a word that must stand beside it."""

    sure: tuple[Find, ...]
    masked: tuple[Find, ...]
    parts: Mapping[str, Sequence[tuple[Find, int]]]


class Disguises:
    """Finds disguised forms. The memory of tokens is its only state; it grows and is emptied, answers never depend on it."""

    def __init__(self, forms: Sequence[Form]) -> None:
        disguisable = [form for form in forms if form.spec.disguise]
        skeletons: dict[str, list[Form]] = defaultdict(list)
        for form in disguisable:
            if len(form.text.replace(" ", "")) >= 3:
                skeletons[skeleton(form.text)].append(form)
        self._forms = forms
        self._skeletons = list(skeletons.values())
        self._automaton = AhoCorasick(list(skeletons))
        self._masks = MaskIndex(masked_words(forms), conventional_masks(forms))
        self._typos = Typos(disguisable)
        self._plain = {form.text for form in forms} | INNOCENT
        self._inside = tuple(form.text for form in forms if form.spec.where != "word")
        self._harmless: set[str] = set()
        self._known: dict[str, _Readings] = {}

    def find(self, view: View) -> Iterator[Find]:
        """Disguised forms of a post, in places of its folded text."""
        tokens = view.read.split()
        fresh = set(tokens).difference(self._harmless)
        if fresh:
            readings = {token: found for token in fresh if (found := self._readings(token))}
            if readings:
                for token, place in _tokens(view.read, readings):
                    yield from _placed(readings[token], place, view.words)
        if _is_spelled(tokens):
            for start, end in spelled(view.read):
                yield from self._in_region(view.read, start, end, spaced=True)

    def _readings(self, token: str) -> _Readings | None:
        """What a token may be read as, remembered."""
        known = self._known.get(token)
        if known is not None:
            return known
        found = self._read(token)
        if len(token) <= _LONGEST:
            if found is None:
                if len(self._harmless) >= _REMEMBERED:
                    self._harmless.clear()
                self._harmless.add(token)
            else:
                if len(self._known) >= _REMEMBERED:
                    self._known.clear()
                self._known[token] = found
        return found

    def _read(self, token: str) -> _Readings | None:
        if token.isascii() and token.isalpha():
            sure = tuple(self._in_word(token, 0, len(token)))
            return _Readings(sure, (), {}) if sure else None
        found = [find for word in _WORD.finditer(token) for find in self._in_word(token, *word.span())]
        masked: list[Find] = []
        parts: dict[str, list[tuple[Find, int]]] = defaultdict(list)
        if is_disguised(token):
            parted = _PARTED.fullmatch(token)
            readable = token.replace(parted[1], ".") if parted else token
            found.extend(self._in_region(readable, 0, len(token), spaced=False))
            for low, high, word, cost in self._masks.find(token, 0, len(token)):
                form = self._forms[word.form]
                find = Find(low, high, form, cost)
                words = form.text.split(" ")
                if len(words) == 1:
                    masked.append(find)
                else:
                    parts[words[word.place - 1 if word.place else 1]].append((find, word.place))
        return _Readings(tuple(found), tuple(masked), parts) if found or masked or parts else None

    def _in_word(self, token: str, start: int, end: int) -> Iterator[Find]:
        """Readings of letters alone."""
        word = token[start:end]
        if word in self._plain:
            return
        if _STRETCHED.search(word):
            yield from self._in_region(token, start, end, spaced=False)
        typos = list(self._typos.find(word))
        if typos and not any(form in word for form in self._inside):
            yield from (Find(start, end, form, cost) for form, cost in typos)

    def _in_region(self, read: str, start: int, end: int, *, spaced: bool) -> Iterator[Find]:
        """Forms whose skeletons are in read[start:end]."""
        part = region(read, start, end, spaced)
        for number, low, high in self._automaton.find_matches_as_indexes(part.skeleton, overlapping=True):
            first, last = part.units_of(low, high)
            for form in self._skeletons[number]:
                if form.spec.where == "word" and not part.holds(first, last):
                    continue
                cost = part.align(form.text, first, last)
                if cost:
                    yield Find(part.starts[first], part.ends[last - 1], form, cost)


def _tokens(read: str, wanted: Collection[str]) -> Iterator[tuple[str, int]]:
    """The tokens that are wanted, with their places."""
    if len(wanted) > _FEW:
        yield from ((place.group(), place.start()) for place in _TOKEN.finditer(read) if place.group() in wanted)
        return
    padded = f" {read} ".replace("\n", " ")
    for token in wanted:
        yield from ((token, place) for place in places(padded, token))


def _placed(readings: _Readings, at: int, words: str) -> Iterator[Find]:
    """The readings of a token that stands at `at`. Where a mask may as well hide a plain swear word, no slur is read into
    it."""
    for find in readings.sure:
        yield Find(at + find.start, at + find.end, find.form, find.cost)
    masked = []
    for find in readings.masked:
        place = _whole(words, at + find.start, at + find.end, (), ())
        if place is not None:
            masked.append(Find(*place, find.form, find.cost))
    for beside in _neighbours(words, at) if readings.parts else ():
        for find, word in readings.parts.get(beside, ()):
            form = find.form.text.split(" ")
            place = _whole(words, at + find.start, at + find.end, form[:word], form[word + 1 :])
            if place is not None:
                masked.append(Find(*place, find.form, find.cost))
    milder = [find for find in masked if find.form.spec.entry.category in ("profanity", "insult", "plain")]
    for find in masked:
        slur = find.form.spec.entry.category == "slur"
        size = find.end - find.start
        if not slur or not any(other.cost <= find.cost and other.end - other.start >= size for other in milder):
            yield find


def _neighbours(words: str, at: int) -> set[str]:
    """The words next to and among those of the token at `at`."""
    near = words[max(0, at - _NEAR) : at + _NEAR + _LONGEST]
    return set(near.split())


def _whole(words: str, low: int, high: int, before: Sequence[str], after: Sequence[str]) -> tuple[int, int] | None:
    """Where words lie of which one is at low:high, if they are all there."""
    ahead = "".join([f"{word} " for word in before])
    behind = "".join([f" {word}" for word in after])
    start, end = low - len(ahead), high + len(behind)
    if start < 0 or words[start : high + 1 + len(behind) + 1] != f" {ahead}{words[low + 1 : high + 1]}{behind} ":
        return None
    return start, end


def _is_spelled(tokens: Sequence[str]) -> bool:
    """Whether three tokens in a row are single characters."""
    lengths = list(map(len, tokens))
    return lengths.count(1) >= 3 and (1, 1, 1) in zip(lengths, lengths[1:], lengths[2:], strict=False)
