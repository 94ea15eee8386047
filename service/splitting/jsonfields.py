"""One comment of a JSON document: its body, author, date, id and parent, under the names that comment systems use."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

from service.splitting.dates import created_at
from service.splitting.markup import fragment_text
from service.splitting.rawposts import RawPost
from service.splitting.section import Quote

BODIES = (
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
AUTHORS = (
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
DATES = (
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
IDS = ("@id", "commentHex", "post_number", "id", "uri", "comment_id", "identifier", "_id", "cid", "comment_ID", "uuid")
PARENTS = (
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
ALIASES = ("name", "url", "uri", "id")
"""Names under which answers may refer to a post, besides its id."""
WRAPPERS = ("snippet", "comment", "record")
_MARKDOWN = frozenset(("markdown", "body", "raw_message", "orig", "textOriginal"))


def body_key(node: Mapping[str, Any]) -> str | None:
    return next((key for key in BODIES if isinstance(node.get(key), str) and node[key].strip()), None)


def body_of(node: Mapping[str, Any]) -> tuple[str, tuple[Quote, ...]] | None:
    key = body_key(node)
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


def read_post(node: Mapping[str, Any], above: str | None, names: Mapping[str, str]) -> RawPost:
    text, quotes = body_of(node) or ("", ())
    date = next((node[key] for key in DATES if _is_date(node.get(key))), None)
    return RawPost(
        identity_of(node) or "",
        text,
        quotes,
        author_of(node, names),
        created_at(date),
        _parent(node) or above,
    )


def _is_date(value: object) -> bool:
    if isinstance(value, str):
        return bool(value.strip())
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 1e15


def _parent(node: Mapping[str, Any]) -> str | None:
    """What a comment answers, as it says itself; a path of ids ends with the comment's own."""
    for key in PARENTS:
        value = node.get(key)
        if isinstance(value, dict):
            value = value.get("@id") or value.get("id") or value.get("uri")
        if isinstance(value, (str, int)) and value not in ("", 0, "0", "root", False):
            return str(value)
    path = node.get("path")
    if isinstance(path, str) and re.fullmatch(r"\d+(?:\.\d+)+", path):
        above = path.split(".")[-2]
        return above if above != "0" else None
    reply = node.get("reply")
    return _parent(reply) if isinstance(reply, dict) and isinstance(reply.get("parent"), dict) else None


def identity_of(node: Mapping[str, Any]) -> str | None:
    value = next((node[key] for key in IDS if isinstance(node.get(key), (str, int)) and node[key] != ""), None)
    return str(value) if value is not None else None


def author_of(node: Mapping[str, Any], names: Mapping[str, str]) -> str | None:
    for key in AUTHORS:
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
