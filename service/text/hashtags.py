"""Hashtags in camel case, read as the words that they are made of: `#StopTheSteal` is "stop the steal"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from service.text.fold import Folded

_TAG: Final = re.compile(r"#(?=[A-Za-z0-9_]*[A-Za-z])([A-Za-z0-9_]{4,80})(?![A-Za-z0-9_])")
_PART: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")


def hashtags(text: str) -> Iterator[Folded]:
    """The reading of each hashtag that shows its words by capitals, figures or low lines; offsets are those of the text."""
    for tag in _TAG.finditer(text):
        parts = [part.span() for part in _PART.finditer(text, *tag.span(1))]
        if len(parts) > 1:
            yield _read(text, parts)


def _read(text: str, parts: list[tuple[int, int]]) -> Folded:
    """The parts with blanks between them. A blank stands for the first character of the part that follows."""
    places: list[int] = []
    for start, end in parts:
        if places:
            places.append(start)
        places.extend(range(start, end))
    words = " ".join(text[start:end].lower() for start, end in parts)
    return Folded(words, places, [place + 1 for place in places])
