"""Markup into the text that a browser shows, with the places of quotations. One pass, no recursion."""

from __future__ import annotations

import re
from collections.abc import Collection

from lxml import etree, html

from service.splitting.attributes import is_author
from service.splitting.lines import is_noise
from service.splitting.section import Quote

BLOCKS = frozenset(
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5"  # noqa: SIM905
    " h6 header hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
_PARAGRAPHS = frozenset(("p", "blockquote", "pre", "ul", "ol"))
HIDDEN = frozenset(
    "script style noscript template svg button select option textarea input form iframe object embed head title meta link video"  # noqa: SIM905
    " audio canvas math map time-ago".split()
)
_SPACE = re.compile(r"[ \t\r\n\f\u00a0\u200b]+")
_QUOTE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:blockquote|bbcode-?block|bbcodeblock--quote|quote(?:container|_container|d|box|-?body)?)(?:$|[\s_-])",
    re.IGNORECASE,
)


class TextBuilder:
    """Text under construction: white space collapsed, blocks on lines of their own, quotations remembered."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._breaks = 0
        self._space = False
        self._quotes: list[tuple[int, str | None]] = []
        self.quotes: list[Quote] = []

    def text(self, words: str | None, keep: bool = False) -> None:
        """Add words; with `keep` (preformatted text) line breaks stay."""
        if not words:
            return
        if keep and "\n" in words:
            for position, line in enumerate(words.split("\n")):
                if position:
                    self.line_break()
                self.text(line)
            return
        shown = _SPACE.sub(" ", words.replace("\u00ad", ""))
        if not shown:
            return
        if shown[0] == " ":
            self._space = True
        body = shown.strip(" ")
        if not body:
            return
        if self._length:
            if self._breaks:
                self._push("\n" * min(2, self._breaks))
            elif self._space:
                self._push(" ")
        self._breaks = 0
        self._push(body)
        self._space = shown[-1] == " "

    def block(self, paragraph: bool = False) -> None:
        """Begin a new line, or a new paragraph."""
        self._breaks = max(self._breaks, 2 if paragraph else 1)

    def line_break(self) -> None:
        """A break that the author typed."""
        self._breaks += 1

    def open_quote(self, author: str | None) -> None:
        """What follows is somebody else's."""
        self.block()
        self._quotes.append((self._length, author))

    def close_quote(self) -> None:
        """The end of the innermost quotation."""
        if not self._quotes:
            return
        start, author = self._quotes.pop()
        if self._length > start and not self._quotes:
            self.quotes.append(Quote(start, self._length, author))
        self.block()

    def _push(self, piece: str) -> None:
        self._parts.append(piece)
        self._length += len(piece)

    def result(self) -> tuple[str, tuple[Quote, ...]]:
        """The text, and its quotations without the white space at their borders."""
        text = "".join(self._parts)
        quotes = []
        for quote in self.quotes:
            start, end = quote.start, quote.end
            while start < end and text[start].isspace():
                start += 1
            quotes.append(Quote(start, end, quote.author))
        return text, tuple(quotes)


