"""The parts of one record of a page: author, date, body, parent.

The body's place is one decision for all records: the part of the same shape that holds most of the words and none of
the names and dates. Where no part does (paragraphs lying beside the header), the body is the record without its header
and buttons.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from lxml import etree
from lxml.html import HtmlElement

from service.splitting.attributes import (
    is_action,
    is_body,
    is_concealed,
    is_meta,
    shape,
)
from service.splitting.bylines import Parts, bare_name, read_parts
from service.splitting.dates import find_date
from service.splitting.lines import is_name, is_noise, is_removed
from service.splitting.markup import HIDDEN, flat, is_quote, render
from service.splitting.records import own_nodes
from service.splitting.repeats import find_labels, find_name_shape, is_label, weigh
from service.splitting.section import Quote

_MOST_BODY = 0.8
"""A part is the body if it holds this share of what is left of the records without headers and buttons."""
_LABELS, _HEADER = 14, 120
"""So many characters beside name and date may stand in a header: if nothing says so, and if its class does."""
_STUB = 40
_LABELLED = frozenset(("a", "span", "div", "li", "dt", "dd", "em", "h4", "h5", "h6", "small", "td"))
_SUBJECT = re.compile(r"(?:re|aw|sv|antw|fwd?):\s", re.IGNORECASE)
_MORE = re.compile(
    r"(?:see|read|show|view) more|mehr (?:anzeigen|lesen)|aufklappen|показать больше|voir plus|report(?: this comment)?",
    re.IGNORECASE,
)
_SAYS_ONLY = re.compile(
    r"(?:says|said|wrote|writes|sagte?|schreibt|schrieb|dit|dice|пишет)?\s?(?::|\.\.\.|…)|#\d{1,6}|[•·|–-]{1,3}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Body:
    """The words of a post and the quotations in them."""

    text: str
    quotes: tuple[Quote, ...]


def read_records(nodes: Sequence[HtmlElement]) -> list[tuple[Parts, Body]]:
    """Parts and body of every record, in order."""
    members = frozenset(nodes)
    owned = [list(own_nodes(node, members)) for node in nodes]
    labels = find_labels(owned)
    parts = _named([read_parts(node, own) for node, own in zip(nodes, owned, strict=True)], owned, labels)
    weights = [_weights(node, own, part, labels) for node, own, part in zip(nodes, owned, parts, strict=True)]
    place = _body_shape(nodes, owned, parts, weights)
    bodies = []
    for node, own, part, weight in zip(nodes, owned, parts, weights, strict=True):
        alike = [child for child in own if place and child is not node and shape(child) == place]
        found = max(alike, key=lambda child: weight[child], default=None)
        if found is None:
            body = _remainder(node, own, part, members, labels)
            if place and len(body.text) < _STUB:
                body = Body("", ())  # others have a part for their words, this one does not: collapsed, or gone
        else:
            heads = [
                anchor for anchor in (part.author_node, part.date_node) if anchor is not None and anchor is not found
            ]
            body = _tidy(*render(found, _frames(found, own) + heads, members), part)
        bodies.append(Body("", ()) if is_removed(body.text) else body)
    return list(zip(parts, bodies, strict=True))


def _named(parts: list[Parts], owned: Sequence[Sequence[HtmlElement]], labels: frozenset[str]) -> list[Parts]:
    """The parts with names from where names stand in most records, if the elements are not called authors."""
    if not parts or sum(part.author is not None for part in parts) >= 0.5 * len(parts):
        return parts
    form = find_name_shape(owned, labels, [[shape(node) for node in own] for own in owned])
    if form is None:
        return parts
    named = []
    for part, own in zip(parts, owned, strict=True):
        node = next((node for node in own if shape(node) == form), None)
        text = bare_name(flat(node, 60)) if node is not None else ""
        named.append(replace(part, author=text, author_node=node) if text and is_name(text) else part)
    return named


def _weights(
    record: HtmlElement, own: Sequence[HtmlElement], part: Parts, labels: frozenset[str]
) -> dict[HtmlElement, int]:
    heads = {anchor for anchor in (part.author_node, part.date_node) if anchor is not None}
    frames = {
        child
        for child in own
        if child is not record
        and _is_frame(child)
        and not any(is_body(inner) for inner in child.iterdescendants(etree.Element))
    }
    return weigh(record, own, labels, heads | frames)


def _body_shape(
    nodes: Sequence[HtmlElement],
    owned: Sequence[Sequence[HtmlElement]],
    parts: Sequence[Parts],
    weights: Sequence[dict[HtmlElement, int]],
) -> str | None:
    """The shape of the part that holds the words of most records, or None."""
    mass: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    named: set[str] = set()
    order: Counter[str] = Counter()
    total = 0
    for node, own, part, weight in zip(nodes, owned, parts, weights, strict=True):
        heads = _ancestors(part.author_node, node) | _ancestors(part.date_node, node)
        total += weight.get(node, 0)
        here: dict[str, int] = {}
        inner: dict[str, int] = {}
        for place, child in enumerate(own):
            if child is node or child.tag in ("a", "li", "br", "p") or (child in heads and not is_body(child)):
                continue
            if is_action(child) and not is_body(child):
                continue
            name = shape(child)
            if weight[child] >= here.get(name, 0):
                here[name] = weight[child]
                inner[name] = place
            if is_body(child) and child not in heads:
                named.add(name)
        mass.update(here)
        seen.update(here.keys())
        order.update(inner)
    wanted = 0.7 * len(nodes)
    fits = [
        name for name in mass if seen[name] >= wanted and mass[name] >= (0.6 if name in named else _MOST_BODY) * total
    ]
    if not fits or not total:
        return None
    # The innermost of those that hold nearly the same words: the outer ones hold buttons as well.
    most = (
        max(mass[name] for name in fits if name in named)
        if any(name in named for name in fits)
        else max(mass[name] for name in fits)
    )
    close = [name for name in fits if mass[name] >= 0.6 * most and (name in named or not any(n in named for n in fits))]
    return min(close, key=lambda name: (mass[name] < 0.9 * min(most, total), mass[name], -order[name]))


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


def _remainder(
    record: HtmlElement,
    own: Sequence[HtmlElement],
    part: Parts,
    members: frozenset[HtmlElement],
    labels: frozenset[str],
) -> Body:
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
    bare = skip + [
        node for node in own if node.tag in _LABELLED and len(node) == 0 and is_label(node.text or "", labels)
    ]
    body = _tidy(*render(record, bare, members), part)
    return body if body.text else _tidy(*render(record, skip, members), part)


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
    if part.author and bare_name(text).casefold() == part.author.casefold():
        return True
    rest = text.replace(part.author, " ", 1) if part.author and text.startswith(part.author) else text
    hit = find_date(rest)
    if hit and hit.strength == 2 and hit.end - hit.start >= 0.6 * len(rest):
        return True
    return bool(_SAYS_ONLY.fullmatch(rest.strip()))
