"""XML exports of comments: WordPress (WXR), Disqus, Blogger (Atom), and comment feeds (RSS, Atom).

Elements are dropped as they are read, so memory does not grow with the export. Broken XML is read again with repairs if
what can be read is a known export, and the section's notes say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lxml import etree

from service.splitting.dates import created_at
from service.splitting.errors import MalformedXML, UnknownExport
from service.splitting.feeds import feed_comment, is_comment_feed
from service.splitting.markup import fragment_text
from service.splitting.rawposts import RawPost, link_each, link_posts
from service.splitting.section import Post, Quote, Section
from service.splitting.xmlsource import DamagedXML, Opener, drop, opener, parsed_elements, repaired_elements
from service.splitting.xmltree import attribute, children, local, text_of

Render = Callable[[str, bool], tuple[str, tuple[Quote, ...]]]
"""Markup, and whether its line feeds are the author's, into text and quotations."""
_REPAIRED = 0.9
"""Confidence where the XML had to be repaired."""


@dataclass(slots=True)
class Findings:
    """What is known of an export once its posts have been read. damage: what the XML parser said, None if all is well."""

    kind: str | None = None
    skipped: int = 0
    damage: str | None = None

    def notes(self) -> tuple[str, ...]:
        """In words."""
        damage = (f"the XML was damaged and has been repaired: {self.damage}",) if self.damage else ()
        left_out = (f"{self.skipped} entries left out: pingbacks, spam or deleted",) if self.skipped else ()
        return damage + left_out


def split_export(xml: str | bytes) -> Section:
    """Posts of an export, in its order. Spam, deleted entries and pingbacks are left out and counted in the notes.

    Raises ForbiddenXML, MalformedXML, UnknownExport.
    """
    open_document = opener(xml)
    try:
        raw, found = _read(parsed_elements(open_document))
    except DamagedXML as error:
        raw, found = _read(repaired_elements(open_document), str(error))
    confidence = _REPAIRED if found.damage else 1.0
    return Section(found.kind or "", link_posts(raw), confidence=confidence, notes=found.notes())


def stream_export(open_document: Opener) -> tuple[Findings, Iterator[Post]]:
    """What is known of an export, and its posts one by one, as `split_export` gives them. Memory does not grow with them,
    but for their ids: the export is read twice, since an answer may stand before what it answers.

    Raises as `split_export`, before the first post.
    """
    try:
        raw, found = _read(parsed_elements(open_document), render=_has_words, keep=_only_id)
    except DamagedXML as error:
        raw, found = _read(repaired_elements(open_document), str(error), _has_words, _only_id)
    again = repaired_elements(open_document) if found.damage else parsed_elements(open_document)
    return found, link_each(_entries(again, Findings(), fragment_text), {item.id for item in raw})


def _read(
    given: Iterator[etree._Element],
    damage: str | None = None,
    render: Render = fragment_text,
    keep: Callable[[RawPost], RawPost] = lambda raw: raw,
) -> tuple[list[RawPost], Findings]:
    found = Findings(damage=damage)
    raw = [keep(post) for post in _entries(given, found, render)]
    if damage is not None and not raw:
        raise MalformedXML(f"not well-formed XML: {damage}")
    if found.kind is None:
        raise UnknownExport("the XML is no WordPress, Disqus or Blogger export, and no feed of comments")
    return raw, found


def _only_id(raw: RawPost) -> RawPost:
    return RawPost(raw.id, "", (), None, None, None)


def _has_words(markup: str, typed_breaks: bool = True) -> tuple[str, tuple[Quote, ...]]:
    """A rendering that only tells whether there are words: what the first of two readings needs."""
    del typed_breaks
    return ("x" if "<" in markup and fragment_text(markup)[0] else markup.strip()), ()


