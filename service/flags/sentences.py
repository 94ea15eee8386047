"""Sentences of a post: the stretch in which stance and target are read. Offsets are code points of the post."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

LONGEST = 400  # characters; a longer run without an end of sentence is read in pieces around the words in question
_AFTER = r"[\"”'’)]{0,4}(?=\s|$)"
# What is looked for stands first, and what must not stand before it behind: so the search skips to such characters.
_END = re.compile(
    r"[!?….\n](?:"
    rf"(?<=[!?…])(?<![!?…][!?…])[!?…]*+{_AFTER}"
    rf"|(?<=\.)(?<![A-Z.]\.)(?<!\bMr\.)(?<!\bDr\.)(?<!\bMs\.)(?<!\bMrs\.)(?<!\bSt\.)\.*+{_AFTER}"
    r"|(?<=\n)\n*+)"
)
_STRAIGHT = str.maketrans("’‘ʼ`“”„«»", '\'\'\'\'"""""')


@dataclass(frozen=True, slots=True)
class Sentences:
    """A post cut into sentences. plain: the post with straight quotes and apostrophes, character for character."""

    plain: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def around(self, start: int, end: int) -> tuple[int, int]:
        """The sentence (or sentences) that holds start..end, cut to LONGEST on either side."""
        low = self.starts[max(0, bisect_right(self.starts, start) - 1)]
        high = self.ends[max(0, bisect_right(self.starts, max(start, end - 1)) - 1)]
        return max(low, start - LONGEST), min(max(high, end), end + LONGEST)

    def after(self, start: int, end: int) -> tuple[int, int]:
        """The sentence that follows the one of start..end; empty at the end of the post."""
        number = bisect_right(self.starts, max(start, end - 1))
        if number >= len(self.starts):
            return len(self.plain), len(self.plain)
        return self.starts[number], min(self.ends[number], self.starts[number] + LONGEST)


@lru_cache(maxsize=64)
def sentences(text: str) -> Sentences:
    """Cut a post into sentences. Linear; ends at `.!?…` before white space and at line ends, not after initials."""
    starts, ends = [0], []
    for found in _END.finditer(text):
        if found.end() < len(text):
            ends.append(found.end())
            starts.append(found.end())
    ends.append(len(text))
    return Sentences(text.translate(_STRAIGHT), tuple(starts), tuple(ends))
