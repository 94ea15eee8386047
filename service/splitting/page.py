"""A saved page into posts: by its repeated structure, else by its text."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Sequence
from dataclasses import replace

from lxml.html import HtmlElement

from service.splitting.attributes import words_of
from service.splitting.bylines import Parts
from service.splitting.dates import created_at, day_first, find_date
from service.splitting.errors import MalformedHTML
from service.splitting.fields import Body, read_records
from service.splitting.jsonapi import linked_comments
from service.splitting.lines import is_title
from service.splitting.markup import parse, render
from service.splitting.plain import split_text
from service.splitting.platforms import Platform, find_platform, read_known
from service.splitting.rawposts import RawPost, link_posts
from service.splitting.records import find_records
from service.splitting.repeats import folded
from service.splitting.section import Article, Post, Section
from service.splitting.threads import parent_by_name

_LINKBACKS = frozenset(("pingback", "trackback", "pingbacks", "trackbacks"))
_IDENTITIES = ("data-id", "data-comment-id", "data-post-id", "thingid", "id")
_REACH = 100
"""So many records back a record is looked for that this one answers."""
_KNOWN = 0.97
"""Confidence in a known system."""
_NOTHING = Section("html:none", (), Article(None, None), 0.7)
_ANSWERS = re.compile(
    r"\b(?:reply|replies|says|wrote|antworten|schrieb|sagt|répondre|responder|rispondi|ответить)\b", re.IGNORECASE
)
_FORUM = re.compile(
    r"(?:quote|zitieren|report|melden|like|share|posts: ?\d|joined:|re: |(?:from|von): .{2,60}$)|.{0,60}\b(?:quote|zitieren|report)$",
    re.IGNORECASE,
)
_ANSWERED = 0.5
"""A page's text has comments where so many of its posts have a "Reply" or a "says"."""
_LEVEL = re.compile(r"(?:depth|level|indent)[-_]{0,2}(\d{1,3})(?!\d)", re.IGNORECASE)
_INDENT = re.compile(r"(?:margin|padding)-left:\s?(\d{1,4})", re.IGNORECASE)


def split_html(markup: str, selectors: bool = True) -> Section:
    """Posts of a page. start and end are None, since there is no plain text to point into. selectors: whether known
    comment systems are looked for by name first.

    Raises MalformedHTML where the markup has no element.
    """
    root = parse(markup) if "<" in markup else None
    if root is None:
        raise MalformedHTML("the markup has no element")
    known = find_platform(root) if selectors else None
    if known:
        section = _section(f"html:{known.platform.name}", known.nodes, read_known(known), _KNOWN, known.platform)
        if section.posts:
            return section
    records = find_records(root)
    if records:
        section = _section(f"html:{records.key}", records.nodes, read_records(records.nodes), records.quality)
        if section.posts and not _says_nothing(section.posts):
            return section
    return _from_linked_data(root) or _from_text(root)


def _from_linked_data(root: HtmlElement) -> Section | None:
    """Comments that a page tells to machines only, as JSON-LD."""
    raw: list[RawPost] = []
    for script in root.iter("script"):
        if "ld+json" in (script.get("type") or ""):
            try:
                raw += linked_comments(json.loads(script.text or "null"))
            except (ValueError, RecursionError):
                continue
    return Section("html:json-ld", link_posts(raw), Article(None, None), 0.95) if raw else None


