"""Section and Post: what splitting makes of a source. Offsets are code points of the source, half open."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of another post inside a post's text: half-open code points of `Post.text`, and whose they are if known."""

    start: int
    end: int
    author: str | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """One comment. text: the body alone, no name, date or buttons. start/end: its place in a plain-text source, else None.

    created_at: ISO 8601 where the source has a full date, the raw string otherwise. quotes: parts of `text` that are
    somebody else's words, in order, never overlapping.
    """

    id: str
    index: int
    text: str
    author: str | None = None
    created_at: str | None = None
    parent_id: str | None = None
    start: int | None = None
    end: int | None = None
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """The part of a plain-text source that is not comments; None offsets where the source is markup."""

    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class Section:
    """A split source. kind: the convention that was detected (such as "plain:bare", "plain:header", "html:wordpress",
    "wxr", "disqus-xml", "posts"); confidence in 0..1; notes: what was repaired or left out, in words."""

    kind: str
    posts: tuple[Post, ...]
    article: Article | None = None
    confidence: float = 1.0
    notes: tuple[str, ...] = ()
