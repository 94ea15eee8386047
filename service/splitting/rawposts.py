"""Comments as a source holds them, and the posts that they become: unique ids, parents that are there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from service.splitting.quotes import find_quotes
from service.splitting.section import Post, Quote

_SURROGATE = re.compile("[\ud800-\udfff]")
"""Halves of characters, which JSON can hold and no encoding can: they are shown as unreadable characters."""


@dataclass(frozen=True, slots=True)
class RawPost:
    """A comment before ids are made unique and parents are checked. id: as the source has it, may be empty."""

    id: str
    text: str
    quotes: tuple[Quote, ...]
    author: str | None
    created_at: str | None
    parent_id: str | None


def link_posts(raw: Collection[RawPost]) -> tuple[Post, ...]:
    """Posts with unique ids, and only those parents that are there."""
    return tuple(link_each(raw, {item.id for item in raw}))


def link_each(raw: Iterable[RawPost], given: Collection[str]) -> Iterator[Post]:
    """As `link_posts`, one by one. given: all ids of the source, which is all that has to be known beforehand."""
    seen: set[str] = set()
    for index, item in enumerate(raw):
        name = item.id if item.id and item.id not in seen else _free_id(index, given, seen)
        seen.add(name)
        parent = item.parent_id if item.parent_id and item.parent_id in given and item.parent_id != name else None
        yield Post(
            id=_whole(name),
            index=index,
            text=_whole(item.text),
            author=_whole(item.author) if item.author else item.author,
            created_at=_whole(item.created_at) if item.created_at else item.created_at,
            parent_id=_whole(parent) if parent else None,
            quotes=item.quotes or find_quotes(item.text),
        )


def _whole(text: str) -> str:
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _free_id(index: int, given: Collection[str], seen: Collection[str]) -> str:
    """An id for a post that has none of its own: its number, marked if a post of the source is called so."""
    name = str(index + 1)
    while name in given or name in seen:
        name = f"post-{name}"
    return name
