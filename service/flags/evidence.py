"""Evidence: spans of the lexicon and of the model's attribution merged. Never overlapping, whole words, in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from models.types import Attribution
from service.flags.context import PostContext
from service.flags.types import Evidence
from service.lexicon import Match
from service.text.spans import widen

MOST_FROM_MODEL = 6
LEAST_SHARE = 0.4  # of the strongest attribution's weight
LONGEST = 120  # characters of one model span: a span over half a post shows nothing


def gather(
    post: PostContext, matches: Iterable[Match], attributions: Sequence[Attribution] = (), label: str = ""
) -> tuple[Evidence, ...]:
    """Evidence of a flag: matches first, the model's spans (source "model:<label>") where they do not overlap these."""
    spans = [(*widen(post.text, match.start, match.end), f"lexicon:{match.entry.id}") for match in matches]
    kept = _without_overlaps(sorted(spans, key=lambda span: (span[0] - span[1], span[0])), [])
    usable = [a for a in attributions if a.start < a.end and a.end - a.start <= LONGEST]
    usable = [a for a in usable if not post.quoted(a.start, a.end)]
    floor = LEAST_SHARE * max((a.weight for a in usable), default=0.0)
    strongest = sorted((a for a in usable if a.weight >= floor), key=lambda a: (-a.weight, a.start))
    of_model = [(*widen(post.text, a.start, a.end), f"model:{label}") for a in strongest[:MOST_FROM_MODEL]]
    kept = _without_overlaps([span for span in of_model if _has_letter(post.text[span[0] : span[1]])], kept)
    return tuple(Evidence(start, end, post.text[start:end], source) for start, end, source in sorted(kept))


def _without_overlaps(
    spans: Iterable[tuple[int, int, str]], kept: list[tuple[int, int, str]]
) -> list[tuple[int, int, str]]:
    taken = {place for start, end, _ in kept for place in range(start, end)}
    for span in spans:
        places = range(span[0], span[1])
        if taken.isdisjoint(places):
            taken.update(places)
            kept = [*kept, span]
    return kept


def _has_letter(text: str) -> bool:
    return any(character.isalnum() for character in text)
