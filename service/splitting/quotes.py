"""Quoted words of somebody else inside a post: marked, so that their author is blamed and not the quoter."""

from __future__ import annotations

import re

from service.splitting.section import Quote

_QUOTED_LINE = re.compile(r"[ \t]{0,8}(?:>|&gt;)")
_ATTRIBUTION = re.compile(
    r"(?:(?P<a>[^\n]{1,60}?) (?:said|wrote|schrieb|hat geschrieben|a écrit|writes|escribió): ?|originally posted by:? (?P<b>[^\n]{1,50}))$",
    re.IGNORECASE,
)
_MARKS = re.compile(r"“([^“”\n]{12,2000})”|\"([^\"\n]{12,2000})\"|„([^„“”\n]{12,2000})[“”]|«([^«»\n]{12,2000})»")


_RUN = 4
"""Words in a row that must be shared for text to count as quoted."""


def shingles(text: str) -> frozenset[str]:
    """All runs of four words of a text, folded: what a quotation is looked up in, in time linear in the quotation."""
    words = _words(text)
    return frozenset(" ".join(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1))


def shared(text: str, known: frozenset[str]) -> float:
    """The part of a text's runs of four words that stand in `known`; 0 for fewer than four words."""
    words = _words(text)
    runs = [" ".join(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1)]
    return sum(run in known for run in runs) / len(runs) if runs else 0.0


def quoted_part(text: str) -> str:
    """What stands in the quotation marks that a text opens with, or the empty string."""
    match = _MARKS.match(text)
    return match[match.lastindex or 0] if match else ""


def find_quotes(body: str, known: frozenset[str] = frozenset()) -> tuple[Quote, ...]:
    """Lines behind ">" with their attribution, and words in quotation marks that stand in `known` (see `shingles`)."""
    found = _quoted_lines(body) if ">" in body or "&gt;" in body else []
    if known:
        found += [
            Quote(match.start(), match.end())
            for match in _MARKS.finditer(body)
            if shared(match[match.lastindex or 0], known) >= 0.8
        ]
    found.sort(key=lambda quote: quote.start)
    apart: list[Quote] = []
    for quote in found:
        if not apart or quote.start >= apart[-1].end:
            apart.append(quote)
    return tuple(apart)


def _quoted_lines(body: str) -> list[Quote]:
    """Runs of lines behind ">", each with whom the line above it names; one pass over the lines."""
    found: list[Quote] = []
    above = ""  # the latest line that is not empty and not quoted
    start, at = -1, 0
    for line in (*body.split("\n"), ""):
        quoted = bool(_QUOTED_LINE.match(line))
        if quoted and start < 0:
            start = at
        elif not quoted and start >= 0:
            by = _ATTRIBUTION.match(above) if len(above) < 80 else None
            found.append(Quote(start, at - 1, (by["a"] or by["b"]).strip() if by else None))
            start = -1
        if line and not quoted:
            above = line
        at += len(line) + 1
    return found


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
