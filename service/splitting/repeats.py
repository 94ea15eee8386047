"""What the records of a page have in common: labels, ranks and buttons, which are nobody's words, and where names stand.

A text that most records show (numbers aside) was written by the software. Nothing here looks at the names of elements.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence

from lxml.html import HtmlElement

from service.splitting.dates import find_date
from service.splitting.lines import is_name, is_noise
from service.splitting.markup import flat

_FEWEST = 3
"""Records from which on a repetition means something."""
_NUMBER = re.compile(r"\d[\d.,:]*")
_LONGEST = 60


def folded(text: str) -> str:
    """A label in the form in which labels are compared: numbers aside."""
    return _NUMBER.sub("0", " ".join(text.split()).lower())


def find_labels(owned: Sequence[Sequence[HtmlElement]]) -> frozenset[str]:
    """The short texts, folded, that at least half of the records show. owned: the elements of each record."""
    if len(owned) < _FEWEST:
        return frozenset()
    counts: Counter[str] = Counter()
    for own in owned:
        counts.update(
            {folded(text) for node in own for text in (node.text, node.tail) if text and len(text) <= _LONGEST}
        )
    return frozenset(label for label, count in counts.items() if label and count >= max(_FEWEST, 0.5 * len(owned)))


def is_label(text: str, labels: Collection[str]) -> bool:
    """Whether a text is the software's: a label of the page, a button, a date alone."""
    short = text.strip()
    if not short:
        return True
    if len(short) > _LONGEST:
        return False
    if folded(short) in labels or is_noise(short):
        return True
    hit = find_date(short)
    return bool(hit and hit.end - hit.start >= 0.6 * len(short))


def weigh(
    record: HtmlElement, own: Sequence[HtmlElement], labels: Collection[str], heads: Collection[HtmlElement]
) -> dict[HtmlElement, int]:
    """Characters that people may have written in each element of a record, those inside it included.

    heads: the elements with the name and the date, which do not count.
    """
    weights: dict[HtmlElement, int] = dict.fromkeys(own, 0)
    silent: set[HtmlElement] = set()
    for node in own:  # in document order, so that parents come first
        if node in heads or node.getparent() in silent:
            silent.add(node)
        size = 0 if node in silent or is_label(node.text or "", labels) else len((node.text or "").strip())
        above: HtmlElement | None = node
        while size and above is not None and above in weights:
            weights[above] += size
            above = above.getparent()
        parent = node.getparent()
        after = (
            0
            if node is record or parent in silent or is_label(node.tail or "", labels)
            else len((node.tail or "").strip())
        )
        while after and parent is not None and parent in weights:
            weights[parent] += after
            parent = parent.getparent()
    return weights


def find_name_shape(
    owned: Sequence[Sequence[HtmlElement]], labels: Collection[str], shapes: Sequence[Sequence[str]]
) -> str | None:
    """The shape of the first element that holds what may be a name in most records, and not the same in all.

    shapes: that of each element in `owned`.
    """
    seen: Counter[str] = Counter()
    names: dict[str, set[str]] = {}
    order: dict[str, int] = {}
    for own, forms in zip(owned, shapes, strict=True):
        here: set[str] = set()
        for place, (node, form) in enumerate(zip(own, forms, strict=True)):
            if form in here or len(node) > 1:
                continue
            text = flat(node, 60)
            if not text or len(text) > 40 or not is_name(text) or is_label(text, labels):
                continue
            here.add(form)
            seen[form] += 1
            names.setdefault(form, set()).add(text)
            order[form] = min(order.get(form, place), place)
    most = [form for form in seen if seen[form] >= 0.7 * len(owned) and (len(names[form]) > 1 or len(owned) == 1)]
    return min(most, key=lambda form: order[form], default=None)
