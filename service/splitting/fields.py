"""The parts of one record of a page: author, date, body, parent.

The body's place is one decision for all records: the part of the same shape that holds most of the words and none of
the names and dates. Where no part does (paragraphs lying beside the header), the body is the record without its header
and buttons.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from service.splitting.attributes import (
    is_action,
    is_author,
    is_body,
    is_concealed,
    is_date,
    is_meta,
    names,
    shape,
    words_of,
)
from service.splitting.dates import find_date
from service.splitting.lines import is_name, is_noise, is_removed, says
from service.splitting.markup import HIDDEN, flat, is_quote, render
from service.splitting.records import own_nodes
from service.splitting.section import Quote

_MOST_BODY = 0.8
"""A part is the body if it holds this share of what is left of the records without headers and buttons."""
_LABELS, _HEADER = 14, 120
"""So many characters beside name and date may stand in a header: if nothing says so, and if its class does."""
_SUBJECT = re.compile(r"(?:re|aw|sv|antw|fwd?):\s", re.IGNORECASE)
_NAME_FIRST = ("fn", "nickname", "username", "author", "name", "user", "nick", "poster", "hnuser", "creator", "byline")
_STAMPS = ("datetime", "data-time", "data-timestamp", "data-utime", "data-date-string", "data-date", "content", "title")
_MORE = re.compile(
    r"(?:see|read|show|view) more|mehr (?:anzeigen|lesen)|aufklappen|показать больше|voir plus|report(?: this comment)?",
    re.IGNORECASE,
)
_SAYS_ONLY = re.compile(
    r"(?:says|said|wrote|writes|sagte?|schreibt|schrieb|dit|dice|пишет)?\s?(?::|\.\.\.|…)|#\d{1,6}|[•·|–-]{1,3}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a record holds: the date as written, and elements, so that the body can leave them out."""

    author: str | None
    author_node: HtmlElement | None
    date: str | None
    date_node: HtmlElement | None


@dataclass(frozen=True, slots=True)
class Body:
    """The words of a post and the quotations in them."""

    text: str
    quotes: tuple[Quote, ...]


def read_records(nodes: Sequence[HtmlElement]) -> list[tuple[Parts, Body]]:
    """Parts and body of every record, in order."""
    members = frozenset(nodes)
    owned = [list(own_nodes(node, members)) for node in nodes]
    parts = [_parts(node, own) for node, own in zip(nodes, owned, strict=True)]
    place = _body_shape(nodes, owned, parts, members)
    bodies = []
    for node, own, part in zip(nodes, owned, parts, strict=True):
        found = next((child for child in own if place and shape(child) == place and child is not node), None)
        if found is None:
            body = _remainder(node, own, part, members)
        else:
            heads = [
                anchor for anchor in (part.author_node, part.date_node) if anchor is not None and anchor is not found
            ]
            body = _tidy(*render(found, _frames(found, own) + heads, members), part)
        bodies.append(body)
    return list(zip(parts, bodies, strict=True))


def _parts(record: HtmlElement, own: Sequence[HtmlElement]) -> Parts:
    date, date_node = _date(own)
    author, author_node = _author(record, own, date_node)
    return Parts(author, author_node, date, date_node)


def _date(own: Sequence[HtmlElement]) -> tuple[str | None, HtmlElement | None]:
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
            and not any(is_date(child) for child in node.iterdescendants())
        ):
            value = text[hit.start : hit.end]
            if named or hit.strength == 2:
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


def _is_stamp(value: str) -> bool:
    return bool(re.match(r"\d{4}-\d\d-\d\d|\d{10,13}$", value)) or (
        len(value) < 80 and (hit := find_date(value)) is not None and hit.year is not None
    )


def _author(
    record: HtmlElement, own: Sequence[HtmlElement], date_node: HtmlElement | None
) -> tuple[str | None, HtmlElement | None]:
    given = record.get("data-author") or record.get("data-username") or record.get("data-user")
    best: tuple[int, str, HtmlElement] | None = None
    for position, node in enumerate(own):
        if node is record or not is_author(node) or node is date_node:
            continue
        text = _name(flat(node, 120))
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
    if given and is_name(given):
        return given, best[2] if best else None
    if best:
        return _innermost(best[1], best[2])
    return _author_by_place(record, own, date_node)


def _innermost(text: str, node: HtmlElement) -> tuple[str, HtmlElement]:
    """The first inner element that is a user's name as well: the outer one may hold a rank beside it."""
    for child in node.iterdescendants():
        if isinstance(child.tag, str) and (is_author(child) or child.tag == "a"):
            inner = _name(flat(child, 120))
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
            return _name(spoken["name"]), node
        if (
            node.tag in ("a", "b", "strong", "cite", "h3", "h4", "h5", "dt")
            and text
            and is_name(text)
            and not is_noise(text)
            and not find_date(text)
        ):
            return _name(text), node
    return None, None


def _name(text: str) -> str:
    spoken = says(text if text.rstrip().endswith((":", "...", "…")) else text + ":")
    if spoken and spoken.end() >= len(text):
        text = spoken["name"]
    text = re.sub(r"^(?:posted by|by|von|written by|submitted by)\s", "", text, flags=re.IGNORECASE)
    return text.strip(" \t:,•·|-–—»›")


