"""Repeated structure: which elements of a page are the comments.

Every class name, numbered id and item type is a possible name of the records. The one whose elements most often hold a
date, a user and words, and that is about comments by its own name, its surroundings or its buttons, wins. Names of
platforms play no part, so a page of unknown software is read like a known one.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement

from service.splitting.attributes import COMMENT, FORUM, is_author, is_date, keys, names, shape
from service.splitting.dates import find_date
from service.splitting.lines import is_name, is_noise, is_title
from service.splitting.markup import HIDDEN, flat

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_BESIDE = re.compile(
    r"recent-?_?(?:comment|post)|latest-?_?(?:comment|post)|(?:comment|reply|respond|login|signin|signup|subscribe)[-_]?form|respond\b|log-?in\b|sign-?(?:in|up)\b",
    re.IGNORECASE,
)
"""Names of what stands beside comments: the newest ones of other pages, forms."""
_MORE = re.compile(r"(?:read |see |view |show |load )?more\b|mehr\b|weiterlesen", re.IGNORECASE)
_NAME_TAGS = frozenset("a b strong cite span div dt td h3 h4 h5 h6".split())  # noqa: SIM905
_LONGEST = 1500
"""Comments of more words on average are something else."""
_NEVER = frozenset(("body", "html", "head", "script", "style", "a", "span", "br", "p", "input", "img", "time"))
_SAMPLE, _NODES, _NAMES = 20, 300, 200
"""Bounds that keep the search linear: records looked at per name, elements looked at per record, names tried."""


@dataclass(frozen=True, slots=True)
class Records:
    """The comments of a page: elements in document order, possibly nested; the name that found them; how sure."""

    key: str
    nodes: tuple[HtmlElement, ...]
    quality: float


@dataclass(frozen=True, slots=True)
class _Look:
    """placed: no element is named as the author's, but one that could be a name stands before the date. titled: a heading
    leads to another page, as in a list of articles."""

    date: bool
    author: bool
    placed: bool
    words: int
    linked: int
    buttons: bool
    commented: bool
    titled: bool


def find_records(root: HtmlElement) -> Records | None:
    """The comments of a page, or None if it shows none."""
    groups: dict[str, list[HtmlElement]] = {}
    for node in root.iter(etree.Element):
        if node.tag in _NEVER and not node.get("itemtype"):
            continue
        for key in keys(node):
            groups.setdefault(key, []).append(node)
    tried = sorted(groups.items(), key=lambda item: (-bool(COMMENT.search(item[0])), -len(item[1])))[:_NAMES]
    best: Records | None = None
    best_value = 0.0
    for key, nodes in tried:
        quality = _quality(key, nodes)
        value = quality * quality * len(nodes) ** 0.9 * (2.0 if key == "@comment" else 1.0)
        if quality >= 0.5 and value > best_value * 1.02:
            best, best_value = Records(key, tuple(nodes), min(1.0, quality)), value
    return best


def own_nodes(record: HtmlElement, records: frozenset[HtmlElement], limit: int = 1_000_000) -> Iterator[HtmlElement]:
    """The elements of a record that are not in a record nested in it, nor hidden ones."""
    walker = etree.iterwalk(record, events=("start",))
    for count, (_, node) in enumerate(walker):
        if count > limit:
            return
        if not isinstance(node.tag, str) or node.tag in HIDDEN or (node is not record and node in records):
            walker.skip_subtree()
            continue
        yield node


def _quality(key: str, nodes: Sequence[HtmlElement]) -> float:
    """0 for anything but comments; about 1 for records with a user, a date and words each."""
    if _BESIDE.search(key):
        return 0.0
    count = len(nodes)
    members = frozenset(nodes)
    step = max(1, count // _SAMPLE)
    sample = nodes[::step][:_SAMPLE]
    looks = [_look(node, members) for node in sample]
    n = len(looks)
    worded = [look for look in looks if look.words >= 1]
    if len(worded) < 0.6 * n:
        return 0.0
    dated = sum(look.date for look in looks) / n
    named = max(sum(look.author for look in looks), sum(look.placed for look in looks)) / n
    buttons = sum(look.buttons for look in looks) / n
    words = sum(look.words for look in looks)
    linked = sum(look.linked for look in looks) / max(1, words)
    about = _about(key, nodes[0]) or int(sum(look.commented for look in looks) >= 0.8 * n or _is_headed(nodes[0]))
    if linked > (0.6 if about == 2 else 0.4) or (not about and buttons < 0.5):
        return 0.0
    both = sum(look.date and (look.author or look.placed) for look in looks) / n
    if (count < 3 and both < 0.9) or (count == 1 and about < 2) or words > _LONGEST * n:
        return 0.0
    if about < 2 and sum(look.titled for look in looks) >= 0.6 * n:
        return 0.0
    length = 0.02 * min(6.0, math.log2(1 + words / n))
    if dated + named < 0.8 and not (about == 2 and (dated + named >= 0.5 or buttons >= 0.5)):
        bare = about == 2 and count >= 3 and linked < 0.3 and words >= 3 * n
        return 0.5 + length if bare else 0.0
    alike = (
        Counter(tuple(shape(child) for child in node.iterchildren(etree.Element))[:1] for node in sample).most_common(
            1
        )[0][1]
        / n
    )
    value = 0.2 * dated + 0.2 * named + 0.4 * both + 0.1 * min(1.0, buttons) + 0.15 * about - 0.3 * linked + length
    return value * (0.3 + 0.7 * alike) * (1.05 if _nested(sample, members) else 1.0)


def _nested(sample: Sequence[HtmlElement], members: frozenset[HtmlElement]) -> bool:
    """Whether replies lie inside what they answer."""
    for node in sample:
        above = node.getparent()
        for _ in range(12):
            if above is None:
                break
            if above in members:
                return True
            above = above.getparent()
    return False


def _about(key: str, node: HtmlElement) -> int:
    """2: named as comments; 1: stands in something named as comments, or named as a forum's posts; 0: neither."""
    if key == "@comment" or COMMENT.search(key):
        return 2
    parent = node.getparent()
    for _ in range(6):
        if parent is None or parent.tag == "body":
            break
        if COMMENT.search(names(parent)):
            return 1
        parent = parent.getparent()
    return 1 if FORUM.search(key) else 0


