"""Comment feeds (RSS, Atom): entries that are comments, by what they say of themselves.

A feed of articles has the same form, so an entry counts only if the feed's title, the entry's own title, its address or
its reference to what it answers says that it is a comment.
"""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime

from lxml import etree

from service.splitting.dates import created_at
from service.splitting.markup import fragment_text
from service.splitting.rawposts import RawPost
from service.splitting.xmltree import attribute, children, local, text_of

_FEED_TITLE = re.compile(
    r"(?:latest |recent |new )?(?:comments?|replies|responses|kommentare?|commentaires?|comentarios?|commenti|reacties|комментарии)"
    r"\s(?:on|for|to|in|by|zu|zum|für|sur|pour|a|en|su|op|к)\b|.{0,200}\s[-–—|:»]\s?(?:all )?(?:comments|kommentare|commentaires|comentarios)$",
    re.IGNORECASE,
)
_ENTRY_TITLE = re.compile(
    r"(?:(?:comment |kommentar )?(?:by|von|par|por|da|door|от)(?=[\s:\u00a0])|re:|comment on )[\s:\u00a0]{0,3}(?P<name>.{0,80})",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"#(?:comment|c|cmt|respond|reply|post|p|msg|message|dsq-comment|isso|kommentar)[-_]?\d+|[/#?&=]t1_\w+|^t1_\w+"
    r"|/comments/\w+/[^/]+/\w+|-post-\d+-\d+$|showComment=\d+",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"#(?:comment|cmt|kommentar|dsq-comment|isso|c)[-_]?(\d+)$", re.IGNORECASE)


def is_comment_feed(title: str) -> bool:
    """Whether a feed's title says that all its entries are comments."""
    return len(title) <= 300 and bool(_FEED_TITLE.match(title.strip()))


def feed_comment(entry: etree._Element, all_are: bool) -> RawPost | None:
    """The comment in an RSS `item` or an Atom `entry`; None if it is not one. all_are: the feed says so of all."""
    fields = children(entry)
    identity = text_of(fields.get("guid", fields.get("id"))).strip()
    link = _link(entry)
    answers = fields.get("in-reply-to")
    answered = attribute(answers, "ref") or attribute(answers, "href")
    title = text_of(fields.get("title")).strip()
    if not (all_are or answers is not None or _ADDRESS.search(identity) or _ADDRESS.search(link)):
        return None
    content = fields.get("encoded", fields.get("content", fields.get("description", fields.get("summary"))))
    text, quotes = fragment_text(_markup(content), typed_breaks=False)
    date = text_of(fields.get("pubDate", fields.get("published", fields.get("date", fields.get("updated"))))).strip()
    return RawPost(
        _short(identity) or _short(link),
        text,
        quotes,
        _author(fields, title),
        _date(date),
        _short(answered) if answered else None,
    )


def _author(fields: dict[str, etree._Element], title: str) -> str | None:
    author = fields.get("creator", fields.get("author"))
    if author is not None:
        named = children(author).get("name")
        name = text_of(named if named is not None else author).strip()
        mailed = re.fullmatch(r"\S+@\S+ \((.+)\)", name)
        return (mailed[1] if mailed else name.removeprefix("/u/")) or None
    spoken = _ENTRY_TITLE.fullmatch(title)
    return (spoken["name"].strip() or None) if spoken and not title.lower().startswith("re:") else None


def _markup(content: etree._Element | None) -> str:
    """The markup of a body that is escaped, or, in Atom, that is a part of the document itself."""
    if content is None:
        return ""
    if len(content):
        return (content.text or "") + "".join(etree.tostring(child, encoding="unicode") for child in content)
    return text_of(content)


def _link(entry: etree._Element) -> str:
    for child in entry:
        if local(child) == "link" and child.get("rel", "alternate") in ("alternate", "self"):
            return str(child.get("href") or child.text or "").strip()
    return ""


def _short(address: str) -> str:
    """The id in an address: what `link` and `ref` have in common."""
    number = _NUMBER.search(address)
    if number:
        return number[1]
    return (
        address.strip().rstrip("/").rpartition("/")[2].rpartition("post-")[2] if "blogger.com" in address else address
    )


def _date(value: str) -> str | None:
    try:
        return created_at(parsedate_to_datetime(value).isoformat().replace("+00:00", "Z"))
    except (TypeError, ValueError, IndexError):
        return created_at(value)
