"""What an element's names (class, id, itemprop) say about its role in a comment. Words, not platforms."""

from __future__ import annotations

import re
from functools import lru_cache

from lxml.html import HtmlElement

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|[^A-Za-zÀ-ÿ]+")
_DIGITS = re.compile(r"\d+")
_NUMBERED = re.compile(r"[-_:](?:by|id)[-_:]|[-_:]?\d")
"""Behind this a name for tests tells the single element."""
_VOLATILE = re.compile(
    r"^(?:even|odd|alt|first|last|clearfix|clear|active|open|closed|hidden|visible|parent|hentry|byuser|regular|new|loading"
    r"|bypostauthor|comment-author-.*|user-.*|js-.*|depth-?.*|level-?.*|thread-(?:even|odd|alt).*|(?:has-)?children|u-.*|is-.*|has-.*|t\d?_\w+)$"
)
COMMENT = re.compile(
    r"comment|kommentar|comentario|commento|reactie|repl(?:y|ies)|respons|fyre|disqus|dsq|hcomment|discussion|discuss|conversation|feedback|guestbook|review",
    re.IGNORECASE,
)
FORUM = re.compile(r"message|post(?!ed|age)|boardcomment|topic|thread|athing|tweet|status|answer", re.IGNORECASE)
_USER_PAGE = re.compile(
    r"(?:^|[/?&.])(?:users?|profiles?|members?|people|u|channel|author|social)[/=?._-]|/[@~]\w|user\?id=|profile\.php",
    re.IGNORECASE,
)
_CONCEALED = frozenset(
    ("hidden", "hide", "invisible", "sr-only", "visually-hidden", "screen-reader-text", "d-none", "visuallyhidden")
)
_AUTHOR = frozenset(
    "author user username name fn nick nickname poster commenter screenname displayname vcard creator byline by hnuser person member profile autor account".split()  # noqa: SIM905
)
_NOT_NAME = frozenset(
    [
        "title",
        "job",
        "rank",
        "location",
        "count",
        "fans",
        "avatar",
        "badge",
        "image",
        "photo",
        "extras",
        "stats",
        "bio",
        "banner",
        "role",
        "karma",
        "img",
        "picture",
        "level",
        "points",
        "posts",
        "details",
        "pic",
        "userpic",
        "comments",
    ]
)
_DATE = frozenset("date time timestamp published datetime ago posted datum created age relative when datestamp".split())  # noqa: SIM905
_BODY = frozenset(
    [
        "content",
        "body",
        "text",
        "message",
        "msg",
        "copy",
        "postbody",
        "prose",
        "bbwrapper",
        "commtext",
        "post",
        "comment",
        "description",
        "inner",
        "richtext",
        "html",
        "postcontent",
        "usercontent",
    ]
)
_ACTIONS = frozenset(
    "reply replies action actions button buttons footer foot vote votes voting rating ratings share sharing like likes toolbar controls control"  # noqa: SIM905
    " signature sig avatar badge badges edit report flag tools links menu dropdown tooltip score awaiting moderation permalink respond form"
    " reactions reactionsbar karma gravatar userpic icon".split()
)
_META = frozenset("meta metadata header head info details attribution byline author user userinfo cite".split())  # noqa: SIM905


@lru_cache(maxsize=8192)
def words_of(names: str) -> frozenset[str]:
    """The words in class names and ids: "commentAuthor-12" gives comment, author."""
    return frozenset(word.lower() for word in _CAMEL.split(names[:400]) if word)


def names(node: HtmlElement) -> str:
    """Class, id, itemprop and rel of an element in one string."""
    get = node.get
    return f"{get('class') or ''} {get('id') or ''} {get('itemprop') or ''} {get('rel') or ''} {get('data-testid') or ''} {get('data-role') or ''}"


def is_author(node: HtmlElement) -> bool:
    """Named as the place of a user's name, or a link to a user's page."""
    words = words_of(names(node))
    if words & _AUTHOR:
        return not words & _NOT_NAME
    return node.tag == "a" and bool(_USER_PAGE.search((node.get("href") or "")[:300]))


def is_date(node: HtmlElement) -> bool:
    """Named as the place of a date, or a `time` element."""
    return node.tag == "time" or bool(words_of(names(node)) & _DATE)


def is_body(node: HtmlElement) -> bool:
    """Named as the place of a post's words."""
    return bool(words_of(names(node)) & _BODY)


def is_action(node: HtmlElement) -> bool:
    """Named as buttons, votes, avatars, signatures, reply forms."""
    return bool(words_of(names(node)) & _ACTIONS)


def is_concealed(node: HtmlElement) -> bool:
    """Not shown to readers who see."""
    if _CONCEALED.intersection((node.get("class") or "").split()):
        return True
    return "display:none" in (node.get("style") or "").replace(" ", "").lower() or node.get("hidden") is not None


def is_meta(node: HtmlElement) -> bool:
    """Named as the head of a post."""
    return node.tag in ("header", "footer", "cite") or bool(words_of(names(node)) & _META)


def keys(node: HtmlElement) -> list[str]:
    """Names under which an element may be one of many records: each lasting class, the id without its number, the type."""
    tag = node.tag
    found = [f"{tag}.{name}" for name in _stable(node.get("class") or "")[:6]]
    identifier = node.get("id") or node.get("name") or ""
    if identifier and _DIGITS.search(identifier):
        found.append(f"{tag}#{_DIGITS.sub('', identifier)[:40]}")
    tested = node.get("data-testid") or node.get("data-test-id") or ""
    if tested:
        found.append(f"{tag}[{_NUMBERED.split(tested, maxsplit=1)[0][:40]}]")
    if "-" in tag and not found:
        found.append(tag)
    kind = node.get("itemtype") or ""
    if kind.rstrip("/").endswith(("Comment", "UserComments", "Review")):
        found.append("@comment")
    return found


@lru_cache(maxsize=8192)
def _stable(classes: str) -> tuple[str, ...]:
    kept = []
    for name in classes.split()[:12]:
        plain = _DIGITS.sub("", name.lower()).strip("-_")
        if plain and not _VOLATILE.match(name.lower()):
            kept.append(plain)
    return tuple(dict.fromkeys(kept))


def shape(node: HtmlElement) -> str:
    """Tag and lasting classes, or the id if it has no number: equal for the same part of two records."""
    classes = ".".join(_stable(node.get("class") or ""))
    identifier = "" if classes else node.get("id") or ""
    return f"{node.tag}#{identifier}" if identifier and not _DIGITS.search(identifier) else f"{node.tag}.{classes}"