def _section(
    kind: str,
    nodes: Sequence[HtmlElement],
    read: Sequence[tuple[Parts, Body]],
    confidence: float,
    platform: Platform | None = None,
) -> Section:
    raw: list[RawPost] = []
    identities: dict[HtmlElement, str] = {}
    levels: list[tuple[int, str]] = []  # depth and id of the records that a next one could answer
    skipped = 0
    order = day_first([hit for parts, _ in read if parts.date and (hit := find_date(parts.date))])
    for index, (node, (parts, body)) in enumerate(zip(nodes, read, strict=True)):
        identity = _identity(node) or f"post-{len(levels) + 1}"
        identities[node] = identity
        parent = (
            _parent_by_attribute(node, platform)
            or _parent(node, identities)
            or _parent_by_depth(_depth(node), levels)
            or _parent_by_place(node, nodes, index, identities)
        )
        levels.append((_depth(node) or 0, identity))
        if words_of(node.get("class") or "") & _LINKBACKS:
            skipped += 1
        elif body.text:
            raw.append(RawPost(identity, body.text, body.quotes, parts.author, created_at(parts.date, order), parent))
    named: list[Post] = []
    for post in link_posts(raw):
        named.append(post if post.parent_id else replace(post, parent_id=parent_by_name(named, None, post.text)))
    notes = (f"{skipped} entries left out: pingbacks",) if skipped else ()
    return Section(kind, tuple(named), Article(None, None), round(confidence, 2), notes)


def _says_nothing(posts: Sequence[Post]) -> bool:
    """Whether all say the same few words, which are then the page's and nobody's."""
    return len(posts) > 2 and len({folded(post.text) for post in posts}) == 1 and len(posts[0].text) < 20


def _identity(node: HtmlElement) -> str | None:
    return next((str(node.get(name)) for name in _IDENTITIES if node.get(name)), None)


def _parent_by_attribute(node: HtmlElement, platform: Platform | None) -> str | None:
    name = platform.parent_attribute if platform else None
    return node.get(name) if name else None


def _parent(node: HtmlElement, identities: dict[HtmlElement, str]) -> str | None:
    """The record that this one is nested in."""
    above = node.getparent()
    while above is not None:
        if above in identities:
            return identities[above]
        above = above.getparent()
    return None


def _depth(node: HtmlElement) -> int | None:
    """How deep a reply is, where the page says so by a class, an attribute or an indentation."""
    for name in ("data-depth", "data-level", "depth", "level", "aria-level"):
        value = node.get(name) or ""
        if value.isdigit():
            return int(value[:4])
    for inner in itertools.islice(node.iterdescendants(), 12):
        if (inner.get("indent") or "").isdigit():
            return int(inner.get("indent")[:4])
    above: HtmlElement | None = node
    for _ in range(2):
        if above is None:
            break
        match = _LEVEL.search(above.get("class") or "") or _INDENT.search(above.get("style") or "")
        if match:
            return int(match[1])
        above = above.getparent()
    return None


def _parent_by_place(
    node: HtmlElement, nodes: Sequence[HtmlElement], index: int, identities: dict[HtmlElement, str]
) -> str | None:
    """The latest record beside which a list of answers with this one lies."""
    above = set(node.iterancestors())
    for earlier in reversed(nodes[max(0, index - _REACH) : index]):
        around = earlier.getparent()
        if around in above and around is not node.getparent():
            return identities.get(earlier)
    return None


def _parent_by_depth(depth: int | None, levels: list[tuple[int, str]]) -> str | None:
    """The latest record that is less deep. `levels` keeps only those that can still be answered."""
    if depth is None:
        return None
    while levels and levels[-1][0] >= depth:
        levels.pop()
    return levels[-1][1] if levels else None


def _from_text(root: HtmlElement) -> Section:
    """The page as a reader copies it; only where its text says that there are comments."""
    text = render(root)[0]
    section = (
        split_text(text)
        if any(_ANSWERS.search(line) or is_title(line) for line in text.split("\n") if len(line) <= 80)
        else _NOTHING
    )
    if not section.kind.startswith(("plain:header", "plain:footer", "plain:list")) or len(section.posts) < 2:
        return _NOTHING
    said = sum(bool(_ANSWERS.search(line) or _FORUM.match(line)) for line in text.split("\n") if len(line) <= 80)
    said += sum(bool(_ANSWERS.search("".join(map(str, button.itertext())))) for button in root.iter("button"))
    if not section.kind.startswith("plain:list") and said < _ANSWERED * len(section.posts):
        return _NOTHING  # the dates of other articles, with a form for a reply below them
    posts = tuple(replace(post, start=None, end=None) for post in section.posts)
    return Section("html:text", posts, Article(None, None) if section.article else None, section.confidence / 2)
