"""PostContext and Thresholds: what flagging needs to know besides the scores and the matches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from models.types import Attribution
from service.flags.types import FlagType, Target
from service.splitting.section import Quote

Attribute = Callable[[str], Sequence[Attribution]]
"""label -> the characters that carried its score; called only for posts that are flagged."""


@dataclass(frozen=True, slots=True)
class PostContext:
    """A post as flagging sees it. quotes: parts of `text` that are somebody else's words."""

    text: str
    author: str | None = None
    parent_author: str | None = None
    is_reply: bool = False
    quotes: tuple[Quote, ...] = ()

    def quoted(self, start: int, end: int) -> bool:
        """Whether start..end lies within somebody else's words."""
        return any(quote.start <= start and end <= quote.end for quote in self.quotes)


def _flat(value: float) -> Mapping[FlagType, float]:
    return {"slur": value, "harassment": value, "conspiracy": value}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """flag: the score from which a post gets a flag of that type. medium, high: from which score its severity is so
    (below medium: low). leniency: added to the harassment threshold by who is meant; a negative value is stricter."""

    flag: Mapping[FlagType, float] = field(default_factory=lambda: _flat(0.5))
    medium: Mapping[FlagType, float] = field(default_factory=lambda: _flat(0.65))
    high: Mapping[FlagType, float] = field(default_factory=lambda: _flat(0.9))
    leniency: Mapping[Target, float] = field(default_factory=dict)
