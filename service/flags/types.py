"""Evidence and Flag: what a moderator acts on. Offsets are code points of the post's own text, half open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FlagType = Literal["slur", "harassment", "conspiracy"]
Severity = Literal["low", "medium", "high"]
Target = Literal["person", "group", "public figure", "commenter", "self", "none"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words that support a flag. `text == post.text[start:end]` always. source: such as "lexicon:slur/kike",
    "model:insult", "pattern:conspiracy/stolen-election"."""

    start: int
    end: int
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Flag:
    """A finding. score in 0..1; target: who is meant (harassment), the group slurred (slur: see `groups`)."""

    type: FlagType
    score: float
    severity: Severity
    evidence: tuple[Evidence, ...]
    target: Target | None = None
    groups: tuple[str, ...] = ()
    reason: str = ""
