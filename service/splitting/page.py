"""A saved page into posts: by its repeated structure, else by its text."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from lxml.html import HtmlElement

from service.splitting.attributes import words_of
from service.splitting.dates import created_at, day_first, find_date
from service.splitting.errors import MalformedHTML
from service.splitting.fields import read_records
from service.splitting.jsonapi import linked_comments
from service.splitting.markup import parse, render
from service.splitting.plain import split_text
from service.splitting.rawposts import RawPost, link_posts
from service.splitting.records import Records, find_records
from service.splitting.section import Article, Post, Section
from service.splitting.threads import parent_by_name

_LINKBACKS = frozenset(("pingback", "trackback", "pingbacks", "trackbacks"))
_LEVEL = re.compile(r"(?:depth|level)[-_]{0,2}(\d{1,3})(?!\d)", re.IGNORECASE)
_INDENT = re.compile(r"(?:margin|padding)-left:\s?(\d{1,4})", re.IGNORECASE)


def split_html(markup: str) -> Section:
    """Posts of a page. start and end are None, since there is no plain text to point into.

    Raises MalformedHTML where the markup has no element.
    """
    root = parse(markup) if "<" in markup else None
    if root is None:
        raise MalformedHTML("the markup has no element")
    records = find_records(root)
    section = _from_records(records) if records else None
    if section and section.posts:
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


def _from_records(records: Records) -> Section:
    raw: list[RawPost] = []
    identities: dict[HtmlElement, str] = {}
    levels: list[tuple[int, str]] = []  # depth and id of the records that a next one could answer
    skipped = 0
    read = read_records(records.nodes)
    order = day_first([hit for parts, _ in read if parts.date and (hit := find_date(parts.date))])
    for node, (parts, body) in zip(records.nodes, read, strict=True):
        identity = node.get("data-id") or node.get("data-comment-id") or node.get("id") or f"post-{len(raw) + 1}"
        identities[node] = identity
        parent = _parent(node, identities) or _parent_by_depth(_depth(node), levels)
        levels.append((_depth(node) or 0, identity))
        if words_of(node.get("class") or "") & _LINKBACKS:
            skipped += 1
        elif body.text:
            raw.append(RawPost(identity, body.text, body.quotes, parts.author, created_at(parts.date, order), parent))
    named: list[Post] = []
    for post in link_posts(raw):
        named.append(post if post.parent_id else replace(post, parent_id=parent_by_name(named, None, post.text)))
    notes = (f"{skipped} entries left out: pingbacks",) if skipped else ()
    return Section(f"html:{records.key}", tuple(named), Article(None, None), round(records.quality, 2), notes)


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
    above: HtmlElement | None = node
    for _ in range(2):
        if above is None:
            break
        match = _LEVEL.search(above.get("class") or "") or _INDENT.search(above.get("style") or "")
        if match:
            return int(match[1])
        above = above.getparent()
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
    section = split_text(render(root)[0])
    if not section.kind.startswith(("plain:header", "plain:footer", "plain:list")) or len(section.posts) < 2:
        return Section("html:none", (), Article(None, None), 0.7)
    posts = tuple(replace(post, start=None, end=None) for post in section.posts)
    return Section("html:text", posts, Article(None, None) if section.article else None, section.confidence / 2)
