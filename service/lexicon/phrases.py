"""Conspiracy phrase families: patterns with slots over folded text, found behind one automaton of anchor words.

An ordinary comment has few anchors, so it costs one pass of the automaton; a pattern runs only in the bounded
neighbourhood of its own anchors, and each neighbourhood once. Linear in the length of the text.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Protocol

import ahocorasick_rs

from service.lexicon.entry import Entry, Match
from service.lexicon.patterns import SHOWN, Pattern, PatternError, compile_pattern

CUE_SHARE = 0.4  # of the family's weight, for words that ordinary talk has too
_KEYS = {"id", "description", "weight", "severity", "groups", "patterns", "cues"}
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


class FoldedText(Protocol):
    """What phrases need of `service.text.fold.Folded`."""

    @property
    def text(self) -> str:
        """Lower-case readable text with single spaces."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Code points of the original for folded characters start..end."""


@dataclass(frozen=True, slots=True)
class Family:
    """A phrase family. strong and cue: the entry of a match by a pattern and by a cue (cue.ambiguous is true).
    weight: log-odds that a post which uses a strong phrase pushes the theory."""

    id: str
    weight: float
    strong: Entry
    cue: Entry


@dataclass(frozen=True, slots=True)
class _Phrase:
    pattern: Pattern
    entry: Entry


class Phrases:
    """Families compiled for matching. Build once, share freely: nothing changes afterwards."""

    def __init__(self, families: Iterable[tuple[Family, list[Pattern], list[Pattern]]]) -> None:
        self.families: dict[str, Family] = {}
        self._phrases: list[_Phrase] = []
        for family, patterns, cues in families:
            self.families[family.strong.id] = family
            self._phrases += [_Phrase(pattern, family.strong) for pattern in patterns]
            self._phrases += [_Phrase(pattern, family.cue) for pattern in cues]
        by_anchor: dict[str, list[int]] = {}
        for number, phrase in enumerate(self._phrases):
            for anchor in phrase.pattern.anchors:
                by_anchor.setdefault(anchor, []).append(number)
        self._anchors = [(anchor.endswith("*"), tuple(numbers)) for anchor, numbers in by_anchor.items()]
        self._automaton = ahocorasick_rs.AhoCorasick([anchor.rstrip("*") for anchor in by_anchor])

    def find(self, folded: FoldedText, text: str) -> tuple[Match, ...]:
        """All phrases in a post, by start; of overlapping ones of a family the longest. text: the original post."""
        read = folded.text
        found = [
            (start, end, self._phrases[number].entry)
            for number, windows in self._windows(read).items()
            for low, high in windows
            for start, end in _spans(self._phrases[number].pattern, read, low, high)
        ]
        matches = [Match(*folded.span(start, end), entry, 0.0, False) for start, end, entry in _longest(found)]
        if "(((" in text:
            matches += [Match(m.start(), m.end(), _ECHO_ENTRY, 0.0, False) for m in _ECHO.finditer(text)]
        return tuple(sorted(matches, key=lambda match: (match.start, -match.end)))

    def weight(self, entry: Entry) -> float:
        """Log-odds that a phrase of this entry adds; 0 for an entry of another lexicon."""
        if entry.id == _ECHO_ENTRY.id:
            return _ECHO_WEIGHT
        family = self.families.get(entry.id)
        if family is None:
            return 0.0
        return family.weight * (CUE_SHARE if entry.ambiguous else 1.0)

    def _windows(self, read: str) -> dict[int, list[tuple[int, int]]]:
        """For each phrase with an anchor in the text, the separate stretches in which it can lie."""
        windows: dict[int, list[tuple[int, int]]] = {}
        for anchor, start, end in self._automaton.find_matches_as_indexes(read, overlapping=True):
            open_ended, numbers = self._anchors[anchor]
            if start and read[start - 1].isalnum():
                continue
            if not open_ended and end < len(read) and read[end].isalnum():
                continue
            for number in numbers:
                reach = self._phrases[number].pattern.reach
                low, high = max(0, start - reach), end + reach
                known = windows.setdefault(number, [])
                if known and low <= known[-1][1]:
                    known[-1] = (known[-1][0], high)
                else:
                    known.append((low, high))
        return windows


def _spans(pattern: Pattern, read: str, low: int, high: int) -> Iterator[tuple[int, int]]:
    shown: str | int = SHOWN if SHOWN in pattern.regex.groupindex else 0
    for found in pattern.regex.finditer(read, low, min(high, len(read))):
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
    data = tomllib.loads(source)
    slots = data.get("slots", {})
    families, seen = [], set()
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
    return Phrases(families)


def _family(table: Mapping[str, Any], slots: Mapping[str, str]) -> tuple[Family, list[Pattern], list[Pattern]]:
    def entry(ambiguous: bool) -> Entry:
        return Entry(
            id=f"conspiracy/{table['id']}",
            category="conspiracy",
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
    """The packaged families (entries/conspiracy.toml)."""
    path = resources.files("service.lexicon") / "entries" / "conspiracy.toml"
    return read_phrases(path.read_text(encoding="utf-8"), path.name)


def find_phrases(folded: FoldedText, text: str) -> tuple[Match, ...]:
    """Conspiracy phrases of a post by the packaged families, with spans in the original text."""
    return default_phrases().find(folded, text)
