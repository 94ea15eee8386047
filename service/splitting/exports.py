"""XML exports of comments: WordPress (WXR), Disqus, Blogger (Atom).

A document type or an entity is refused before anything is parsed; elements are dropped as they are read, so memory does
not grow with the export's articles. Broken XML is read again with repairs if what can be read is a known export, and the
section's notes say so.
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from lxml import etree

from service.splitting.dates import created_at
from service.splitting.errors import ForbiddenXML, MalformedXML, UnknownExport
from service.splitting.markup import fragment_text
from service.splitting.quotes import find_quotes
from service.splitting.section import Post, Quote, Section

_DECLARATION = re.compile(r"\A\ufeff?\s*<\?xml[^>]{0,200}\?>")
_ENCODING = re.compile(rb"\A<\?xml[^>]{0,100}encoding=[\"']([A-Za-z0-9._-]{1,40})[\"']")
_PROLOG = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_ROOT = re.compile(r"<([A-Za-z_][\w.:-]{0,60})")


@dataclass(frozen=True, slots=True)
class RawPost:
    """A comment as an export holds it, before ids are made unique and parents are checked."""

    id: str
    text: str
    quotes: tuple[Quote, ...]
    author: str | None
    created_at: str | None
    parent_id: str | None


def split_export(xml: str | bytes) -> Section:
    """Posts of an export, in its order. Spam, deleted entries and pingbacks are left out and counted in the notes.

    Raises ForbiddenXML, MalformedXML, UnknownExport.
    """
    text = _decode(xml)
    root = _check_prolog(text)
    data = _DECLARATION.sub("", text, count=1).encode("utf-8", "surrogatepass")
    notes: list[str] = []
    try:
        kind, raw, skipped = _read(data, recover=False)
    except etree.XMLSyntaxError as error:
        if root not in ("rss", "disqus", "feed"):
            raise MalformedXML(f"not well-formed XML: {error.msg}") from error
        try:
            kind, raw, skipped = _read(data, recover=True)
        except etree.XMLSyntaxError as again:
            raise MalformedXML(f"not well-formed XML: {again.msg}") from again
        if not raw:
            raise MalformedXML(f"not well-formed XML: {error.msg}") from error
        notes.append(f"the XML was damaged and has been repaired: {error.msg}")
    if kind is None:
        raise UnknownExport("the XML is no WordPress, Disqus or Blogger export")
    if skipped:
        notes.append(f"{skipped} entries left out: pingbacks, spam or deleted")
    return Section(kind, link_posts(raw), confidence=1.0 if not notes or skipped else 0.9, notes=tuple(notes))


def link_posts(raw: list[RawPost]) -> tuple[Post, ...]:
    """Posts with unique ids, and only those parents that are there."""
    seen: set[str] = set()
    given = {item.id for item in raw}
    posts: list[Post] = []
    for index, item in enumerate(raw):
        name = item.id if item.id and item.id not in seen else _free_id(index, given, seen)
        seen.add(name)
        posts.append(
            Post(
                id=name,
                index=index,
                text=item.text,
                author=item.author,
                created_at=item.created_at,
                parent_id=item.parent_id,
                quotes=item.quotes or find_quotes(item.text),
            )
        )
    return tuple(
        post if post.parent_id in seen and post.parent_id != post.id else replace(post, parent_id=None)
        for post in posts
    )


def _free_id(index: int, given: Collection[str], seen: Collection[str]) -> str:
    """An id for a post that has none of its own: its number, marked if a post of the source is called so."""
    name = str(index + 1)
    while name in given or name in seen:
        name = f"post-{name}"
    return name


def _decode(xml: str | bytes) -> str:
    if isinstance(xml, str):
        return xml
    if xml[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    else:
        declared = _ENCODING.match(xml.lstrip(b"\xef\xbb\xbf \t\r\n")[:200])
        encoding = declared[1].decode() if declared else "utf-8"
    try:
        return xml.decode(encoding).removeprefix("\ufeff")
    except (UnicodeDecodeError, LookupError) as error:
        raise MalformedXML(f"the bytes are not {encoding}") from error


def _check_prolog(text: str) -> str:
    """The root element's name. A document type can stand only before it."""
    at = 1 if text.startswith("\ufeff") else 0
    while match := _PROLOG.match(text, at):
        at = match.end()
    if text[at : at + 2] == "<!":
        raise ForbiddenXML("a document type (DTD) or entity declaration is not accepted")
    root = _ROOT.match(text, at)
    if not root:
        raise MalformedXML("not XML: no root element")
    return root[1]


