"""Comments as JSON: the answers of YouTube, Reddit, Discourse, Commento, Isso, Remark42, Mastodon and the like, or a plain list.

One walk for all: an object is a post if it has a body under one of the names that these systems use, and a user, a date
or a parent beside it. Formats differ only in the names, so a format that is not listed is read as well if it uses them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from service.splitting.errors import MalformedJSON, UnknownExport
from service.splitting.jsonfields import (
    ALIASES,
    AUTHORS,
    DATES,
    IDS,
    PARENTS,
    WRAPPERS,
    author_of,
    body_key,
    body_of,
    identity_of,
    read_post,
)
from service.splitting.rawposts import RawPost, link_posts
from service.splitting.section import Section

_BESIDE = frozenset((*WRAPPERS, "post", "community", "creator", "author", "article", "story", "submission", "user"))
"""What stands beside a wrapped comment and is none: itself, its user, what it is about."""
_GONE = ("deleted", "delete", "isDeleted", "user_deleted", "is_deleted", "removed")
_LISTS = ("comments", "posts", "items", "data", "results", "replies", "reviews", "messages")
_ARTICLES = frozenset(("Article", "NewsArticle", "BlogPosting", "Question", "t3", "link", "story"))
_KINDS = (
    ("lemmy", "ap_id"),
    ("youtube", "textOriginal"),
    ("youtube", "textDisplay"),
    ("discourse", "cooked"),
    ("commento", "commentHex"),
    ("remark42", "pid"),
    ("reddit", "created_utc"),
    ("activitypub", "attributedTo"),
    ("mastodon", "in_reply_to_id"),
    ("disqus", "raw_message"),
    ("wordpress", "author_name"),
    ("facebook", "created_time"),
    ("hackernews", "story_id"),
    ("hackernews", "by"),
    ("isso", "remote_addr"),
    ("isso", "likes"),
)
SYSTEMS = tuple(dict.fromkeys(name for name, _ in _KINDS))
"""Comment systems that are told apart."""


def split_json(text: str) -> Section:
    """Posts of a JSON document, or of a file with a JSON object per line, in its order; deleted ones are left out.

    Raises MalformedJSON, and UnknownExport if there is no post in it.
    """
    document, notes = _load(text.removeprefix("\ufeff"))
    section = split_document(document)
    return replace(section, notes=notes + section.notes, confidence=section.confidence - 0.05 * len(notes))


def _load(text: str) -> tuple[Any, tuple[str, ...]]:
    try:
        return json.loads(text), ()
    except RecursionError as error:
        raise MalformedJSON("not JSON that can be read: it is nested too deeply") from error
    except ValueError as error:
        rows = [_row(line) for line in text.split("\n") if line.strip()]
        broken = sum(row is None for row in rows)
        if len(rows) < 2 or broken > 0.1 * len(rows) + 1 or rows[0] is None:
            raise MalformedJSON(f"not JSON: {str(error)[:200]}") from error
        notes = (f"{broken} lines left out: not JSON",) if broken else ()
        return [row for row in rows if row is not None], notes


def _row(line: str) -> dict[str, Any] | None:
    """One object of a file that has one per line."""
    try:
        value = json.loads(line) if line.lstrip().startswith("{") else None
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def split_document(document: Any, kind: str | None = None) -> Section:
    """Posts of what JSON (or YAML) holds. kind: what it is, where that is known. Raises UnknownExport."""
    names = _users(document)
    raw: list[RawPost] = []
    aliases: dict[str, str] = {}
    system = "list"
    skipped = unlisted = 0
    for entry, above in _entries(document):
        if isinstance(entry, str):
            raw.append(RawPost("", entry.strip(), (), None, None, None))
            continue
        if entry.get("kind") == "more":
            unlisted += _count(entry)
            continue
        if any(entry.get(key) is True for key in _GONE) or entry.get("deleted_at") or entry.get("state") == "deleted":
            skipped += 1
            continue
        post = read_post(entry, above, names)
        if not post.text or post.text in ("[deleted]", "[removed]"):
            skipped += 1
            continue
        if system == "list":
            system = next((name for name, key in _KINDS if key in entry), "list")
        for key in ALIASES:
            value = entry.get(key)
            if isinstance(value, (str, int)) and not isinstance(value, bool):
                aliases.setdefault(str(value), post.id)
        raw.append(post)
    if not raw and not skipped:
        raise UnknownExport("the JSON holds no comments that we know")
    notes = []
    if skipped:
        notes.append(f"{skipped} entries left out: deleted or empty")
    if unlisted:
        notes.append(f"{unlisted} more comments are not in the listing")
    return Section(
        kind or f"json:{system}",
        link_posts([_with_parent(post, aliases) for post in raw]),
        confidence=0.95 if kind or system != "list" else 0.85,
        notes=tuple(notes),
    )


def _count(more: Mapping[str, Any]) -> int:
    """How many comments one of Reddit's "more" entries stands for."""
    inner = more.get("data")
    count = inner.get("count") if isinstance(inner, dict) else None
    return count if isinstance(count, int) and 0 < count < 10**9 else 1


