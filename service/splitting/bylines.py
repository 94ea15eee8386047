"""Author and date of one record of a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from service.splitting.attributes import is_author, is_body, is_date, names, words_of
from service.splitting.dates import find_date
from service.splitting.lines import is_name, is_noise, says
from service.splitting.markup import flat

_DID = re.compile(r"\s(?:commented|replied|posted|wrote|said|answered)?\s{0,2}(?:on|at|am|um)?\Z", re.IGNORECASE)
_NAME_FIRST = ("fn", "nickname", "username", "author", "name", "user", "nick", "poster", "hnuser", "creator", "byline")
_ODD_NAME = frozenset(("fn", "nickname", "username", "screenname", "displayname"))
_GIVEN = ("data-author", "data-username", "data-user", "data-comment-author", "author")
_STAMPS = ("datetime", "data-time", "data-timestamp", "data-utime", "data-date-string", "data-date", "content", "title")


@dataclass(frozen=True, slots=True)
class Parts:
    """What a record holds: the date as written, and elements, so that the body can leave them out."""

    author: str | None
    author_node: HtmlElement | None
    date: str | None
    date_node: HtmlElement | None


def read_parts(record: HtmlElement, own: Sequence[HtmlElement]) -> Parts:
    """Author and date of a record. own: its elements, without those of records nested in it."""
    date, date_node = read_date([node for node in own if node is not record])
    if date is None:
        date, date_node = read_date([record])
    author, author_node = _author(record, own, date_node)
    return Parts(author, author_node, date, date_node)


def read_date(own: Sequence[HtmlElement]) -> tuple[str | None, HtmlElement | None]:
    """The date that some elements show, for machines or for readers, and the element that does."""
    second: tuple[str | None, HtmlElement | None] = (None, None)
    for node in own:
        named = is_date(node)
        text = (
            flat(node, 160)
            if named or (node.text and len(node.text) < 100) or node.tag in ("a", "abbr", "span")
            else ""
        )
        if not (named or text) or len(text) > 140:
            continue
        stamp = next((node.get(name) for name in _STAMPS if node.get(name) and _is_stamp(node.get(name) or "")), None)
        hit = find_date(text)
        if stamp and (named or hit):
            return stamp, node
        if (
            hit
            and (hit.end - hit.start) >= 0.3 * len(text)
            and not any(is_date(child) and _is_day(flat(child, 100)) for child in node.iterdescendants())
        ):
            value = text[hit.start : hit.end]
            if (named and not hit.alone) or hit.strength == 2:
                return value, node
            if second[1] is None:
                second = (value, node)
    if second[1] is None:
        for node in own:
            for words in (node.text, node.tail):
                hit = find_date(words.strip()) if words and len(words) < 120 else None
                if hit and hit.strength == 2 and second[1] is None:
                    second = (words.strip()[hit.start : hit.end], None)
    return second


def _is_day(text: str) -> bool:
    hit = find_date(text)
    return hit is not None and not hit.alone


def _is_stamp(value: str) -> bool:
    return bool(re.match(r"\d{4}-\d\d-\d\d|\d{10,13}$", value)) or (
        len(value) < 80 and (hit := find_date(value)) is not None and hit.year is not None
    )


def _author(
    record: HtmlElement, own: Sequence[HtmlElement], date_node: HtmlElement | None
) -> tuple[str | None, HtmlElement | None]:
    given = next((record.get(name) for name in _GIVEN if record.get(name)), None)
    best: tuple[int, str, HtmlElement] | None = None
    for position, node in enumerate(own):
        if node is record or not is_author(node) or node is date_node:
            continue
        text = bare_name(flat(node, 120))
        shown = find_date(text)
        if not is_name(text) or is_noise(text) or (shown and shown.strength == 2):
            continue
        roles = words_of(names(node))
        rank = next((i for i, role in enumerate(_NAME_FIRST) if role in roles), len(_NAME_FIRST))
        inner = not any(is_author(child) and flat(child, 10) for child in node.iterdescendants())
        value = (
            rank * 3
            + (0 if inner else 4)
            + (8 if is_body(node) and not {"author", "name", "username", "fn"} & roles else 0)
            + min(position, 200) / 50
        )
        if best is None or value < best[0]:
            best = (int(value * 100), text, node) if best is None or int(value * 100) < best[0] else best
    if given and is_name(given) and (best is None or given.casefold() in flat(record, 400).casefold()):
        return given, best[2] if best else None  # not an account's name where another is shown
    if best:
        return _innermost(best[1], best[2])
    odd = next((node for node in own if node is not record and _ODD_NAME & words_of(names(node))), None)
    if odd is not None and 0 < len(flat(odd, 60)) <= 40:
        return bare_name(flat(odd, 60)), odd  # a name unlike names, in a place for nothing else
    return _author_by_place(record, own, date_node)


def _innermost(text: str, node: HtmlElement) -> tuple[str, HtmlElement]:
    """The first inner element that is a user's name as well: the outer one may hold a rank beside it."""
    for child in node.iterdescendants():
        if isinstance(child.tag, str) and (is_author(child) or child.tag == "a"):
            inner = bare_name(flat(child, 120))
            if inner and inner != text and text.startswith(inner) and is_name(inner):
                return inner, node
    return text, node


def _author_by_place(
    record: HtmlElement, own: Sequence[HtmlElement], date_node: HtmlElement | None
) -> tuple[str | None, HtmlElement | None]:
    """No element is named as an author: a "Name says:", or a short link or bold text before the date."""
    for node in own:
        if node is date_node:
            break
        text = flat(node, 120)
        spoken = says(text)
        if spoken and spoken.end() >= len(text) - 30:
            return bare_name(spoken["name"]), node
        if (
            node.tag in ("a", "b", "strong", "cite", "h3", "h4", "h5", "dt")
            and text
            and is_name(text)
            and not is_noise(text)
            and not find_date(text)
        ):
            return bare_name(text), node
    return None, None


def bare_name(text: str) -> str:
    """A name without "says:", "by", and the date behind it."""
    spoken = says(text if text.rstrip().endswith((":", "...", "…")) else text + ":")
    if spoken and spoken.end() >= len(text):
        text = spoken["name"]
    hit = find_date(text)
    if hit and hit.strength == 2 and hit.start and hit.end == len(text):
        text = _DID.sub("", text[: hit.start].rstrip(" ,·•|-"))
    text = re.sub(r"^(?:posted by|by|von|written by|submitted by)\s", "", text, flags=re.IGNORECASE)
    return text.strip(" \t:,•·|-–—»›")