def parse(markup: str) -> html.HtmlElement | None:
    """A tree of any markup, or None where there is nothing in it. Broken markup is read as browsers read it."""
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=False, no_network=True)
    data = markup.replace("\x00", "").encode("utf-8", "replace")
    try:
        root = html.document_fromstring(data, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    for form in root.iter("form"):
        if "usertext" in (form.get("class") or ""):
            form.tag = "div"  # Reddit keeps what has been written in forms; elsewhere a form is for what will be
    for button in root.iter("button"):
        name = " ".join("".join(map(str, button.itertext())).split()) if is_author(button) else ""
        if 0 < len(name) <= 60 and not is_noise(name):
            button.tag = "span"  # a name that opens a user's card is a name
    for definitions in root.iter("dl"):
        _wrap_definitions(definitions)
    return root


def _wrap_definitions(definitions: html.HtmlElement) -> None:
    """A list of names and what they said: each name and what follows it into an element of their own."""
    terms = [child for child in definitions if child.tag == "dt"]
    if len(terms) < 2 or sum(len(child.text_content()) for child in definitions if child.tag == "dd") < 40 * len(terms):
        return
    record: html.HtmlElement | None = None
    for child in list(definitions):
        if child.tag == "dt":
            record = html.Element(
                "div", {"class": f"definition {child.get('class') or ''}", "id": child.get("id") or ""}
            )
            definitions.insert(definitions.index(child), record)
        if record is not None:
            record.append(child)


def render(
    root: html.HtmlElement,
    skip: Collection[html.HtmlElement] = (),
    nested: frozenset[html.HtmlElement] = frozenset(),
) -> tuple[str, tuple[Quote, ...]]:
    """The text of an element, and the places of quotations in it; without the elements in `skip` and those of `nested`
    below it. `nested` is not copied: it may be all records of a page."""
    builder = TextBuilder()
    left_out = frozenset(skip)
    preformatted = 0
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, node in walker:
        tag = node.tag if isinstance(node.tag, str) else ""
        if event == "start":
            if not tag or tag in HIDDEN or node in left_out or (node is not root and node in nested):
                walker.skip_subtree()
                continue
            if tag == "br":
                builder.line_break()
            elif tag in BLOCKS:
                builder.block(tag in _PARAGRAPHS)
            elif tag == "img" and _is_smiley(node):
                builder.text(" " + node.get("alt", "") + " ")
            if node is not root and is_quote(node):
                builder.open_quote(quote_author(node))
            preformatted += tag == "pre"
            builder.text(node.text, preformatted > 0)
            continue
        if tag and tag not in HIDDEN and node not in left_out and (node is root or node not in nested):
            preformatted -= tag == "pre"
            if node is not root and is_quote(node):
                builder.close_quote()
            if tag in BLOCKS:
                builder.block(tag in _PARAGRAPHS)
        if node is not root:
            builder.text(node.tail, preformatted > 0)
    return builder.result()


def flat(node: html.HtmlElement, limit: int = 200, nested: frozenset[html.HtmlElement] = frozenset()) -> str:
    """The words of an element with single spaces, about `limit` characters of them; without the elements of `nested`."""
    size = 0
    pieces: list[str] = []
    walker = etree.iterwalk(node, events=("start", "end"))
    for event, child in walker:
        if event == "start" and (not isinstance(child.tag, str) or child.tag in HIDDEN or child in nested):
            walker.skip_subtree()
            continue
        text = child.text if event == "start" else child.tail if child is not node else None
        if event == "start" and child.tag in BLOCKS:
            pieces.append(" ")
        if text:
            pieces.append(text)
            size += len(text.strip())
            if size > limit:
                break
    return " ".join("".join(pieces).split())


def is_quote(node: html.HtmlElement) -> bool:
    """A quotation: a blockquote, or what forum software marks as one."""
    return node.tag == "blockquote" or (node.tag == "div" and bool(_QUOTE_CLASS.search(node.get("class") or "")))


def quote_author(node: html.HtmlElement) -> str | None:
    """Whose words a forum's quotation says they are."""
    for name in ("data-quote", "data-author", "data-username", "cite"):
        value = node.get(name)
        if value and "/" not in value:
            return str(value)
    return None


def _is_smiley(node: html.HtmlElement) -> bool:
    kind = f"{node.get('class') or ''} {node.get('src') or ''}".lower()
    return bool(node.get("alt")) and ("smil" in kind or "emoji" in kind) and len(node.get("alt") or "") <= 20


def fragment_text(markup: str, typed_breaks: bool = True) -> tuple[str, tuple[Quote, ...]]:
    """Text of a comment body in markup, as exports and JSON hold it. typed_breaks: line feeds are the author's."""
    if "<" not in markup and "&" not in markup:
        return _plain(markup), ()
    if typed_breaks and not re.search(r"<(?:p|br|div|li|blockquote)\b", markup, re.IGNORECASE):
        markup = markup.strip().replace("\r\n", "\n").replace("\n", "<br>")
    root = parse(f"<div>{markup}</div>")
    return render(root) if root is not None else (_plain(markup), ())


def _plain(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip() for line in text.strip().splitlines()))