def linked_comments(document: Any) -> list[RawPost]:
    """The objects of type Comment in a JSON-LD document."""
    return [
        read_post(entry, above, {})
        for entry, above in _entries(document)
        if isinstance(entry, dict) and "Comment" in str(entry.get("@type")) and body_of(entry)
    ]


def _entries(document: Any) -> Iterator[tuple[Mapping[str, Any] | str, str | None]]:
    """Objects with a body, and the id of the post in which each lies. Depth first, with a stack of our own."""
    top = document
    if isinstance(top, dict):
        top = next(
            (
                top[key]
                for key in _LISTS
                if isinstance(top.get(key), list) and all(isinstance(x, str) for x in top[key]) and top[key]
            ),
            top,
        )
    if isinstance(top, list) and top and all(isinstance(item, str) for item in top):
        yield from ((item, None) for item in top if item.strip())
        return
    stack: list[tuple[Any, str | None]] = [(document, None)]
    while stack:
        node, above = stack.pop()
        if isinstance(node, list):
            stack.extend((item, above) for item in reversed(node))
        elif isinstance(node, dict):
            if node.get("kind") == "more":
                yield node, above
                continue
            wrapped = _unwrap(node)
            entry = wrapped or node
            inner = above
            if wrapped or _is_post(node):
                yield entry, above
                inner = identity_of(entry) or above
            stack.extend(
                (value, inner)
                for key, value in reversed(list(node.items()))
                if isinstance(value, (dict, list)) and not (wrapped and key in _BESIDE)
            )


def _unwrap(node: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """A comment whose body lies one level deeper than its id, its author and its replies."""
    if "@type" in node:
        return None
    for name in WRAPPERS:
        inner = node.get(name)
        if isinstance(inner, dict) and "@type" not in inner and body_key(inner) is not None:
            outer = {key: node[key] for key in (*AUTHORS, *DATES, *IDS, *PARENTS, *ALIASES) if key in node}
            return {**outer, **inner}
    return None


def _is_post(node: Mapping[str, Any]) -> bool:
    if any(node[key] in _ARTICLES for key in ("kind", "type", "@type") if isinstance(node.get(key), str)):
        return False
    if body_of(node) is None or "topLevelComment" in node:
        return False
    return (
        any(key in node for key in (*DATES, *PARENTS))
        or author_of(node, {}) is not None
        or body_key(node) == "comment"
        or len(node) <= 3
    )


def _users(document: Any) -> dict[str, str]:
    """Names of users that the document lists apart from their comments."""
    if not isinstance(document, dict):
        return {}
    users = document.get("commenters") or document.get("users")
    rows: Sequence[tuple[Any, Any]] = ()
    if isinstance(users, dict):
        rows = list(users.items())
    elif isinstance(users, list):
        rows = [(user.get("commenterHex") or user.get("id"), user) for user in users if isinstance(user, dict)]
    return {
        str(key): str(user["name"])
        for key, user in rows
        if isinstance(user, dict) and isinstance(user.get("name"), str)
    }


def _with_parent(post: RawPost, aliases: Mapping[str, str]) -> RawPost:
    if post.parent_id is None:
        return post
    plain = post.parent_id.partition("_")[2] if post.parent_id[:3] in ("t1_", "t3_") else post.parent_id
    return replace(post, parent_id=aliases.get(post.parent_id) or aliases.get(plain) or plain)
