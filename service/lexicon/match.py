"""Lexicon: finds entries in a post, in plain and in disguised spelling.

One automaton runs over the folded post and finds plain forms and benign phrases; tokens that look disguised are read in other
ways (disguise.py). Each find is then checked against what stands around it. Linear in the post's length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from ahocorasick_rs import AhoCorasick

from service.lexicon.context import BenignPhrase, disjoint, is_meant
from service.lexicon.disguise import Disguises
from service.lexicon.entry import Match
from service.lexicon.forms import Find, Form, forms_of, plain_patterns
from service.lexicon.spec import Spec
from service.lexicon.view import View, look
from service.text.fold import fold
from service.text.hashtags import hashtags
from service.text.markup import unmarked
from service.text.spans import widen

Phrases = Callable[[View], tuple[Match, ...]]

_PICTURE: Final = 0.4  # what a picture costs that is read as a word
_FOREIGN: Final = 0.2  # what a character costs that folding had to replace
_FOREIGN_CAP: Final = 1.0
_MARKED: Final = 0.3  # what markup inside a word costs


class Lexicon:
    """Entries and the automata to find them. One value serves all threads.

    phrases: a further finder that works on the view, for patterns with slots.
    """

    def __init__(self, specs: Sequence[Spec], phrases: Phrases | None = None) -> None:
        self.entries = tuple(spec.entry for spec in specs)
        self._phrases = phrases
        forms = forms_of(specs)
        self._patterns, texts = plain_patterns(forms, specs)
        self._plain = AhoCorasick(texts)
        self._disguises = Disguises(forms)
        self._shown = {picture: Form(spec.forms[0], spec, spec.forms[0]) for spec in specs for picture in spec.emoji}
        self._pictures = re.compile("|".join(sorted(self._shown, key=len, reverse=True))) if self._shown else None

    def find(self, text: str) -> tuple[Match, ...]:
        """Matches in order of their start. Those of words never overlap; phrases may lie around them."""
        if not text:
            return ()
        matches = self._find(look(text, fold(text)))
        if "#" in text:
            for tag in hashtags(text):
                low, high = tag.span(0, len(tag.text))
                if not any(match.start < high and low < match.end for match in matches):
                    matches.extend(self._find(look(text, tag)))
        shown = unmarked(text)
        if shown is not None:
            matches = _joined(matches, self._find(look(text, shown)))
        matches.sort(key=lambda match: (match.start, match.end))
        return tuple(matches)

    def _find(self, view: View) -> list[Match]:
        finds, benign = self._find_plain(view)
        finds.extend(self._disguises.find(view))
        if self._pictures and not view.read.isascii():
            finds.extend(
                Find(*found.span(), self._shown[found.group()], _PICTURE)
                for found in self._pictures.finditer(view.read)
            )
        matches: list[Match] = []
        if finds:
            meant = [find for find in finds if is_meant(find, view, benign)]
            matches = [_match(find, view) for find in disjoint(meant)]
        if self._phrases is not None:
            matches.extend(self._phrases(view))
        return matches

    def _find_plain(self, view: View) -> tuple[list[Find], list[BenignPhrase]]:
        """Forms and benign phrases, in places of the folded text."""
        finds: list[Find] = []
        benign: list[BenignPhrase] = []
        for number, start, end in self._plain.find_matches_as_indexes(view.words, overlapping=True):
            pattern = self._patterns[number]
            start, end = start + pattern.lead - 1, end - pattern.tail - 1
            if pattern.form is not None:
                finds.append(Find(start, end, pattern.form, pattern.cost))
            else:
                benign.append((start, end, pattern.benign))
        benign.sort(key=lambda phrase: phrase[0])
        return finds, benign


def _joined(known: Sequence[Match], read: Sequence[Match]) -> list[Match]:
    """Matches and those of another reading of the post, which count as disguised: where they overlap, the longer ones."""
    fresh = [
        replace(match, cost=match.cost or _MARKED, obfuscated=True) if match.form else match
        for match in read
        if not any(other.start <= match.start and match.end <= other.end for other in known)
    ]
    kept = [match for match in known if not any(new.start < match.end and match.start < new.end for new in fresh)]
    return [*kept, *fresh]


def _match(find: Find, view: View) -> Match:
    """The find in the original text, widened to whole words."""
    start, end = view.folded.span(find.start, find.end)
    written = view.text[start:end]
    foreign = 0 if written.isascii() else sum(not c.isascii() for c in written)
    if not foreign and not view.folded.ordered:
        foreign = int(written.lower() != view.folded.text[find.start : find.end])
    start, end = widen(view.text, start, end)
    cost = round(find.cost + min(_FOREIGN_CAP, _FOREIGN * foreign), 2)
    form = find.form
    return Match(start, end, form.spec.entry, cost, cost > 0.0, form.usual, form.usual != form.text)
