"""Terms: a site's own words and phrases, found in posts as a reader sees them.

A term is found as it is, folded, as whole words; one made of the letters a to z is found in disguise too, with the readings,
costs and caps of the lexicon: "s1te", "s.i.t.e", "s*te", "s i t e", "siite".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import ahocorasick_rs

from service.lexicon import Entry, Lexicon, Spec
from service.text.fold import fold

_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz ")
_ENTRY: Final = Entry("term/term", "profanity", description="A word of the site's own policy")


class Terms:
    """Words and phrases compiled for finding. False where there are none."""

    def __init__(self, terms: Iterable[str]) -> None:
        self._folded = sorted({" ".join(fold(term).text.split()) for term in terms} - {""})
        self._automaton = ahocorasick_rs.AhoCorasick(self._folded, ahocorasick_rs.MatchKind.LeftmostLongest)
        words = tuple(term for term in self._folded if set(term) <= _LETTERS)
        self._lexicon = Lexicon([Spec(_ENTRY, words)]) if words else None

    def __bool__(self) -> bool:
        return bool(self._folded)

    def find(self, text: str) -> list[tuple[int, int]]:
        """Half-open code points of the post at which a term stands, in order, none overlapping."""
        folded = fold(text)
        read = folded.text
        hits = self._automaton.find_matches_as_indexes(read)
        found = [folded.span(start, end) for _, start, end in hits if _is_whole(read, start, end)]
        if self._lexicon is not None:
            disguised = ((match.start, match.end) for match in self._lexicon.find(text) if match.obfuscated)
            found += [span for span in disguised if not any(low < span[1] and span[0] < high for low, high in found)]
        return sorted(found)


def _is_whole(read: str, start: int, end: int) -> bool:
    """Whether start..end cuts no word."""
    opens = start > 0 and read[start - 1].isalnum() and read[start].isalnum()
    closes = end < len(read) and read[end].isalnum() and read[end - 1].isalnum()
    return not opens and not closes
