"""Whether lines without names and dates are people talking, or a text by one hand: an article, a recipe, terms of use.

A document has a title, headings, lists and clean sentences; a comment section has neither, but answers, exclamations, typing
habits that change from line to line. Logistic in shares over the lines; the weights (`genre.json`) come from
`benchmarks/train_genre.py`.
"""

from __future__ import annotations

import json
import math
import re
import statistics
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

from service.splitting.context import Reading, read_line
from service.splitting.register import comment_score, is_credit

FEWEST_LINES = 5
_READ = 400
"""So many lines are looked at: the first and the last."""
_BYLINE = re.compile(
    r"(?:by|von|par|por|text|words|written by|story by):? [A-ZÄÖÜ][\w.'’-]*(?:[ -][A-ZÄÖÜ][\w.'’-]*){1,4}(?:,.{0,60}| \|.{0,60}| on .{0,40})?"
    r"|.{0,40}\b\d{1,3} min(?:ute)?s? read\b.{0,20}|(?:an )?interview (?:with|by) .{0,80}",
    re.IGNORECASE,
)
_PAIR = re.compile(r"[A-ZÄÖÜ][\w /()-]{1,30}: \S.{0,60}")
_LISTED = re.compile(r"(?:\(?\d{1,3}[.):]|[a-z]\)|[•·*–-]|step \d|day \d|chapter \d|§)\s?\S", re.IGNORECASE)
_MEASURE = re.compile(
    r"(?:(?<!\d)\d{1,6}(?:[.,/]\d{1,4})?|[½¼¾]) ?(?:g|kg|ml|l|cl|dl|oz|lbs?|cups?|tbsp|tsp|cm|mm|EUR|USD|€|\$|%|am|pm|min(?:utes)?)\b|[$€£]\s?\d"
)
_DATED = re.compile(r"\d{4}-\d\d-\d\d|(?:19|20)\d\d\b|\b\d{1,2}[:.]\d\d\b")
_CARELESS = re.compile(
    r"[!?]{2}|\.{2,}|…|\b(?:i|im|ive|dont|cant|wont|isnt|doesnt|u|ur|thats|youre|theres)\b|\s[,.!?]|(?:[:;]-?[)(DPp])|<3|[\U0001F300-\U0001FAFF]|\b[A-Z]{4,}\b.*\b[A-Z]{4,}\b|\w[,;!?]\w"
)
_TALK = re.compile(
    r"\b(?:lol|lmao|wtf|omg|imo|imho|btw|yeah|yep|nope|dude|guys|gonna|wanna|sorry|thanks|thank you|congrats|agreed?|disagree|you(?:['’]re| are) (?:right|wrong)|well said"
    r"|(?:this|the|your|nice|great|good|interesting) (?:article|post|story|blog|comment|video|piece|author|writer|read)|(?:in|of) my opinion|i (?:think|guess|wonder|doubt|hope|bet|love|hate|wish))\b",
    re.IGNORECASE,
)
_ENGLISH = re.compile(r"\b(?:the|and|of|to|is|in|it|you|for|that)\b", re.IGNORECASE)
_SURE, _FEW = 2.0, 8
"""Log-odds from which lines are a document, and from how many lines on."""
_QUESTION_LINE = re.compile(r"[^.!]{5,90}\?")
_END = '.!?…”"’)'


def genre_features(units: Sequence[str]) -> dict[str, float]:
    """Shares over the lines of a text (none empty) and what stands at its beginning."""
    if len(units) > _READ:
        units = [*units[: _READ // 2], *units[-_READ // 2 :]]
    n = len(units)
    readings = [read_line(unit, {}) for unit in units]
    sizes = [len(unit) for unit in units]
    long = [i for i in range(n) if sizes[i] >= 60]
    heads = [i for i in range(1, n - 1) if _is_heading(units[i], units[i + 1])]
    first = units[0]
    found = {
        "bias": 1.0,
        "title": _is_title(first) and n > 2 and max(sizes[1:4]) > 1.5 * sizes[0],
        "byline": any(_BYLINE.fullmatch(unit) for unit in units[1:5] if len(unit) < 120),
        "credit": any(is_credit(unit) for unit in units[-3:]),
        "headings": len(heads) / n,
        "questions": sum(bool(_QUESTION_LINE.fullmatch(units[i])) for i in heads) / n,
        "pairs": sum(bool(_PAIR.fullmatch(unit)) for unit in units) / n,
        "listed": sum(bool(_LISTED.match(unit)) for unit in units) / n,
        "measures": sum(bool(_MEASURE.search(unit)) for unit in units if len(unit) < 80) / n,
        "dates": sum(bool(_DATED.search(unit)) for unit in units) / n,
        "clean": sum(units[i][-1] in _END and not _CARELESS.search(units[i][:500]) for i in long) / max(1, len(long)),
        "careless": sum(bool(_CARELESS.search(unit[:500])) for unit in units) / n,
        "lower": sum(unit[0].islower() for unit in units) / n,
        "talk": sum(bool(_TALK.search(unit[:500])) for unit in units) / n,
        "score": sum(map(comment_score, units)) / n,
        "answers": _share(readings, "answers"),
        "addresses": _share(readings, "addresses"),
        "first_person": sum(reading.first_person > 0 for reading in readings) / n,
        "second_person": _share(readings, "second_person"),
        "exclaims": sum("!" in unit for unit in units) / n,
        "asks": sum("?" in unit for unit in units) / n,
        "quotes": sum(unit[0] in '“"„«' for unit in units) / n,
        "spread": statistics.pstdev([math.log1p(size) for size in sizes]),
        "length": math.log1p(sum(sizes) / n) / 5,
        "unended": sum(sizes[i] >= 60 and units[i][-1].isalnum() for i in range(n)) / n,
    }
    return {name: float(value) for name, value in found.items() if value}


def _share(readings: Sequence[Reading], name: str) -> float:
    return sum(bool(getattr(reading, name)) for reading in readings) / len(readings)


def _is_title(text: str) -> bool:
    return 8 <= len(text) <= 110 and not text[0].islower() and text[-1] not in ".!,;…" and len(text.split()) >= 2


def _is_heading(text: str, below: str) -> bool:
    """A short line without an end mark above a longer one."""
    return len(text) <= 60 and not text[0].islower() and text[-1] not in ".!,;…" and len(below) >= 1.3 * len(text)


def document_odds(units: Sequence[str]) -> float:
    """Log-odds that the lines (none empty) are a document and not a comment section; 0 for fewer than FEWEST_LINES."""
    if len(units) < FEWEST_LINES:
        return 0.0
    weights = _weights()
    return sum(weights.get(name, 0.0) * value for name, value in genre_features(units).items())


def is_document(units: Sequence[str], margin: float = 0.0) -> bool:
    """Whether the lines (none empty) are surely a text by one hand: few lines, and lines that are not English, on which
    half of the features are blind, need more to show it."""
    if len(set(units)) < 0.6 * len(units) or sum(unit[0] == ">" for unit in units) > 0.2 * len(units):
        return False  # people repeat and quote one another
    bound = _SURE + margin + (len(units) < _FEW) + 2 * (not _is_english(units))
    return document_odds(units) > bound


def _is_english(units: Sequence[str]) -> bool:
    long = [unit for unit in units[:_READ] if len(unit) >= 40]
    return sum(bool(_ENGLISH.search(unit)) for unit in long) >= 0.6 * len(long)


@cache
def _weights() -> Mapping[str, float]:
    """The embedded weights."""
    weights: dict[str, float] = json.loads(resources.files(__package__).joinpath("genre.json").read_text("utf-8"))[
        "weights"
    ]
    return weights
