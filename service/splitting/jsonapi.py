"""Comments as JSON: the answers of YouTube, Reddit, Discourse, Commento, Isso, Remark42, Mastodon and the like, or a plain list.

One walk for all: an object is a post if it has a body under one of the names that these systems use, and a user, a date
or a parent beside it. Formats differ only in the names, so a format that is not listed is read as well if it uses them.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from service.splitting.dates import created_at
from service.splitting.errors import MalformedJSON, UnknownExport
from service.splitting.exports import RawPost, link_posts
from service.splitting.markup import fragment_text
from service.splitting.section import Quote, Section

_BODIES = (
    "textOriginal",
    "textDisplay",
    "cooked",
    "markdown",
    "body",
    "raw_message",
    "message",
    "orig",
    "comment",
    "content",
    "text",
    "commentText",
    "comment_text",
    "comment_content",
)
_AUTHORS = (
    "author_name",
    "authorDisplayName",
    "author",
    "username",
    "user_name",
    "name",
    "user",
    "account",
    "attributedTo",
    "from",
    "commenter",
    "creator",
    "by",
    "nickname",
    "display_name",
    "displayName",
    "screen_name",
    "acct",
    "preferredUsername",
    "comment_author",
)
_DATES = (
    "publishedAt",
    "created_utc",
    "created_at",
    "createdAt",
    "creationDate",
    "created_time",
    "published",
    "date_gmt",
    "dateCreated",
    "datePublished",
    "created",
    "time",
    "timestamp",
    "date",
    "comment_date_gmt",
    "updated_at",
)
_IDS = ("@id", "commentHex", "post_number", "id", "comment_id", "identifier", "_id", "cid", "comment_ID", "uuid")
_PARENTS = (
    "parentId",
    "parent_id",
    "parentHex",
    "reply_to_post_number",
    "in_reply_to_id",
    "inReplyTo",
    "replyTo",
    "pid",
    "parentItem",
    "parent",
    "_parent",
    "reply_to",
    "replying_to",
    "replying_to_uid",
    "comment_parent",
)
_GONE = ("deleted", "delete", "isDeleted", "user_deleted", "is_deleted", "removed")
_MARKDOWN = frozenset(("markdown", "body", "raw_message", "orig", "textOriginal"))
_LISTS = ("comments", "posts", "items", "data", "results", "replies", "reviews", "messages")
_ARTICLES = frozenset(("Article", "NewsArticle", "BlogPosting", "Question", "t3", "link", "story"))
_KINDS = (
    ("youtube", "textOriginal"),
    ("youtube", "textDisplay"),
    ("discourse", "cooked"),
    ("commento", "commentHex"),
    ("remark42", "pid"),
    ("reddit", "created_utc"),
    ("activitypub", "attributedTo"),
    ("mastodon", "in_reply_to_id"),
    ("disqus", "raw_message"),
    ("isso", "remote_addr"),
    ("isso", "likes"),
)


def split_json(text: str) -> Section:
    """Posts of a JSON document, in its order; deleted ones are left out.

    Raises MalformedJSON, and UnknownExport if there is no post in it.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MalformedJSON(f"not JSON: {str(error)[:200]}") from error
    names = _users(document)
    raw: list[RawPost] = []
    aliases: dict[str, str] = {}
    kind = "list"
    skipped = 0
    for entry, above in _entries(document):
        if isinstance(entry, str):
            raw.append(RawPost("", entry.strip(), (), None, None, None))
            continue
        if any(entry.get(key) is True for key in _GONE) or entry.get("deleted_at") or entry.get("state") == "deleted":
            skipped += 1
            continue
        post = _post(entry, above, names)
        if not post.text or post.text in ("[deleted]", "[removed]"):
            skipped += 1
            continue
        if kind == "list":
            kind = next((name for name, key in _KINDS if key in entry), "list")
        for key in ("name", "url", "uri", "id"):
            value = entry.get(key)
            if isinstance(value, (str, int)) and not isinstance(value, bool):
                aliases.setdefault(str(value), post.id)
        raw.append(post)
    if not raw and not skipped:
        raise UnknownExport("the JSON holds no comments that we know")
    linked = [_with_parent(post, aliases) for post in raw]
    notes = (f"{skipped} entries left out: deleted or empty",) if skipped else ()
    return Section(f"json:{kind}", link_posts(linked), confidence=0.95 if kind != "list" else 0.85, notes=notes)


