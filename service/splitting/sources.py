"""What a caller may say that a source is: `auto`, a kind such as `html`, or a format such as `reddit`; and reading it so.

A kind is how a source is read (`detect.KINDS`), a format is whose it is. A name is taken as it stands in an answer's
`source.kind` as well: `plain:header` is text, `json:reddit` is reddit.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import replace

from service.splitting.detect import KINDS, Detected, detect, is_page, split_any
from service.splitting.errors import SplitError, UnknownSource, WrongSource
from service.splitting.jsonapi import SYSTEMS
from service.splitting.section import Section

AUTO = "auto"
POSTS = "posts"
FORMATS: Mapping[str, tuple[Detected, ...]] = {
    **dict.fromkeys(("wxr", "disqus-xml", "blogger-atom", "blogger", "rss", "atom"), ("export",)),
    **dict.fromkeys((*SYSTEMS, "list"), ("json",)),
    "staticman": ("yaml",),
    "wordpress": ("export", "json"),
    "disqus": ("export", "json"),
}
"""Each format with the kinds that it comes in."""
NAMES = (AUTO, *KINDS, *FORMATS)
"""All that a caller may say."""
_ALSO: Mapping[str, tuple[str, ...]] = {
    "wordpress": ("wxr",),
    "disqus": ("disqus-xml",),
    "blogger": ("blogger-atom",),
    "atom": ("blogger-atom",),
}
_FAINT = ("json:list", "json:isso")
"""Kinds that rest on too little to gainsay a caller."""


def source_name(said: str) -> str:
    """One of NAMES. Raises UnknownSource, with the nearest name."""
    name = said.strip().lower()
    family, _, system = name.partition(":")
    if system:
        name = {"plain": "text", "html": "html"}.get(family, system)
    name = {"plain": "text", "xml": "export"}.get(name, name)
    if name in NAMES:
        return name
    close = difflib.get_close_matches(name, NAMES, 1, 0.5)
    hint = f'did you mean "{close[0]}"?' if close else f"expected one of {', '.join(NAMES)}"
    raise UnknownSource(f'unknown source "{said[:40]}"; {hint}')


def kind_of(name: str, source: str, given: Detected | None = None) -> Detected:
    """The kind by which a source is to be read. name: one of NAMES. given: what its place suggests (a field `html`, a
    content type), which settles what detection alone cannot: what kind of machine's or no machine's words they are."""
    found = detect(source)
    if name in FORMATS:
        return found if found in FORMATS[name] else FORMATS[name][0]
    if name != AUTO:
        return found if name == "export" and found in ("json", "yaml") else name  # type: ignore[return-value]  # one of KINDS
    if given == "html" and found not in ("json", "export"):
        return "html"
    if given == "export" and not (found in ("json", "yaml") or (found == "html" and is_page(source))):
        return "export"
    return found


def split_guessed(source: str, kind: Detected) -> Section | SplitError:
    """Posts of a source whose kind was guessed; the error, returned and not raised, where the guess does not hold: it is
    refused, or it is a piece of markup in which no comments stand, and so somebody's words with tags in them."""
    try:
        section = split_any(source, kind)
    except SplitError as error:
        return error
    if kind == "html" and not section.posts and not is_page(source):
        return WrongSource("the markup is no page and holds no comments")
    return section


def split_named(source: str, name: str, kind: Detected) -> Section:
    """Posts of a source that the caller says is `name`, one of NAMES; kind: see `kind_of`.

    Raises WrongSource where it can be read but is something else, else as the splitter of the kind does; both say what
    it looks like.
    """
    try:
        section = split_any(source, kind)
    except SplitError as error:
        raise type(error)(f"{error}{_hint(source, kind)}") from None
    if name in FORMATS and not is_format(section.kind, name):
        if section.kind not in _FAINT:
            found = section.kind.rpartition(":")[2]
            raise WrongSource(f'the content is {found}, not {name}; did you mean source "{found}"?')
        section = replace(section, kind=f"json:{name}")
    if name != AUTO and not section.posts and kind == "html" and detect(source) in ("json", "export"):
        raise WrongSource(f"the content is no {name}{_hint(source, kind)}")
    return section


def is_format(kind: str, name: str) -> bool:
    """Whether a section's kind is that of a format."""
    return kind.rpartition(":")[2] == name or kind in _ALSO.get(name, ())


def _hint(source: str, kind: Detected) -> str:
    found = detect(source)
    return f'; it looks like {found}, did you mean source "{found}"?' if found != kind else ""
