"""Which finds are meant: the words and names around them, and which of several that overlap counts."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Final

from service.lexicon.forms import Find
from service.lexicon.view import View

BenignPhrase = tuple[int, int, frozenset[str]]  # where it lies, and the entries that it rules out

_RANKS: Final = {"slur": 0, "profanity": 2, "insult": 3}
_LAST: Final = 4
_GRAVE: Final = ("high", "medium", "low")
_WINDOW: Final = 60  # characters to either side in which words rule a sense out or in
_NEARBY: Final = 8  # benign phrases looked at before a find
_NAME_AFTER: Final = re.compile(r"['’]?s? (?:van |von |de |der |la |le |[A-Z]\. ?)*[A-Z][a-z]")
_NAME_BEFORE: Final = re.compile(r"(?<![.!?:] )(?<!\A)\b[A-Z](?:[a-z]+|\.) (?:van |von |de |der |la |le )*\Z")


def is_meant(find: Find, view: View, benign: Sequence[BenignPhrase]) -> bool:
    """Whether nothing around the find says that another sense is meant. benign: in order of their starts."""
    spec = find.form.spec
    at = bisect_right(benign, find.start, key=lambda phrase: phrase[0])
    for low, high, ids in reversed(benign[max(0, at - _NEARBY) : at]):
        if low <= find.start and find.end <= high and spec.entry.id in ids:
            return False
    if spec.near or spec.needs:
        around = f"{view.words[max(0, find.start - _WINDOW) : find.end + _WINDOW]} "
        if any(f" {word}" in around for word in spec.near):
            return False
        if spec.needs and not any(f" {word}" in around for word in spec.needs):
            return False
    return not (spec.name and _is_name(find, view))


def _is_name(find: Find, view: View) -> bool:
    """Whether the find is capitalised and stands beside another capitalised word, as names do."""
    start, end = view.folded.span(find.start, find.end)
    word = view.text[start:end]
    if not word[:1].isupper() or word[1:].lower() != word[1:]:
        return False
    return bool(_NAME_AFTER.match(view.text, end) or _NAME_BEFORE.search(view.text[max(0, start - _WINDOW) : start]))


def disjoint(finds: Iterable[Find]) -> list[Find]:
    """The finds that do not overlap, the more telling first: by category, plain and unambiguous, long, cheap, with as many letters
    as characters, grave."""
    kept: list[Find] = []
    for find in sorted(finds, key=_weight):
        at = bisect_right(kept, find.start, key=lambda other: other.start)
        if (at == 0 or kept[at - 1].end <= find.start) and (at == len(kept) or find.end <= kept[at].start):
            kept.insert(at, find)
    return kept


def _weight(find: Find) -> tuple[int, int, float, int, int, str]:
    entry = find.form.spec.entry
    doubtful = entry.category == "slur" and (entry.ambiguous or find.cost > 0.0)
    rank = _RANKS.get(entry.category, _LAST) + doubtful
    size = find.end - find.start
    letters = abs(len(find.form.text) - size)
    return rank, -size, find.cost, letters, _GRAVE.index(entry.severity), entry.id
