"""Phrase families: patterns with slots over folded text, tried only where their words are.

Every pattern knows words of which some must be there, and nearly always those with which it begins. A post's words are
looked up (most mean nothing to any pattern and are remembered as such); a pattern is tried if all that it needs is in the
post, and only at the words with which it begins. Linear in the length of the text.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from service.lexicon.compile import PHRASES
from service.lexicon.entry import Entry, Match
from service.lexicon.patterns import SHOWN, Pattern, PatternError, compile_pattern
from service.lexicon.view import View, look, places
from service.text.fold import Folded

CUE_SHARE = 0.4  # of the family's weight, for words that ordinary talk has too
CONSPIRACY = "conspiracy"
_KEYS = {"id", "category", "description", "weight", "severity", "groups", "patterns", "cues"}
_ECHO = re.compile(r"\({3}\s?[\w'’][\w'’ -]{0,40}\s?\){3}")
_ECHO_ENTRY = Entry(
    id="conspiracy/antisemitic-echo",
    category="conspiracy",
    groups=("jews",),
    severity="high",
    ambiguous=False,
    reclaimed=False,
    description="Three brackets around a name mark a person or an institution as Jewish",
)
_ECHO_WEIGHT = 3.2
_REMEMBERED = 1 << 16  # words that mean nothing, and words that do; beyond that, all are forgotten
_LONGEST_WORD = 48  # of a word that is remembered


@dataclass(frozen=True, slots=True)
class Family:
    """A phrase family. strong and cue: the entry of a match by a pattern and by a cue (cue.ambiguous is true).
    weight: log-odds that a strong phrase of it adds to its flag."""

    id: str
    weight: float
    strong: Entry
    cue: Entry


@dataclass(frozen=True, slots=True)
class _Phrase:
    """needs: bits of anchors as in `Pattern`. starts: the whole words with which it may begin; open_starts: the bits of the
    beginnings of words with which it may."""

    pattern: Pattern
    entry: Entry
    needs: tuple[int, ...]
    starts: frozenset[str]
    open_starts: int


class Phrases:
    """Families compiled for matching. Build once, share freely: only the memory of words changes, never an answer."""

    def __init__(self, families: Iterable[_Compiled]) -> None:
        self.families: dict[str, Family] = {}
        listed: list[tuple[Pattern, Entry]] = []
        for family, patterns, cues in families:
            self.families[family.strong.id] = family
            listed += [(pattern, family.strong) for pattern in patterns]
            listed += [(pattern, family.cue) for pattern in cues]
        anchors = sorted({anchor for pattern, _ in listed for need in pattern.needs for anchor in need})
        anchors += sorted({anchor for pattern, _ in listed for anchor in pattern.starts or ()} - set(anchors))
        self._bit = {anchor: 1 << place for place, anchor in enumerate(anchors)}
        self._words = _Words(self._bit)
        self._phrases = [
            _Phrase(
                pattern,
                entry,
                tuple(map(self._bits, pattern.needs)),
                frozenset(anchor for anchor in pattern.starts or () if not anchor.endswith("*")),
                self._bits(anchor for anchor in pattern.starts or () if anchor.endswith("*")),
            )
            for pattern, entry in listed
        ]
        self._guarding: dict[str, list[int]] = {}  # phrases by their rarest anchors
        for number, (pattern, _) in enumerate(listed):
            for anchor in pattern.needs[0]:
                self._guarding.setdefault(anchor, []).append(number)
        self._guards: dict[str, tuple[int, ...]] = {}  # words that are the rarest that some phrases need
        self._idle: set[str] = set()  # words that are not

    def find(self, view: View) -> tuple[Match, ...]:
        """All phrases in a post, by start; of overlapping ones of a family the longest."""
        words = set(view.words.split())
        numbers = {number for word in words.difference(self._idle) for number in self._guarded(word)}
        found: list[tuple[int, int, Entry]] = []
        if numbers:
            met = {word: bits for word in words if (bits := self._words[word])}
            seen = 0
            for bits in met.values():
                seen |= bits
            for phrase in map(self._phrases.__getitem__, sorted(numbers)):
                if _is_possible(phrase, seen):
                    found += [(*span, phrase.entry) for span in _spans(phrase, view, met)]
        matches = [Match(*view.folded.span(start, end), entry, 0.0, False) for start, end, entry in _longest(found)]
        if "(((" in view.text:
            matches += [Match(m.start(), m.end(), _ECHO_ENTRY, 0.0, False) for m in _ECHO.finditer(view.text)]
        return tuple(sorted(matches, key=lambda match: (match.start, -match.end)))

    def prepare(self, pause: Callable[[], bool]) -> None:
        """Compile what no post has needed yet, some seconds of work. pause: called after each pattern; True ends it."""
        for phrase in self._phrases:
            if phrase.pattern.compile() and pause():
                return

    def weight(self, entry: Entry) -> float:
        """Log-odds that a phrase of this entry adds; 0 for an entry of another lexicon."""
        if entry.id == _ECHO_ENTRY.id:
            return _ECHO_WEIGHT
        family = self.families.get(entry.id)
        if family is None:
            return 0.0
        return family.weight * (CUE_SHARE if entry.ambiguous else 1.0)

    def _bits(self, anchors: Iterable[str]) -> int:
        return sum(self._bit[anchor] for anchor in anchors)

    def _guarded(self, word: str) -> tuple[int, ...]:
        """The phrases whose rarest anchors the word is one of, remembered."""
        known = self._guards.get(word)
        if known is not None:
            return known
        numbers = tuple({n for anchor in self._words.anchors(word) for n in self._guarding.get(anchor, ())})
        if len(word) <= _LONGEST_WORD:
            if numbers:
                _make_room(self._guards)
                self._guards[word] = numbers
            else:
                _make_room(self._idle)
                self._idle.add(word)
        return numbers


class _Words(dict[str, int]):
    """word -> the bits of the anchors that it is, worked out when first met."""

    def __init__(self, bit: Mapping[str, int]) -> None:
        super().__init__()
        self._bit = bit
        self._longest = max(map(len, bit), default=0)

    def anchors(self, word: str) -> Iterator[str]:
        """The anchors that the word may be: itself, and its beginnings."""
        yield word
        for end in range(1, min(len(word), self._longest) + 1):
            yield word[:end] + "*"

    def __missing__(self, word: str) -> int:
        bits = 0
        for anchor in self.anchors(word):
            bits |= self._bit.get(anchor, 0)
        if len(word) <= _LONGEST_WORD:
            _make_room(self)
            self[word] = bits
        return bits


def _make_room(memory: set[str] | dict[str, Any]) -> None:
    if len(memory) >= _REMEMBERED:
        memory.clear()


def _is_possible(phrase: _Phrase, seen: int) -> bool:
    """Whether all that the phrase needs is among the anchors seen. A loop, since this is asked for every post."""
    for need in phrase.needs:  # noqa: SIM110
        if not need & seen:
            return False
    return True


def _spans(phrase: _Phrase, view: View, met: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    """Where the phrase lies, in places of the folded text. met: the words of the post that are anchors, with their bits."""
    regex = phrase.pattern.regex
    shown: str | int = SHOWN if SHOWN in regex.groupindex else 0
    if phrase.pattern.starts is None:
        yield from (found.span(shown) for found in regex.finditer(view.read))
        return
    starts = phrase.starts.intersection(met)
    if phrase.open_starts:
        starts |= {word for word, bits in met.items() if bits & phrase.open_starts}
    for word in starts:
        for place in places(view.words, word):
            found = regex.match(view.read, place)
            if found:
                yield found.span(shown)


def _longest(found: list[tuple[int, int, Entry]]) -> list[tuple[int, int, Entry]]:
    """Of overlapping spans of one family the longest; a strong phrase before a cue."""
    taken: dict[str, list[tuple[int, int]]] = {}
    kept = []
    for start, end, entry in sorted(found, key=lambda item: (item[2].ambiguous, item[0] - item[1], item[0])):
        spans = taken.setdefault(entry.id, [])
        at = bisect_left(spans, (start, end))
        if (at == 0 or spans[at - 1][1] <= start) and (at == len(spans) or end <= spans[at][0]):
            spans.insert(at, (start, end))
            kept.append((start, end, entry))
    return kept


def read_phrases(source: str, name: str) -> Phrases:
    """Compile phrase families from TOML. name: of the file, for errors. Raises ValueError naming family and phrase."""
    return Phrases(_families(source, name))


_Compiled = tuple[Family, list[Pattern], list[Pattern]]


def _families(source: str, name: str) -> list[_Compiled]:
    data = tomllib.loads(source)
    slots = data.get("slots", {})
    families: list[_Compiled] = []
    seen = set()
    for table in data.get("family", []):
        identity = table.get("id", "?")
        if identity in seen:
            raise ValueError(f"{name}: two families called {identity!r}")
        seen.add(identity)
        if unknown := sorted(set(table) - _KEYS):
            raise ValueError(f"{name}: family {identity!r}: unknown key {unknown[0]!r}")
        try:
            families.append(_family(table, slots))
        except (KeyError, PatternError) as error:
            raise ValueError(f"{name}: family {identity!r}: {error}") from None
    return families


def _family(table: Mapping[str, Any], slots: Mapping[str, str]) -> _Compiled:
    category = table.get("category", CONSPIRACY)

    def entry(ambiguous: bool) -> Entry:
        return Entry(
            id=f"{category}/{table['id']}",
            category=category,
            groups=tuple(table.get("groups", ())),
            severity="low" if ambiguous else table.get("severity", "medium"),
            ambiguous=ambiguous,
            reclaimed=False,
            description=table["description"],
        )

    family = Family(table["id"], float(table["weight"]), entry(False), entry(True))
    patterns = [compile_pattern(source, slots) for source in table["patterns"]]
    return family, patterns, [compile_pattern(source, slots) for source in table.get("cues", [])]


@cache
def default_phrases() -> Phrases:
    """The packaged families, of all files of phrases."""
    folder = resources.files("service.lexicon") / "entries"
    return Phrases(
        family for name in PHRASES for family in _families((folder / name).read_text(encoding="utf-8"), name)
    )


def find_phrases(folded: Folded, text: str) -> tuple[Match, ...]:
    """Phrases of a post by the packaged families, with spans in the original text."""
    return default_phrases().find(look(text, folded))
