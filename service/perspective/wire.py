"""Requests and answers of the Perspective API as they are on the wire. Unknown fields are ignored at every level, and
null means absent, as in the original's JSON."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType


class TextEntry(Struct, frozen=True):
    """A text and how it is written."""

    text: str | None = None
    type: str | None = None


class ArticleAndParentComment(Struct, frozen=True):
    """What a comment answers."""

    article: TextEntry | None = None
    parentComment: TextEntry | None = None


class Context(Struct, frozen=True):
    """What stands around a comment: one of the two forms. It is checked and not used, as in the original."""

    entries: list[TextEntry] | None = None
    articleAndParentComment: ArticleAndParentComment | None = None


class AttributeParameters(Struct, frozen=True):
    """Options of one attribute."""

    scoreType: str | None = None
    scoreThreshold: Annotated[
        float | None, Meta(description="0 to 1; the attribute is left out of the answer below it.")
    ] = None


class Score(Struct, frozen=True):
    """A probability."""

    value: float | None = None
    type: str | None = "PROBABILITY"


class SpanScore(Struct, frozen=True):
    """The score of a part of the text, in UTF-16 code units, end exclusive."""

    begin: int | None = None
    end: int | None = None
    score: Score | None = None


class AttributeScores(Struct, frozen=True, omit_defaults=True):
    """The scores of one attribute."""

    spanScores: list[SpanScore] | None = None
    summaryScore: Score | None = None


class AnalyzeCommentRequest(Struct, frozen=True):
    """What `comments:analyze` takes."""

    comment: TextEntry | None = None
    requestedAttributes: dict[str, AttributeParameters | None] | None = None
    languages: list[str] | None = None
    context: Context | None = None
    spanAnnotations: bool | None = None
    doNotStore: bool | None = None
    clientToken: str | None = None
    sessionId: str | None = None
    communityId: str | None = None
    dropUnsupportedAttributes: bool | None = None


class AnalyzeCommentResponse(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What `comments:analyze` answers. attributeScores is absent where every attribute is below its threshold."""

    attributeScores: dict[str, AttributeScores] | UnsetType = UNSET
    languages: tuple[str, ...]
    detectedLanguages: tuple[str, ...]
    clientToken: str | UnsetType = UNSET


class SuggestCommentScoreRequest(Struct, frozen=True):
    """What `comments:suggestscore` takes. doNotStore is ours: nothing is kept then."""

    comment: TextEntry | None = None
    attributeScores: dict[str, AttributeScores | None] | None = None
    languages: list[str] | None = None
    context: Context | None = None
    doNotStore: bool | None = None
    clientToken: str | None = None
    sessionId: str | None = None
    communityId: str | None = None


class SuggestCommentScoreResponse(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What `comments:suggestscore` answers."""

    clientToken: str | UnsetType = UNSET
    requestedLanguages: tuple[str, ...]
    detectedLanguages: tuple[str, ...]


class GoogleError(Struct, frozen=True):
    """An error in Google's shape; `details` has at least one member."""

    code: int
    message: str
    status: str
    details: list[dict[str, Any]]


class GoogleErrorBody(Struct, frozen=True):
    """The one shape of every error of this surface."""

    error: GoogleError
