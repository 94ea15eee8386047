"""Entry and Match: the values of every lexicon. Offsets are code points of the original text, half open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One lexicon entry. id: such as "slur/kike" or "conspiracy/deep-state"; category: the part before the slash.

    groups: who is slurred or targeted. ambiguous: needs support from a score or from the words around it. reclaimed:
    also used by the group of itself.
    """

    id: str
    category: str
    groups: tuple[str, ...] = ()
    severity: Severity = "medium"
    ambiguous: bool = False
    reclaimed: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """An entry found in a post: its span in the original text, what its spelling cost (0.0: plain), and whether it was
    disguised."""

    start: int
    end: int
    entry: Entry
    cost: float = 0.0
    obfuscated: bool = False
