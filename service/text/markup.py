"""Markup inside words, as a page shows it: `<b>f</b>oo`, `f**o**o`, `[b]f[/b]oo`, `f&shy;oo`, `f(o)o` and `f\\oo` read "foo".

Only what stands in or at a letter is taken away, so that ordinary emphasis, code and brackets around words stay as they are.
"""

from __future__ import annotations

import re
from typing import Final

from service.text.fold import Folded, fold

_SIGNS: Final = frozenset("<[&*_~`|\\(")
_TAG: Final = r"</?[a-zA-Z][^<>\n]{0,40}>|<!--[^<>\n]{0,40}-->"
_CODE: Final = r"\[/?(?:b|i|u|s|em|strong|color|size|spoiler|sub|sup|url|font)(?:=[^\[\]\n]{0,40})?\]"
_ENTITY: Final = (
    r"&(?:shy|zwnj|zwj|zwsp|lrm|rlm|nobreak|#(?:173|8203|8204|8205|8288)|#x(?:ad|200b|200c|200d|2060|feff));"
)
_WHOLE: Final = re.compile(rf"(?:{_TAG}|{_CODE}|{_ENTITY})+", re.IGNORECASE)
# Emphasis of a part of a word, a letter in brackets, an escaped letter: the letters between are kept.
_PART: Final = re.compile(
    r"(?<=[^\W_])(\*{1,3}|_{1,3}|~~|`{1,2}|\|\|)(?P<a>[^\W_]{1,20})\1"
    r"|(?<!\w)(\*{1,3}|_{1,3}|~~|`{1,2}|\|\|)(?P<b>[^\W_]{1,20})\3(?=[^\W_])"
    r"|(?<=[^\W_])\((?P<c>[^\W\d_])\)(?=[^\W_])"
    r"|(?<=[^\W_])\\(?P<d>[^\W\d_])"
)


def unmarked(text: str) -> Folded | None:
    """The folded text without markup inside its words, with offsets of the text; None where there is none. Linear."""
    if _SIGNS.isdisjoint(text):
        return None
    cuts = [found.span() for found in _WHOLE.finditer(text) if _touches_letter(text, *found.span())]
    for found in _PART.finditer(text):
        name = found.lastgroup or ""
        cuts += [(found.start(), found.start(name)), (found.end(name), found.end())]
    if not cuts:
        return None
    kept: list[int] = []
    at = 0
    for start, end in sorted(cuts):
        kept.extend(range(at, start))
        at = max(at, end)
    kept.extend(range(at, len(text)))
    folded = fold("".join([text[place] for place in kept]))
    starts = [kept[place] for place in folded.starts]
    return Folded(folded.text, starts, [place + 1 for place in starts], folded.ordered)


def _touches_letter(text: str, start: int, end: int) -> bool:
    """Whether the markup at start:end has a letter on both sides, or beside more markup of the word."""
    return (start > 0 and text[start - 1].isalpha()) or (end < len(text) and text[end].isalpha())
