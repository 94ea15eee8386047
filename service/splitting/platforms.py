"""Selectors of known comment systems: a shortcut, and a name for the kind. What they do not say, the page's structure does.

`platforms.toml` has a table per system, in the order in which they are tried. A selector is alternatives by commas; each
is steps by spaces (descendants); a step is a tag, `.class`, `#id` and `[attribute]`, `[attribute=value]`,
`[attribute^=start]` in any number.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from lxml import etree
from lxml.html import HtmlElement

from service.splitting.bylines import Parts, bare_name, read_date, read_parts
from service.splitting.fields import Body
from service.splitting.lines import is_removed
from service.splitting.markup import flat, render
from service.splitting.records import own_nodes

_STEP = re.compile(r"^(?P<tag>[a-z][\w-]*)?(?P<rest>(?:[.#][\w-]+|\[[\w-]+(?:\^?=[^\]]*)?\])*)$")
_TEST = re.compile(r"(?P<mark>[.#])(?P<name>[\w-]+)|\[(?P<key>[\w-]+)(?:(?P<how>\^?=)(?P<value>[^\]]*))?\]")


@dataclass(frozen=True, slots=True)
class Platform:
    """A comment system. XPath expressions, relative to the page (`records`) or to a record; None where it has none.

    author_attribute, date_attribute, parent_attribute: attributes of the record that hold these facts.
    """

    name: str
    records: str
    body: str
    author: str | None = None
    date: str | None = None
    skip: str | None = None
    author_attribute: str | None = None
    date_attribute: str | None = None
    parent_attribute: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The records of a known system on a page."""

    platform: Platform
    nodes: tuple[HtmlElement, ...]


def find_platform(root: HtmlElement) -> Found | None:
    """The first known system of which a page has comments with a body."""
    for platform in platforms():
        nodes = tuple(root.xpath(platform.records))
        if nodes and sum(bool(node.xpath(platform.body)) for node in nodes) >= 0.6 * len(nodes):
            return Found(platform, nodes)
    return None


def read_known(found: Found) -> list[tuple[Parts, Body]]:
    """Parts and body of every record: by the selectors, and where they find nothing, by the record's structure."""
    members = frozenset(found.nodes)
    return [_read_one(found.platform, node, members) for node in found.nodes]


def _read_one(platform: Platform, record: HtmlElement, members: frozenset[HtmlElement]) -> tuple[Parts, Body]:
    parts = read_parts(record, list(own_nodes(record, members)))
    given = record.get(platform.author_attribute) if platform.author_attribute else None
    author = given or next((flat(node, 120) for node in select(record, platform.author, members)), None)
    date = record.get(platform.date_attribute) if platform.date_attribute else None
    if not date:
        dates = next(select(record, platform.date, members), None)
        date = read_date(list(dates.iter(etree.Element)))[0] if dates is not None else None
    body = next(select(record, platform.body, members), None)
    text, quotes = render(body, list(select(record, platform.skip, members)), members) if body is not None else ("", ())
    return (
        replace(parts, author=bare_name(author) if author else parts.author, date=date or parts.date),
        Body("", ()) if is_removed(text) else Body(text, quotes),
    )


def select(record: HtmlElement, expression: str | None, records: frozenset[HtmlElement]) -> Iterator[HtmlElement]:
    """What an expression finds in a record itself, not in the records nested in it."""
    if expression is None:
        return
    for node in record.xpath(expression):
        above = node
        while above is not record and above is not None and above not in records:
            above = above.getparent()
        if above is record:
            yield node


@cache
def platforms() -> tuple[Platform, ...]:
    """The systems of the table."""
    data = tomllib.loads(resources.files(__package__).joinpath("platforms.toml").read_text("utf-8"))
    return tuple(_platform(name, row) for name, row in data.items())


def _platform(name: str, row: dict[str, str]) -> Platform:
    def path(key: str) -> str | None:
        return to_xpath(row[key]) if key in row else None

    return Platform(
        name,
        to_xpath(row["records"]),
        to_xpath(row["body"]),
        path("author"),
        path("date"),
        path("skip"),
        row.get("author_attribute"),
        row.get("date_attribute"),
        row.get("parent_attribute"),
    )


def to_xpath(selector: str) -> str:
    """A selector as XPath over the descendants of the context. Raises ValueError where it is none."""
    return " | ".join("." + "".join(_step(step) for step in part.split()) for part in selector.split(","))


def _step(step: str) -> str:
    match = _STEP.match(step)
    if not match:
        raise ValueError(f"not a selector: {step!r}")
    tests = [_test(test) for test in _TEST.finditer(match["rest"])]
    return f"//{match['tag'] or '*'}" + "".join(f"[{test}]" for test in tests)


def _test(test: re.Match[str]) -> str:
    if test["mark"] == ".":
        return f"contains(concat(' ', normalize-space(@class), ' '), ' {test['name']} ')"
    if test["mark"] == "#":
        return f"@id='{test['name']}'"
    if not test["how"]:
        return f"@{test['key']}"
    value = test["value"].strip("'\"")
    return f"starts-with(@{test['key']}, '{value}')" if test["how"] == "^=" else f"@{test['key']}='{value}'"
