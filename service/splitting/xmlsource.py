"""The elements of an XML document one by one, of any size and in any declared encoding, or in none that holds.

A document type is refused before anything is parsed: no export has one, and it is how XML is made a weapon. Elements
are handed out as they end and can be dropped then, so memory does not grow with the document. Where the parser fails
within a known export, `service.splitting.repair` reads it again from the beginning.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from lxml import etree

from service.splitting.errors import ForbiddenXML, MalformedXML
from service.splitting.repair import LENIENT, read_damaged

Opener = Callable[[], BinaryIO]
"""Gives the document from its beginning, each time it is called."""

_HEAD = 65_536
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]{0,200}\?>")
_ENCODING = re.compile(rb"\A<\?xml[^>]{0,100}encoding=[\"']([A-Za-z0-9._-]{1,40})[\"']")
_PROLOG = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]{0,60}:)?([A-Za-z_][\w.-]{0,60})")
_REPAIRABLE = frozenset(("rss", "disqus", "feed", "RDF"))


def opener(xml: str | bytes) -> Opener:
    """The document in UTF-8, or in what it declares; text is what it is, whatever it declares."""
    if isinstance(xml, str):
        plain = _DECLARATION.sub("", xml.removeprefix("\ufeff"), count=1)
        data = plain.encode("utf-8", "surrogatepass")
    elif xml[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = _DECLARATION.sub("", xml.decode("utf-16", "replace"), count=1).encode("utf-8", "surrogatepass")
    else:
        data = xml
    return lambda: io.BytesIO(data)


class DamagedXML(Exception):
    """The parser failed in what begins like a known export. Its argument says where and why, in one line."""


def parsed_elements(open_document: Opener) -> Iterator[etree._Element]:
    """Every element as it ends.

    Raises DamagedXML where `repaired_elements` may help, else MalformedXML; ForbiddenXML.
    """
    with open_document() as document:
        head = document.read(_HEAD)
        root = _check_prolog(_decode(head, _encoding(head)))
        document.seek(0)
        try:
            yield from _parsed(document)
        except etree.XMLSyntaxError as error:
            message = str(error.msg).partition("\n")[0]
            if message == "no element found":  # what lxml says of an entity that it was told to leave alone
                message = "an entity that is not defined, or no element"
            if root in _REPAIRABLE:
                raise DamagedXML(message) from error
            raise MalformedXML(f"not well-formed XML: {message}") from error


def repaired_elements(open_document: Opener) -> Iterator[etree._Element]:
    """Every element as it ends, in a document that no parser takes. Raises MalformedXML, ForbiddenXML."""
    with open_document() as document:
        data = document.read()
    text = _decode(data, _encoding(data[:_HEAD]))
    _check_prolog(text)
    return read_damaged(text)


def drop(element: etree._Element) -> None:
    """Forget an element that has been read, and those before it in the same parent."""
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]


def _parsed(document: BinaryIO) -> Iterator[etree._Element]:
    context = etree.iterparse(
        document,
        events=("end",),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    begun = False
    for _, element in context:
        if not begun:
            begun = True
            if element.getroottree().docinfo.doctype:
                raise ForbiddenXML("a document type (DTD) is not accepted")
        if isinstance(element.tag, str):
            yield element


def _encoding(head: bytes) -> str:
    declared = _ENCODING.match(head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200])
    return declared[1].decode("ascii") if declared else "utf-8"


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding, LENIENT if encoding.lower() == "utf-8" else "replace").removeprefix("\ufeff")
    except (LookupError, UnicodeError) as error:
        raise MalformedXML(f"the encoding {encoding} is unknown") from error


def _check_prolog(text: str) -> str:
    """The root element's name. A document type can stand only before it."""
    at = 0
    while match := _PROLOG.match(text, at):
        at = match.end()
    if text[at : at + 2] == "<!":
        raise ForbiddenXML("a document type (DTD) or entity declaration is not accepted")
    root = _ROOT.match(text, at)
    if not root:
        raise MalformedXML("not XML: no root element")
    return root[1]
