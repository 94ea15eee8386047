"""Answers of the Perspective API: rated texts -> attribute scores with spans in UTF-16 code units."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from msgspec import UNSET

from service.errors import ScoringFailed
from service.moderation import Rated
from service.perspective.attributes import attribute_values, canonical
from service.perspective.request import Analysis, Suggestion
from service.perspective.wire import (
    AnalyzeCommentResponse,
    AttributeScores,
    Score,
    SpanScore,
    SuggestCommentScoreResponse,
)
from service.splitting.section import Post
from service.text.split_sentences import split_sentences

_DIGITS = 6

Spans = Sequence[tuple[int, int]]


def spans_of(analysis: Analysis) -> list[tuple[int, int]]:
    """The spans to score, in code points: each sentence where that was asked for, else none."""
    return split_sentences(analysis.text) if analysis.span_annotations and analysis.attributes else []


def posts_of(analysis: Analysis, spans: Spans) -> list[Post]:
    """What the pipeline rates: the whole text, then each span."""
    texts = [analysis.text, *(analysis.text[start:end] for start, end in spans)] if analysis.attributes else []
    return [Post(id=str(index), index=index, text=text) for index, text in enumerate(texts)]


def analyze_answer(analysis: Analysis, spans: Spans, rated: Sequence[Rated]) -> AnalyzeCommentResponse:
    """The answer. rated: of `posts_of`, in order. Raises `ScoringFailed` where a text has no scores."""
    if any(item.error is not None for item in rated):
        raise ScoringFailed("the comment could not be scored")
    names = {canonical(name) for name in analysis.attributes}
    values = [attribute_values(item, names) for item in rated]
    places = utf16_offsets(analysis.text)
    scores = {}
    for name, threshold in analysis.attributes.items():
        summary, *parts = [round(found[canonical(name)], _DIGITS) for found in values]
        if summary >= threshold:
            pairs = zip(spans, parts, strict=True) if spans else [((0, len(analysis.text)), summary)]
            scores[name] = AttributeScores(
                [SpanScore(places[start], places[end], Score(value)) for (start, end), value in pairs], Score(summary)
            )
    return AnalyzeCommentResponse(
        attributeScores=scores or UNSET,
        languages=analysis.languages.requested,
        detectedLanguages=analysis.languages.detected,
        clientToken=UNSET if analysis.client_token is None else analysis.client_token,
    )


def suggest_answer(suggestion: Suggestion) -> SuggestCommentScoreResponse:
    """The answer to feedback."""
    return SuggestCommentScoreResponse(
        requestedLanguages=suggestion.languages.requested,
        detectedLanguages=suggestion.languages.detected,
        clientToken=UNSET if suggestion.client_token is None else suggestion.client_token,
    )


def utf16_offsets(text: str) -> list[int]:
    """For each code point of the text, and for its end, the UTF-16 code units before it."""
    return list(accumulate((2 if ord(character) > 0xFFFF else 1 for character in text), initial=0))