def linked_comments(document: Any) -> list[RawPost]:
    """The objects of type Comment in a JSON-LD document."""
    return [
        _post(entry, above, {})
        for entry, above in _entries(document)
        if isinstance(entry, dict) and "Comment" in str(entry.get("@type")) and _body(entry)
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
            snippet = node.get("snippet")
            if isinstance(snippet, dict) and _key(snippet) is not None:
                yield {**snippet, "id": node.get("id")}, above  # YouTube keeps the id outside
                continue
            inner = above
            if _is_post(node):
                yield node, above
                inner = _identity(node) or above
            stack.extend((value, inner) for value in reversed(list(node.values())) if isinstance(value, (dict, list)))


def _is_post(node: Mapping[str, Any]) -> bool:
    if node.get("kind") in _ARTICLES or node.get("type") in _ARTICLES or node.get("@type") in _ARTICLES:
        return False
    if _body(node) is None or "topLevelComment" in node:
        return False
    return (
        any(key in node for key in (*_DATES, *_PARENTS))
        or _author(node, {}) is not None
        or _key(node) == "comment"
        or len(node) <= 3
    )


def _key(node: Mapping[str, Any]) -> str | None:
    return next((key for key in _BODIES if isinstance(node.get(key), str) and node[key].strip()), None)


def _body(node: Mapping[str, Any]) -> tuple[str, tuple[Quote, ...]] | None:
    key = _key(node)
    if key is not None:
        text = str(node[key])
        if key in _MARKDOWN:
            return html.unescape(text).strip(), ()
        return fragment_text(text)
    for name in ("content", "body"):
        value = node.get(name)
        if isinstance(value, dict):
            inner = next(
                (value[k] for k in ("rendered", "html", "text", "body") if isinstance(value.get(k), str)), None
            )
            if inner:
                return fragment_text(inner)
    if isinstance(node.get("html"), str) and "parentHex" in node:
        return fragment_text(node["html"])
    return None


def _post(node: Mapping[str, Any], above: str | None, names: Mapping[str, str]) -> RawPost:
    text, quotes = _body(node) or ("", ())
    date = next((node[key] for key in _DATES if isinstance(node.get(key), (str, int, float)) and node[key]), None)
    parent = next((node[key] for key in _PARENTS if node.get(key) not in (None, "", 0, "0", "root", False)), None)
    if isinstance(parent, dict):
        parent = parent.get("@id") or parent.get("id")
    return RawPost(
        _identity(node) or "",
        text,
        quotes,
        _author(node, names),
        created_at(date),
        str(parent) if isinstance(parent, (str, int)) else above,
    )


def _identity(node: Mapping[str, Any]) -> str | None:
    value = next((node[key] for key in _IDS if isinstance(node.get(key), (str, int)) and node[key] != ""), None)
    return str(value) if value is not None else None


def _author(node: Mapping[str, Any], names: Mapping[str, str]) -> str | None:
    for key in _AUTHORS:
        value = node.get(key)
        if isinstance(value, str) and value.strip() and not value.startswith(("t1_", "t3_")):
            if value.startswith("http"):
                value = value.rstrip("/").rpartition("/")[2].lstrip("@")
            return value.strip()
        if isinstance(value, dict):
            inner = next(
                (
                    value[k]
                    for k in ("username", "acct", "name", "display_name", "displayName", "login")
                    if isinstance(value.get(k), str) and value[k]
                ),
                None,
            )
            if inner:
                return str(inner)
    return names.get(str(node.get("commenterHex") or node.get("user_id") or ""))


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