def _body_shape(
    nodes: Sequence[HtmlElement],
    owned: Sequence[Sequence[HtmlElement]],
    parts: Sequence[Parts],
    members: frozenset[HtmlElement],
) -> str | None:
    """The shape of the part that holds the words of most records, or None."""
    mass: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    named: set[str] = set()
    total = 0
    for node, own, part in zip(nodes, owned, parts, strict=True):
        heads = {
            child: len(flat(anchor))
            for anchor in (part.author_node, part.date_node)
            if anchor is not None
            for child in _ancestors(anchor, node)
        }
        total += len(_remainder(node, own, part, members).text)
        here: set[str] = set()
        for child in own:
            if child is node or child.tag in ("a", "li", "br", "p") or (child in heads and not is_body(child)):
                continue
            name = shape(child)
            if name in here or (is_action(child) and not is_body(child)):
                continue
            here.add(name)
            size = len(flat(child, 20000, members)) - heads.get(child, 0)
            mass[name] += size
            seen[name] += 1
            if is_body(child):
                named.add(name)
    wanted = 0.7 * len(nodes)
    fits = [
        name for name in mass if seen[name] >= wanted and mass[name] >= (0.6 if name in named else _MOST_BODY) * total
    ]
    if not fits:
        return None
    # The innermost of those that hold nearly the same words: the outer ones hold buttons as well.
    most = (
        max(mass[name] for name in fits if name in named)
        if any(name in named for name in fits)
        else max(mass[name] for name in fits)
    )
    close = [name for name in fits if mass[name] >= 0.6 * most and (name in named or not any(n in named for n in fits))]
    return min(close, key=lambda name: (mass[name] < 0.9 * min(most, total), mass[name]))


def _ancestors(node: HtmlElement | None, top: HtmlElement) -> set[HtmlElement]:
    found = set()
    while node is not None and node is not top:
        found.add(node)
        node = node.getparent()
    return found


def _frames(place: HtmlElement, own: Iterable[HtmlElement]) -> list[HtmlElement]:
    """Buttons and the like inside a body."""
    return [node for node in own if node is not place and _is_frame(node)]


def _is_frame(node: HtmlElement) -> bool:
    if is_concealed(node) and len(flat(node, 330)) <= 320:
        return True
    if is_quote(node) or node.tag in HIDDEN:
        return False
    if node.tag in ("h1", "h2", "h3", "h4", "h5", "h6") and _SUBJECT.match(flat(node, 80)):
        return True
    if not is_action(node) or (is_body(node) and node.tag in ("div", "section", "article", "p")):
        return False
    return len(flat(node, 130)) <= 120


def _remainder(record: HtmlElement, own: Sequence[HtmlElement], part: Parts, members: frozenset[HtmlElement]) -> Body:
    """The record without its header, its buttons and the records nested in it."""
    skip: list[HtmlElement] = []
    for anchor in (part.author_node, part.date_node):
        top = anchor
        while top is not None and top.getparent() is not None and top.getparent() is not record:
            above = top.getparent()
            words = flat(above, 400)
            shown = (part.author, flat(part.date_node, 100) if part.date_node is not None else None)
            extra = len(words) - sum(len(known) for known in shown if known and known in words)
            if extra > _LABELS and not (is_meta(above) and not is_body(above) and extra <= _HEADER):
                break
            top = above
        if top is not None and top is not record:
            skip.append(top)
    skip += [node for node in own if node is not record and _is_frame(node)]
    return _tidy(*render(record, skip, members), part)


def _tidy(text: str, quotes: tuple[Quote, ...], part: Parts) -> Body:
    """Without the lines at both ends that are names, dates or buttons."""
    lines = text.split("\n")
    first, last = 0, len(lines)
    while first < last and _is_edge(lines[first], part):
        first += 1
    while last > first and (_is_edge(lines[last - 1], part) or _MORE.fullmatch(lines[last - 1].strip(" …."))):
        last -= 1
    if last - first > 2 and lines[last - 1].strip().isdigit() and not lines[last - 2].strip():
        last -= 2  # a counter in a block of its own
    body = "\n".join(lines[first:last]).rstrip()
    offset = sum(len(line) + 1 for line in lines[:first])
    kept = tuple(
        Quote(max(0, quote.start - offset), min(len(body), quote.end - offset), quote.author)
        for quote in quotes
        if quote.end - offset > 0 and quote.start - offset < len(body)
    )
    return Body(body, kept)


def _is_edge(line: str, part: Parts) -> bool:
    text = line.strip()
    if not text:
        return True
    if is_noise(text) and not text.isdigit():
        return True
    if is_removed(text) and len(text) < 60:
        return True
    if len(text) > 200:
        return False
    if part.author and _name(text).casefold() == part.author.casefold():
        return True
    rest = text.replace(part.author, " ", 1) if part.author and text.startswith(part.author) else text
    hit = find_date(rest)
    if hit and hit.strength == 2 and hit.end - hit.start >= 0.6 * len(rest):
        return True
    return bool(_SAYS_ONLY.fullmatch(rest.strip()))
