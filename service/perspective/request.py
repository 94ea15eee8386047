"""Reading requests of the Perspective API: bytes -> a checked value, with the original's exact errors."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeVar

import msgspec

from service.errors import InvalidArgument
from service.perspective.attributes import canonical, is_known, scored_attributes
from service.perspective.wire import (
    AnalyzeCommentRequest,
    AttributeParameters,
    AttributeScores,
    Context,
    SuggestCommentScoreRequest,
    TextEntry,
)
from service.text.language import detect_language

MAX_BYTES: Final = 20_480
_PROBABILITY: Final = (None, "PROBABILITY", "SCORE_TYPE_UNSPECIFIED")
_INT32: Final = 2**31 - 1
_PLAIN: Final = (None, "PLAIN_TEXT", "TEXT_TYPE_UNSPECIFIED")

T = TypeVar("T")

_analyze = msgspec.json.Decoder(AnalyzeCommentRequest)
_suggest = msgspec.json.Decoder(SuggestCommentScoreRequest)


@dataclass(frozen=True, slots=True)
class Languages:
    """requested: as the caller named them, or the detected one. detected: never empty, best first."""

    requested: tuple[str, ...]
    detected: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Analysis:
    """A checked request. attributes: requested name -> threshold, in the caller's order; every one can be scored.

    keep: the service may remember the text's scores.
    """

    text: str
    attributes: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    languages: Languages = field(default_factory=lambda: Languages(("en",), ("en",)))
    span_annotations: bool = False
    client_token: str | None = None
    keep: bool = True


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Checked feedback. attributes: name -> what the moderator says of it. keep: it may be stored."""

    text: str
    attributes: Mapping[str, AttributeScores]
    languages: Languages
    keep: bool
    client_token: str | None = None
    community_id: str | None = None


def read_analyze(body: bytes, labels: Collection[str], supported: Collection[str]) -> Analysis:
    """The request of `comments:analyze`. labels: of the model; supported: its languages, "*" for any.

    Raises `InvalidArgument`.
    """
    request = _decode(_analyze, body)
    text = _text(request.comment, request.context)
    attributes = _attributes(request, labels)
    languages = _languages(text, request.languages, supported)
    if not _are_supported(languages.requested, supported):
        if not request.dropUnsupportedAttributes:
            raise _language_error(next(iter(attributes), "TOXICITY"), languages, named=bool(request.languages))
        attributes = {}
    return Analysis(
        text, attributes, languages, bool(request.spanAnnotations), request.clientToken, keep=not request.doNotStore
    )


def read_suggest(body: bytes, supported: Collection[str]) -> Suggestion:
    """The request of `comments:suggestscore`; feedback is taken in any language. Raises `InvalidArgument`."""
    request = _decode(_suggest, body)
    text = _text(request.comment, request.context)
    if not request.attributeScores:
        raise InvalidArgument("Missing attribute_scores")
    return Suggestion(
        text=text,
        attributes={name: _feedback(name, scores) for name, scores in request.attributeScores.items()},
        languages=_languages(text, request.languages, supported),
        keep=not request.doNotStore,
        client_token=request.clientToken,
        community_id=request.communityId,
    )


def _decode(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """An empty body counts as an empty object."""
    try:
        return decoder.decode(body.removeprefix(b"\xef\xbb\xbf") if body.strip() else b"{}")
    except msgspec.ValidationError as error:
        raise InvalidArgument(f"Invalid JSON payload received. {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidArgument("Invalid JSON payload received. The body is not JSON in UTF-8.") from None


def _text(comment: TextEntry | None, context: Context | None) -> str:
    if context is not None and context.entries is not None and context.articleAndParentComment is not None:
        raise InvalidArgument(
            "Context can have either entries or article_and_parent_comment, but both fields were populated."
        )
    entry = comment if comment is not None else TextEntry()
    if entry.type == "HTML":
        raise InvalidArgument("Currently, only 'PLAIN_TEXT' comments are supported")
    if entry.type not in _PLAIN:
        raise InvalidArgument("Unknown text type")
    if entry.text is None or not entry.text.strip():
        raise InvalidArgument("Comment must be non-empty.", "COMMENT_EMPTY")
    if len(entry.text.encode()) > MAX_BYTES:
        raise InvalidArgument("Comment text too long.", "COMMENT_TOO_LONG")
    return entry.text


def _attributes(request: AnalyzeCommentRequest, labels: Collection[str]) -> dict[str, float]:
    if not request.requestedAttributes:
        raise InvalidArgument("Missing requested_attributes", "NO_REQUESTED_ATTRIBUTES")
    scored = scored_attributes(labels)
    attributes = {}
    for name, parameters in request.requestedAttributes.items():
        if canonical(name) in scored:
            attributes[name] = _threshold(name, parameters if parameters is not None else AttributeParameters())
        elif not (request.dropUnsupportedAttributes and is_known(name)):
            raise InvalidArgument(f"Unknown requested attribute: {name[:200]}")
    return attributes


def _threshold(name: str, parameters: AttributeParameters) -> float:
    if parameters.scoreType not in _PROBABILITY:
        raise InvalidArgument(f"Requested score type {parameters.scoreType} is not supported by attribute {name}")
    threshold = parameters.scoreThreshold if parameters.scoreThreshold is not None else 0.0
    if not 0.0 <= threshold <= 1.0:
        raise InvalidArgument(f"Score threshold of attribute {name} must be between 0 and 1.")
    return threshold


def _languages(text: str, named: Sequence[str] | None, supported: Collection[str]) -> Languages:
    """Where a text's language cannot be told, it counts as the first that is asked for or supported."""
    default = next((tag for tag in (*(named or ()), *supported) if _base(tag).isalpha()), "en")
    detected = detect_language(text, _base(default))
    return Languages(tuple(named or (detected,)), (detected,))


def _are_supported(tags: Sequence[str], supported: Collection[str]) -> bool:
    return "*" in supported or all(_base(tag) in supported for tag in tags)


def _base(tag: str) -> str:
    """en for en-GB and EN_us."""
    return tag.replace("_", "-").partition("-")[0].lower()


def _language_error(attribute: str, languages: Languages, *, named: bool) -> InvalidArgument:
    detail: dict[str, object] = {"attribute": attribute, "detectedLanguages": list(languages.detected)}
    if named:
        detail["requestedLanguages"] = list(languages.requested)
    return InvalidArgument(
        f"Attribute {attribute} does not support request languages: {', '.join(languages.requested)}",
        "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
        {"languageNotSupportedByAttributeError": detail},
    )


def _feedback(name: str, scores: AttributeScores | None) -> AttributeScores:
    """One attribute's feedback, checked: a value for the whole text or for spans."""
    if scores is None or (scores.summaryScore is None and not scores.spanScores):
        raise InvalidArgument(f"Attribute {name[:200]} has no score")
    for span in scores.spanScores or ():
        if span.begin is None or span.end is None or not 0 <= span.begin <= span.end <= _INT32:
            raise InvalidArgument(f"A span of attribute {name[:200]} has no valid begin and end")
    given = [scores.summaryScore] if scores.summaryScore is not None else []
    given += [span.score for span in scores.spanScores or () if span.score is not None]
    if len(given) < len(scores.spanScores or ()):
        raise InvalidArgument(f"A span of attribute {name[:200]} has no score")
    for score in given:
        if score.value is None or not 0.0 <= score.value <= 1.0:
            raise InvalidArgument(f"A score of attribute {name[:200]} must have a value between 0 and 1")
        if score.type not in _PROBABILITY:
            raise InvalidArgument(f"Score type {score.type} is not supported by attribute {name[:200]}")
    return scores
