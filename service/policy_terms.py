"""Terms: a site's own words and phrases, found in posts as a reader sees them (folded), as whole words."""

from __future__ import annotations

from collections.abc import Iterable

import ahocorasick_rs

from service.text.fold import fold


class Terms:
    """Words and phrases compiled for finding. False where there are none."""

    def __init__(self, terms: Iterable[str]) -> None:
        self._folded = sorted({" ".join(fold(term).text.split()) for term in terms} - {""})
        self._automaton = ahocorasick_rs.AhoCorasick(self._folded, ahocorasick_rs.MatchKind.LeftmostLongest)

    def __bool__(self) -> bool:
        return bool(self._folded)

    def find(self, text: str) -> list[tuple[int, int]]:
        """Half-open code points of the post at which a term stands, in order, none overlapping."""
        folded = fold(text)
        read = folded.text
        found = self._automaton.find_matches_as_indexes(read)
        return [folded.span(start, end) for _, start, end in found if _is_whole(read, start, end)]


def _is_whole(read: str, start: int, end: int) -> bool:
    """Whether start..end cuts no word."""
    opens = start > 0 and read[start - 1].isalnum() and read[start].isalnum()
    closes = end < len(read) and read[end].isalnum() and read[end - 1].isalnum()
    return not opens and not closes