def _read(data: bytes, recover: bool) -> tuple[str | None, list[RawPost], int]:
    kind: str | None = None
    posts: list[RawPost] = []
    skipped = 0
    for element in _elements(data, recover):
        name = _local(element)
        if name == "comment" and _children(element).get("comment_id") is not None:
            kind, raw = "wxr", _wxr(element)
        elif name == "post" and kind in (None, "disqus-xml") and "message" in _children(element):
            kind, raw = "disqus-xml", _disqus(element)
        elif name == "entry" and _is_blogger(element):
            kind = "blogger-atom"
            if not _is_blogger_comment(element):
                element.clear()
                continue
            raw = _blogger(element)
        else:
            if name == "wxr_version":
                kind = kind or "wxr"
            elif name == "disqus":
                kind = kind or "disqus-xml"
            elif name in ("item", "entry", "thread") and _local(element.getparent()) not in ("entry", "post"):
                element.clear()
            continue
        if raw is None:
            skipped += 1
        elif raw.text:
            posts.append(raw)
        element.clear()
    return kind, posts, skipped


def _elements(data: bytes, recover: bool) -> Iterator[etree._Element]:
    context = etree.iterparse(
        io.BytesIO(data),
        events=("end",),
        recover=recover,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    for _, element in context:
        if isinstance(element.tag, str):
            yield element


def _local(element: etree._Element | None) -> str:
    if element is None:
        return ""
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2] if isinstance(tag, str) else ""


def _children(element: etree._Element) -> dict[str, etree._Element]:
    return {_local(child): child for child in element}


def _text(element: etree._Element | None) -> str:
    return "".join(map(str, element.itertext())) if element is not None else ""


def _wxr(element: etree._Element) -> RawPost | None:
    fields = _children(element)
    if _text(fields.get("comment_type")).strip() in ("pingback", "trackback"):
        return None
    if _text(fields.get("comment_approved")).strip() in ("spam", "trash", "post-trashed"):
        return None
    text, quotes = fragment_text(_text(fields.get("comment_content")))
    gmt, local = (_text(fields.get(name)).strip() for name in ("comment_date_gmt", "comment_date"))
    good = gmt and not gmt.startswith("0000")
    parent = _text(fields.get("comment_parent")).strip()
    return RawPost(
        _text(fields.get("comment_id")).strip(),
        text,
        quotes,
        _text(fields.get("comment_author")).strip() or None,
        created_at(gmt + "Z" if good else local),
        parent if parent not in ("", "0") else None,
    )


def _disqus(element: etree._Element) -> RawPost | None:
    fields = _children(element)
    if any(_text(fields.get(name)).strip() == "true" for name in ("isDeleted", "isSpam")):
        return None
    text, quotes = fragment_text(_text(fields.get("message")), typed_breaks=False)
    author = fields.get("author")
    names = _children(author) if author is not None else {}
    return RawPost(
        _id(element) or "",
        text,
        quotes,
        _text(names.get("name", names.get("username"))).strip() or None,
        created_at(_text(fields.get("createdAt"))),
        _id(fields.get("parent")),
    )


def _id(element: etree._Element | None) -> str | None:
    if element is None:
        return None
    return next(
        (str(value) for name, value in element.attrib.items() if str(name).rpartition("}")[2] in ("id", "dsq:id")), None
    )


def _is_blogger(entry: etree._Element) -> bool:
    return any(
        "blogger" in (child.get("term") or child.get("scheme") or "")
        or "schemas.google.com" in (child.get("scheme") or "")
        for child in entry
        if _local(child) == "category"
    ) or any(_local(child) == "type" and "blogger" in str(child.tag) for child in entry)


def _is_blogger_comment(entry: etree._Element) -> bool:
    return any(
        (_local(child) == "category" and (child.get("term") or "").endswith("kind#comment"))
        or (_local(child) == "type" and _text(child).strip() == "COMMENT")
        for child in entry
    )


def _blogger(entry: etree._Element) -> RawPost | None:
    fields = _children(entry)
    if any(_local(child) == "status" and _text(child).strip() in ("SPAM", "DELETED") for child in entry):
        return None
    text, quotes = fragment_text(_text(fields.get("content", fields.get("summary"))), typed_breaks=False)
    author = fields.get("author")
    parent = next(
        (child.get("href") for child in entry if _local(child) == "link" and child.get("rel") == "related"), None
    )
    return RawPost(
        _number(_text(fields.get("id"))),
        text,
        quotes,
        _text(_children(author).get("name")).strip() if author is not None else None,
        created_at(_text(fields.get("published"))),
        _number(parent) if parent else None,
    )


def _number(identifier: str) -> str:
    return identifier.strip().rstrip("/").rpartition("/")[2].rpartition("post-")[2]