def _entries(
    found_elements: Iterator[etree._Element],
    found: Findings,
    render: Render,
) -> Iterator[RawPost]:
    """The comments among the elements, in order; each element is dropped once it has been read."""
    comment_feed = False
    for element in found_elements:
        name = local(element)
        raw: RawPost | None = None
        if name == "title" and local(element.getparent()) in ("channel", "feed"):
            comment_feed = is_comment_feed(text_of(element))
        elif name == "wxr_version":
            found.kind = "wxr"
        elif name == "disqus":
            found.kind = found.kind or "disqus-xml"
        elif name == "comment" and "comment_id" in children(element):
            found.kind, raw = "wxr", _wxr(element, render)
            found.skipped += raw is None
            drop(element)
        elif name == "post" and found.kind in (None, "disqus-xml") and "message" in children(element):
            found.kind, raw = "disqus-xml", _disqus(element, render)
            found.skipped += raw is None
            drop(element)
        elif name == "entry" and _is_blogger(element):
            found.kind = "blogger-atom"
            if _is_blogger_comment(element):
                raw = _blogger(element, render)
                found.skipped += raw is None
            drop(element)
        elif name in ("item", "entry") and local(element.getparent()) not in ("entry", "post"):
            if found.kind in (None, "rss", "atom") and (raw := feed_comment(element, comment_feed)):
                found.kind = "rss" if name == "item" else "atom"
            drop(element)
        elif name == "thread" and local(element.getparent()) != "post":
            drop(element)
        if raw is not None and raw.text:
            yield raw


def _wxr(element: etree._Element, render: Render) -> RawPost | None:
    fields = children(element)
    if text_of(fields.get("comment_type")).strip() in ("pingback", "trackback"):
        return None
    if text_of(fields.get("comment_approved")).strip() in ("spam", "trash", "post-trashed"):
        return None
    text, quotes = render(text_of(fields.get("comment_content")), True)
    gmt, here = (text_of(fields.get(name)).strip() for name in ("comment_date_gmt", "comment_date"))
    good = gmt and not gmt.startswith("0000")
    parent = text_of(fields.get("comment_parent")).strip()
    return RawPost(
        text_of(fields.get("comment_id")).strip(),
        text,
        quotes,
        text_of(fields.get("comment_author")).strip() or None,
        created_at(gmt + "Z" if good else here),
        parent if parent not in ("", "0") else None,
    )


def _disqus(element: etree._Element, render: Render) -> RawPost | None:
    fields = children(element)
    if any(text_of(fields.get(name)).strip() == "true" for name in ("isDeleted", "isSpam")):
        return None
    text, quotes = render(text_of(fields.get("message")), False)
    author = fields.get("author")
    names = children(author) if author is not None else {}
    return RawPost(
        attribute(element, "id") or "",
        text,
        quotes,
        text_of(names.get("name", names.get("username"))).strip() or None,
        created_at(text_of(fields.get("createdAt"))),
        attribute(fields.get("parent"), "id"),
    )


def _is_blogger(entry: etree._Element) -> bool:
    return any(
        "blogger" in (child.get("term") or child.get("scheme") or "")
        or "schemas.google.com" in (child.get("scheme") or "")
        for child in entry
        if local(child) == "category"
    ) or any(local(child) == "type" and "blogger" in str(child.tag) for child in entry)


def _is_blogger_comment(entry: etree._Element) -> bool:
    return any(
        (local(child) == "category" and (child.get("term") or "").endswith("kind#comment"))
        or (local(child) == "type" and text_of(child).strip() == "COMMENT")
        for child in entry
    )


def _blogger(entry: etree._Element, render: Render) -> RawPost | None:
    fields = children(entry)
    if any(local(child) == "status" and text_of(child).strip() in ("SPAM", "DELETED") for child in entry):
        return None
    text, quotes = render(text_of(fields.get("content", fields.get("summary"))), False)
    author = fields.get("author")
    parent = next(
        (child.get("href") for child in entry if local(child) == "link" and child.get("rel") == "related"), None
    )
    return RawPost(
        _number(text_of(fields.get("id"))),
        text,
        quotes,
        text_of(children(author).get("name")).strip() or None if author is not None else None,
        created_at(text_of(fields.get("published"))),
        _number(parent) if parent else None,
    )


def _number(identifier: str) -> str:
    return identifier.strip().rstrip("/").rpartition("/")[2].rpartition("post-")[2]
