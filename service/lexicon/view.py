"""View: a post as the matchers look at it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from service.text.fold import Folded

_LINK: Final = re.compile(r"(?:https?://|www\.)\S++")


class _Blank(dict[int, str]):
    """code point -> itself for letters and digits, a space for the rest."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        shown = self[code] = character if character.isalnum() else " "
        return shown


_BLANK: Final = _Blank((code, chr(code) if chr(code).isalnum() else " ") for code in range(128))


@dataclass(frozen=True, slots=True)
class View:
    """A post, folded. read: the folded text with blanks for links, which are nobody's words. words: the same, padded with a
    blank at each end, with blanks for all that is neither letter nor digit; place i of the folded text is place i + 1."""

    text: str
    folded: Folded
    read: str
    words: str


def look(text: str, folded: Folded) -> View:
    """The view of a text that was folded."""
    read = folded.text
    if "://" in read or "www." in read:
        read = _LINK.sub(lambda link: " " * len(link.group()), read)
    return View(text, folded, read, f" {read.translate(_BLANK)} ")


def places(words: str, word: str) -> Iterator[int]:
    """Where a word stands between blanks, in places of the folded text. words: that text, padded with a blank at each end."""
    padded = f" {word} "
    at = words.find(padded)
    while at >= 0:
        yield at
        at = words.find(padded, at + 1)