def _look(record: HtmlElement, members: frozenset[HtmlElement]) -> _Look:
    date = author = placed = buttons = commented = titled = False
    words = linked = 0
    for node in own_nodes(record, members, _NODES):
        text = node.text or ""
        tail = node.tail or "" if node is not record else ""
        size = len(text.split())
        if node.tag == "a" and len(text) < 40 and (is_noise(text.strip()) or find_date(text.strip())):
            size = 0  # a button or a permalink is neither what was said nor a link to read on
        words += size + len(tail.split())
        if node.tag == "a":
            linked += size
        buttons = buttons or any(is_noise(flat(child, 40)) for child in node if child.tag == "button")
        if (
            not date
            and (
                (is_date(node) and _shows_date(node))
                or (text and len(text) < 80 and find_date(text.strip()) is not None)
            )
        ) or (not date and tail and len(tail) < 80 and find_date(tail.strip())):
            date = True
        if not author and node is not record and is_author(node):
            author = True
        if (
            not (author or placed or date)
            and node is not record
            and node.tag in _NAME_TAGS
            and 0 < len(text.strip()) <= 40
        ):
            placed = is_name(text.strip()) and not is_noise(text.strip())
        titled = titled or (node.tag in _HEADINGS and _leads_away(node))
        commented = commented or (node is not record and bool(COMMENT.search(names(node))))
        if (
            not buttons
            and text.strip()
            and len(text) < 40
            and node.tag in ("a", "span", "div", "li")
            and is_noise(text.strip())
        ):
            buttons = any(c.isalpha() for c in text) and not _MORE.match(text.strip())
    return _Look(date, author, placed and date, words, linked, buttons, commented, titled)


def _leads_away(heading: HtmlElement) -> bool:
    """Whether a heading of several words is a link to another page, and not to a user's."""
    links = [heading.getparent()] if heading.getparent() is not None and heading.getparent().tag == "a" else []
    links += list(heading.iterdescendants("a"))
    away = [link for link in links if (link.get("href") or "#")[0] != "#" and not is_author(link)]
    return bool(away) and len(flat(heading, 200).split()) >= 3


def _is_headed(node: HtmlElement) -> bool:
    """Whether a heading such as "4 comments" stands shortly before an element or what it lies in."""
    above: HtmlElement | None = node
    for _ in range(4):
        if above is None or above.tag == "body":
            return False
        for before in itertools.islice(above.itersiblings(preceding=True), 3):
            if isinstance(before.tag, str) and before.tag not in HIDDEN and is_title(flat(before, 60)):
                return True
        above = above.getparent()
    return False


def _shows_date(node: HtmlElement) -> bool:
    if node.get("datetime") or node.get("data-time") or node.get("data-timestamp"):
        return True
    text = flat(node, 160)
    return bool(find_date(text) or find_date(node.get("title") or ""))
