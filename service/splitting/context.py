"""What a bare line is among its neighbours: shared words, habits of typing, how posts open, the section's line lengths.

`pairs.py` looks at two lines alone. Here each line is read once (a bounded part of it, so the cost is linear), and the
features of a border are put together from the readings of the lines around it.
"""

from __future__ import annotations

import math
import re
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_READ = 500
"""So many characters of a line are read."""
_WORD = re.compile(r"[^\W\d_]{3,}")
_OPENING = re.compile(r"[\w'’]+|[^\w\s]")
_SENTENCE = re.compile(r"[.!?…][\"”’)]?\s")
_ENDED = re.compile(r"[.!?…][\"”’)]*$")
_SMALL = frozenset(
    [
        "the",
        "and",
        "but",
        "for",
        "with",
        "from",
        "this",
        "that",
        "these",
        "those",
        "they",
        "them",
        "their",
        "there",
        "then",
        "than",
        "have",
        "has",
        "had",
        "was",
        "were",
        "are",
        "been",
        "will",
        "would",
        "can",
        "could",
        "should",
        "what",
        "which",
        "who",
        "when",
        "how",
        "why",
        "all",
        "any",
        "some",
        "more",
        "most",
        "other",
        "into",
        "out",
        "about",
        "after",
        "before",
        "also",
        "only",
        "very",
        "much",
        "many",
        "such",
        "not",
        "you",
        "your",
        "our",
        "his",
        "her",
        "him",
        "she",
        "its",
        "it's",
        "don't",
        "just",
        "like",
        "one",
        "think",
        "know",
        "people",
        "get",
        "got",
        "really",
        "say",
        "said",
        "der",
        "die",
        "das",
        "und",
        "ist",
        "nicht",
        "ich",
        "sie",
        "wir",
        "ein",
        "eine",
        "mit",
        "auf",
        "für",
        "dem",
        "den",
        "des",
        "sich",
        "auch",
        "als",
        "wie",
        "aber",
        "was",
        "dass",
        "man",
        "bei",
        "hat",
        "sind",
    ]
)
_POINTS_BACK = re.compile(
    r"(?:it|it['’]s|this|that|that['’]s|they|they['’]re|these|those|he|she|such|there|his|her|their|them|its|dies\w*|das|er|sie|es)\b",
    re.IGNORECASE,
)
_ANSWERS = re.compile(
    r"(?:i (?:totally |completely |fully )?(?:agree|disagree|concur|second)|agreed?|disagree|exactly|absolutely|precisely|amen|well said"
    r"|(?:so|very|too) true|(?:good|great|nice|excellent|interesting) (?:point|one|job|luck|post|article|idea|work|read|stuff)|thanks?|thank you"
    r"|not (?:really|true|sure)|actually|really\?|wrong|nonsense|bull\w*|lol|haha\w*|wow|omg|yes|yep|yeah|no|nope|right|correct|indeed"
    r"|true|seriously|please|sorry|same|me too|ditto|congrat\w*|awesome|amazing|love(?:d|ly)?|hi|hey|hello|dear|danke|stimmt|genau|ja|nein"
    r"|hallo|спасибо|да|нет)\b",
    re.IGNORECASE,
)
_ADDRESSES = re.compile(
    r"(?:your|you|you['’]re|du|ihr|are you|do you|did you|have you|why (?:do|are|would|don['’]t) you|if you|maybe you|as you)\b",
    re.IGNORECASE,
)
_FIRST_PERSON = re.compile(r"\b(?:I|I['’](?:m|ve|d|ll)|[Mm]y|me|ich|mein\w*|mir|я|мне)\b")
_SECOND_PERSON = re.compile(r"\b(?:you|your|you['’]re|u|ur|du|dein\w*|вы|ты)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """One line, read once. style: shares per sign class; opening: log-odds that its first words open a post."""

    size: int
    words: frozenset[str]
    style: tuple[float, ...]
    opening: tuple[float, float]
    points_back: bool
    answers: bool
    addresses: bool
    first_person: float
    second_person: bool
    sentences: int
    ended: bool


def opening_words(text: str) -> list[str]:
    """The first one, two and three words or signs of a line, folded."""
    parts = [part.lower().replace("’", "'") for part in _OPENING.findall(text[:80])[:3]]
    return [" ".join(parts[:count]) for count in range(1, len(parts) + 1)]


def read_line(text: str, openers: Mapping[str, float]) -> Reading:
    """`text` is not empty; `openers` maps opening words to log-odds."""
    part = text[:_READ]
    size = len(part) + 20
    known = [openers[key] for key in opening_words(text) if key in openers]
    return Reading(
        len(text),
        frozenset(word for word in _WORD.findall(part.lower()) if word not in _SMALL),
        (
            40 * part.count("!") / size,
            40 * (part.count("...") + part.count("…")) / size,
            20 * part.count(",") / size,
            40 * part.count("?") / size,
            40 * part.count("  ") / size,
            20 * (part.count('"') + part.count("“") + part.count("”")) / size,
            40 * (part.count(" i ") + part.count(" im ")) / size,
            sum(map(str.isupper, part)) / size,
        ),
        (known[-1], known[0]) if known else (0.0, 0.0),
        bool(_POINTS_BACK.match(text)),
        bool(_ANSWERS.match(text)),
        bool(_ADDRESSES.match(text)),
        len(_FIRST_PERSON.findall(part)) / (1 + len(part) / 200),
        bool(_SECOND_PERSON.search(part)),
        min(8, 1 + len(_SENTENCE.findall(part))),
        bool(_ENDED.search(text[-4:])),
    )


class Context:
    """The readings of a section's lines (none of them empty) and what is usual in it."""

    def __init__(self, texts: Sequence[str], openers: Mapping[str, float]) -> None:
        self.readings = [read_line(text, openers) for text in texts]
        count = len(texts)
        seen = Counter(word for reading in self.readings for word in reading.words)
        self._rarity = {word: math.log((count + 1) / (times + 0.5)) ** 2 for word, times in seen.items()}
        self._weights = [sum(self._rarity[word] for word in reading.words) for reading in self.readings]
        sizes = [reading.size for reading in self.readings]
        self._median = statistics.median(sizes)
        self._usual = {
            "doc_median": math.log1p(self._median),
            "doc_mean": math.log1p(sum(sizes) / count),
            "doc_short": sum(size < 100 for size in sizes) / count,
            "doc_unended": sum(not reading.ended for reading in self.readings) / count,
            "doc_first_person": sum(reading.first_person > 0 for reading in self.readings) / count,
        }

    def features(self, i: int) -> dict[str, float]:
        """Whether line i opens a post, i >= 1: what the lines i - 2 to i + 1 tell."""
        a, b = self.readings[i - 1], self.readings[i]
        c = self.readings[i + 1] if i + 1 < len(self.readings) else None
        found = {
            **self._usual,
            "shared": self._likeness(i - 1, i),
            "shared_words": min(6, len(a.words & b.words)),
            "shared_next": self._likeness(i, i + 1) if c else 0.0,
            "shared_around": self._likeness(i - 1, i + 1) if c else 0.0,
            "shared_before": self._likeness(i - 2, i) if i > 1 else 0.0,
            "opening": b.opening[0],
            "opening_word": b.opening[1],
            "opening_a": a.opening[0],
            "opening_c": c.opening[0] if c else 0.0,
            "b_points_back": b.points_back,
            "b_answers": b.answers,
            "c_answers": bool(c and c.answers),
            "b_addresses": b.addresses,
            "c_points_back": bool(c and c.points_back),
            "first_person_a": a.first_person,
            "first_person_b": b.first_person,
            "second_person_a": a.second_person,
            "second_person_b": b.second_person,
            "second_person_new": b.second_person and not a.second_person,
            "sentences_a": a.sentences,
            "sentences_b": b.sentences,
            "one_sentence_both": a.sentences == 1 and b.sentences == 1,
            "ended_a": a.ended,
            "ended_b": b.ended,
            "ended_differs": a.ended != b.ended,
            "last": c is None,
            "relative_a": math.log((a.size + 10) / (self._median + 10)),
            "relative_b": math.log((b.size + 10) / (self._median + 10)),
            "relative_c": math.log((c.size + 10) / (self._median + 10)) if c else -1.0,
        }
        for k, (left, right) in enumerate(zip(a.style, b.style, strict=True)):
            found[f"style_{k}"] = abs(left - right)
            found[f"style_b_{k}"] = right
        return {name: float(value) for name, value in found.items() if value}

    def _likeness(self, i: int, j: int) -> float:
        """Cosine of two lines' words, rare ones counting more."""
        common = self.readings[i].words & self.readings[j].words
        if not common:
            return 0.0
        return sum(self._rarity[word] for word in common) / math.sqrt(1e-9 + self._weights[i] * self._weights[j])
