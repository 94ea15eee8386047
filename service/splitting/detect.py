"""Which kind of source it is, where nobody says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Literal

from service.splitting.exports import split_export
from service.splitting.jsonapi import split_json
from service.splitting.page import split_html
from service.splitting.plain import split_text
from service.splitting.section import Section

Kind = Literal["auto", "text", "html", "export", "json"]

_EXPORT = re.compile(
    r"\ufeff?\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*){0,5}<(?:rss|disqus|feed)\b", re.DOTALL
)
_XML = re.compile(r"\ufeff?\s*<\?xml\b(?![^>]{0,200}\?>\s*<(?:!doctype html|html))", re.IGNORECASE)
_HTML = re.compile(
    r"<(?:!doctype html|html|body|div|p|li|ul|ol|table|article|section|span|a|br)\b[^<>]{0,2000}>", re.IGNORECASE
)
_JSON = re.compile(r"\{\s*\"|\[\s*[\[{\"]")
_TAG = re.compile(r"</?[a-z][a-z0-9]{0,12}(?:\s[^<>]{0,500})?/?>", re.IGNORECASE)


def detect(source: str) -> Literal["text", "html", "export", "json"]:
    """The kind of a source by how it begins and by its share of tags."""
    head = source[:20_000]
    if _EXPORT.match(head) or _XML.match(head):
        return "export"
    start = head.lstrip("\ufeff \t\r\n")
    if _JSON.match(start) and source.rstrip()[-1:] in "]}":
        return "json"
    if start.startswith("<") and _HTML.match(start):
        return "html"
    tags = sum(1 for _ in _TAG.finditer(head))
    return "html" if tags >= 6 and tags * 200 > len(head) else "text"


def split_any(source: str, kind: Kind = "auto") -> Section:
    """Posts of any source. Raises SplitError, as the splitter of the kind does."""
    splitters: Mapping[str, Callable[[str], Section]] = {
        "text": split_text,
        "html": split_html,
        "export": split_export,
        "json": split_json,
    }
    return splitters[detect(source) if kind == "auto" else kind](source)
