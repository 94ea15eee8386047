"""A damaged XML export, read on: damage stays in the entry, and mostly in the field, in which it is.

No parser of XML does this: after an end tag that does not match, libxml2's recovery shifts all later ones, so that each
entry swallows the next. Here an end tag closes what it names and all inside it, or nothing; the tags of entries and of
their fields are known, and none lies in another of its kind; a bare "&" or "<" is text; an entity of HTML is its
character; what no XML may hold (control characters) is dropped; what is open at the end is closed.
Linear in the text.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

_NAME = r"[A-Za-z_][A-Za-z0-9_.-]{0,60}"
_TOKEN = re.compile(
    rf"<!\[CDATA\[|<!--|<\?|<(?P<close>/?)(?:(?P<prefix>{_NAME}):)?(?P<name>{_NAME})(?P<rest>(?:\s[^<>]{{0,4000}})?/?)>"
)
_ATTRIBUTE = re.compile(rf"(?:({_NAME}):)?({_NAME})\s{{0,9}}=\s{{0,9}}(?:\"([^\"]*)\"|'([^']*)')")
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ENTRIES = frozenset(("comment", "post", "entry", "item"))
_FIELDS = frozenset(
    "comment_id comment_author comment_author_email comment_author_url comment_author_IP comment_date comment_date_gmt"  # noqa: SIM905
    " comment_content comment_approved comment_type comment_parent comment_user_id message createdAt isDeleted isSpam"
    " published updated content pubDate encoded description creator guid".split()
)
_DEEPEST = 64
LENIENT = "civility-windows-1252"
"""How bytes that are no UTF-8 are read within UTF-8 (an error handler of codecs): as the encoding that they mostly are."""


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(LENIENT, _as_windows_1252)


@dataclass(frozen=True, slots=True)
class _Open:
    """An element that has begun. written: its name as the source writes it."""

    name: str
    written: str
    element: etree._Element


class _Finder:
    """Where fixed strings stand next. Each stretch of the text is searched once, however often it is asked about."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.length = len(text)
        self._known: dict[str, int] = {}

    def after(self, what: str, at: int) -> int:
        """The first place at or after `at`, or the length of the text."""
        if self._known.get(what, -1) < at:
            found = self._text.find(what, at)
            self._known[what] = found if found >= 0 else self.length
        return self._known[what]


def read_damaged(text: str) -> Iterator[etree._Element]:
    """Elements in the order in which they end, as a parser would give them."""
    stack: list[_Open] = []
    finder = _Finder(text)
    at = 0
    while token := _TOKEN.search(text, at):
        _add_text(stack, html.unescape(text[at : token.start()]))
        at = token.end()
        opening = token.group()
        if opening == "<![CDATA[":
            end = _cdata_end(finder, stack, at)
            _add_text(stack, text[at:end])
            at = end + 3 * text.startswith("]]>", end)
        elif opening in ("<!--", "<?"):
            mark = "-->" if opening == "<!--" else "?>"
            end = finder.after(mark, at)
            at = min(len(text), end + len(mark)) if end < len(text) else at
        elif token["close"]:
            depth = next((i for i in reversed(range(len(stack))) if stack[i].name == token["name"]), len(stack))
            yield from _close(stack, depth)
        elif len(stack) < _DEEPEST:
            yield from _close(stack, _implied_end(stack, token["name"]))
            stack.append(_begin(stack, token))
            if token["rest"].endswith("/"):
                yield from _close(stack, len(stack) - 1)
    _add_text(stack, html.unescape(text[at:]))
    yield from _close(stack, 0)


def _close(stack: list[_Open], depth: int) -> Iterator[etree._Element]:
    while len(stack) > depth:
        yield stack.pop().element


def _implied_end(stack: list[_Open], name: str) -> int:
    """How much of the stack stays open where an element of this name begins: its forerunner's end tag may be missing."""
    if name in _ENTRIES:
        return next((i for i, above in enumerate(stack) if above.name == name), len(stack))
    if name in _FIELDS:
        return next((i for i, above in enumerate(stack) if above.name in _FIELDS), len(stack))
    return len(stack)


def _begin(stack: list[_Open], token: re.Match[str]) -> _Open:
    prefix, name = token["prefix"], token["name"]
    tag = f"{{{prefix}}}{name}" if prefix else name
    element = etree.SubElement(stack[-1].element, tag) if stack else etree.Element(tag)
    for space, key, double, single in _ATTRIBUTE.findall(token["rest"]):
        if space != "xmlns" and key != "xmlns":
            element.set(f"{{{space}}}{key}" if space else key, _ILLEGAL.sub("", html.unescape(double or single)))
    return _Open(name, f"{prefix}:{name}" if prefix else name, element)


def _add_text(stack: list[_Open], words: str) -> None:
    if not stack or not words:
        return
    element = stack[-1].element
    legal = _ILLEGAL.sub("", words)
    if len(element):
        element[-1].tail = (element[-1].tail or "") + legal
    else:
        element.text = (element.text or "") + legal


def _cdata_end(finder: _Finder, stack: list[_Open], at: int) -> int:
    """Where the words of a CDATA section end; at the end tag of its element, if its own end is missing."""
    end = finder.after("]]>", at)
    own = finder.after(f"</{stack[-1].written}", at) if stack else end
    unclosed = end == finder.length or finder.after("<![CDATA[", at) < end
    return min(own, end) if unclosed else end
