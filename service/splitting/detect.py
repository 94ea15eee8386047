"""Which kind of source it is, where nobody says, and which encoding it is in."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from typing import Literal

from service.splitting.exports import split_export
from service.splitting.jsonapi import split_json
from service.splitting.page import split_html
from service.splitting.plain import split_text
from service.splitting.repair import LENIENT
from service.splitting.section import Section
from service.splitting.yamlposts import split_yaml

Detected = Literal["text", "html", "export", "json", "yaml"]
Kind = Literal["auto", "text", "html", "export", "json", "yaml"]
KINDS: tuple[Detected, ...] = ("text", "html", "export", "json", "yaml")

HEAD = 20_000
"""Characters from which a source is known."""
_EXPORT = re.compile(
    r"\ufeff?\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*){0,5}<(?:rss|disqus|feed|rdf:RDF)\b", re.DOTALL
)
_XML = re.compile(r"\ufeff?\s*<\?xml\b(?![^>]{0,200}\?>\s*<(?:!doctype html|html))", re.IGNORECASE)
_DECLARATION = re.compile(r"\A<\?xml\b[^>]{0,200}>\s*", re.IGNORECASE)
_HTML = re.compile(
    r"<(?:!doctype html|html|head|body|div|p|li|ul|ol|dl|table|article|section|main|span|a|br|h\d|form|blockquote)\b"
    r"[^<>]{0,2000}>|<!--",
    re.IGNORECASE,
)
_PAGE = re.compile(r"(?:<!--.{0,2000}?-->\s*){0,5}<(?:!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_JSON = re.compile(r"\{\s*\"|\[\s*[\[{\"]|\[\s*\]$|\{\s*\}$")
_YAML = re.compile(
    r"(?:#.{0,200}\n|---[ \t]*\n|%YAML.{0,20}\n|[ \t]{0,40}\n){0,9}(?:- )?(?=[\w\"'][\w \"'-]{0,40}:(?:\s|$))"
)
_YAML_BODY = re.compile(r"^(?:- |  )?(?:message|comment|body|text|content):(?:\s|$)", re.MULTILINE)
_YAML_FACT = re.compile(
    r"^(?:- |  )?(?:_id|id|name|author|email|date|url|_parent|replying_to)(?:_uid)?:(?:\s|$)", re.MULTILINE
)
_TAG = re.compile(r"</?[a-z][a-z0-9-]{0,30}(?:\s[^<>]{0,500})?/?>", re.IGNORECASE)
_CHARSET = re.compile(rb"(?:charset|encoding)\s{0,3}=\s{0,3}[\"']?([A-Za-z0-9._:-]{2,30})", re.IGNORECASE)


def decode(body: bytes) -> str:
    """Bytes as text: in UTF-8; markup also in UTF-16 with its mark, or in what it declares at its beginning, and single
    bytes of it that do not fit are read as Windows-1252.

    Raises UnicodeDecodeError of UTF-8 for text that is not markup.
    """
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        wide = body.decode("utf-16", "replace")
        if wide.lstrip()[:1] == "<":
            return wide
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"<":
            raise
        declared = _CHARSET.search(body[:2048])
        name = declared[1].decode("ascii") if declared else ""
        return body.decode(name, "replace") if _is_other_encoding(name) else body.decode("utf-8", LENIENT)


def _is_other_encoding(name: str) -> bool:
    """Whether it is an encoding of text other than UTF-8, which has been tried."""
    try:
        return codecs.lookup(name).name not in ("utf-8", "undefined", "idna", "punycode") and bool("a".encode(name))
    except (LookupError, UnicodeError):
        return False


def detect(source: str) -> Detected:
    """The kind of a source by how it begins and by its share of tags."""
    head = source[:HEAD]
    if _EXPORT.match(head) or _XML.match(head):
        return "export"
    start = head.lstrip("\ufeff \t\r\n")
    if _JSON.match(start) and source.rstrip()[-1:] in ("]", "}"):
        return "json"
    markup = _DECLARATION.sub("", start, count=1)
    if markup.startswith("<") and _HTML.match(markup):
        return "html"
    tags = sum(1 for _ in _TAG.finditer(head))
    if tags >= 6 and tags * 200 > len(head):
        return "html"
    yaml = _YAML.match(start) and _YAML_BODY.search(start) and _YAML_FACT.search(start)
    return "yaml" if yaml else "text"


def is_page(source: str) -> bool:
    """Whether markup is a whole page and not a piece of one."""
    return bool(_PAGE.match(_DECLARATION.sub("", source[:HEAD].lstrip("\ufeff \t\r\n"), count=1)))


def split_any(source: str, kind: Kind = "auto") -> Section:
    """Posts of any source; "export" takes all that machines make: XML, JSON and YAML.

    Raises SplitError, as the splitter of the kind does.
    """
    splitters: Mapping[str, Callable[[str], Section]] = {
        "text": split_text,
        "html": split_html,
        "export": split_export,
        "json": split_json,
        "yaml": split_yaml,
    }
    found = detect(source) if kind in ("auto", "export") else kind
    if kind == "export" and found not in ("json", "yaml"):
        found = "export"
    return splitters[found](source)
