"""Entry and Match: the values of every lexicon. Offsets are code points of the original post text, half open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One concept. id: category and name, such as "slur/kike"; groups: who is meant, empty where nobody in particular.

    ambiguous: the word has an everyday sense too, so that a match alone proves nothing. reclaimed: members of the group use
    it of themselves.
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
    """An entry found in a post. cost: 0.0 for a plain spelling, more the more had to be read into it; obfuscated: the spelling
    was disguised. form: the word that was read, in its usual spelling; "" where the entry is no word but a pattern.
    respelt: what is written is a spelling of its own, or a misspelling, that the entry lists."""

    start: int
    end: int
    entry: Entry
    cost: float = 0.0
    obfuscated: bool = False
    form: str = ""
    respelt: bool = False
