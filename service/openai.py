"""OpenAI's moderations in terms of our pipeline: the wire, reading requests, mapping scores. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec import Struct

from service.errors import EmptyBody, InvalidRequest, MalformedJSON, PostTooLong, TooManyPosts
from service.settings import Settings

CATEGORIES: Final = (
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
)

_DIGITS = 6
Json = dict[str, Any]
Scores = Mapping[str, float]


def _harassment(scores: Scores) -> float:
    return max(scores[label] for label in ("insult", "toxicity") if label in scores)


# Category -> the labels it needs (one of them for harassment), and its score. What is not here is not scored.
_RULES: Final[Mapping[str, tuple[frozenset[str], Callable[[Scores], float]]]] = MappingProxyType(
    {
        "harassment": (frozenset(), _harassment),
        "harassment/threatening": (frozenset({"threat"}), lambda s: min(s["threat"], _harassment(s))),
        "hate": (frozenset({"identity_attack"}), lambda s: s["identity_attack"]),
        "hate/threatening": (
            frozenset({"identity_attack", "threat"}),
            lambda s: min(s["identity_attack"], s["threat"]),
        ),
        "sexual": (frozenset({"sexual_explicit"}), lambda s: s["sexual_explicit"]),
        "violence": (frozenset({"threat"}), lambda s: s["threat"]),
    }
)


class ModerationRequest(Struct, frozen=True):
    """What is to be judged: a string, a list of strings, or a list of parts of which only text is taken."""

    input: str | list[str | Json] | None = None
    model: str | None = None


class ModerationResult(Struct, frozen=True):
    """One input's judgement; every map has all thirteen categories."""

    flagged: bool
    categories: dict[str, bool]
    category_scores: dict[str, float]
    category_applied_input_types: dict[str, list[str]]


class ModerationAnswer(Struct, frozen=True):
    """The answer. model: the one that judged, whatever was asked for."""

    id: str
    model: str
    results: tuple[ModerationResult, ...]


class OpenAIError(Struct, frozen=True):
    """An error in OpenAI's shape; all members are always there."""

    message: str
    type: str
    param: str | None
    code: str | None


class OpenAIErrorBody(Struct, frozen=True):
    """The one shape of every error of this surface."""

    error: OpenAIError


_decoder = msgspec.json.Decoder(ModerationRequest)


def read_moderation(body: bytes, settings: Settings) -> list[str]:
    """The texts to judge, one a result. Raises `EmptyBody`, `MalformedJSON`, `InvalidRequest`, and `LimitExceeded`'s kinds."""
    try:
        request = _decoder.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except msgspec.ValidationError as error:
        field = "model" if "`$.model" in str(error) else "input" if "`$.input" in str(error) else None
        raise InvalidRequest(f"Invalid request: {error}", field) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedJSON("We could not parse the JSON body of your request.") from None
    if request.input is None:
        raise InvalidRequest("Missing required parameter: 'input'.", "input")
    texts = _texts(request.input)
    if len(texts) > settings.max_posts:
        raise TooManyPosts(f"'input' has {len(texts)} strings; at most {settings.max_posts} are allowed.", "input")
    for text in texts:
        if len(text) > settings.max_characters:
            raise PostTooLong(
                f"A text of 'input' has {len(text)} characters; at most {settings.max_characters} are allowed.", "input"
            )
    return texts


def scored_categories(labels: Sequence[str]) -> tuple[str, ...]:
    """The categories that a model with these labels can score, in the API's order."""
    if not {"insult", "toxicity"} & set(labels):
        scored = {name for name, (needed, _) in _RULES.items() if needed and needed <= set(labels)}
        scored.discard("harassment/threatening")
    else:
        scored = {name for name, (needed, _) in _RULES.items() if needed <= set(labels)}
    return tuple(name for name in CATEGORIES if name in scored)


def result_of(scores: Scores, scored: Sequence[str], threshold: float) -> ModerationResult:
    """One result. scores: empty for a blank text, for which nothing counts as scored."""
    values = {name: round(_RULES[name][1](scores), _DIGITS) for name in scored} if scores else {}
    categories = {name: values.get(name, 0.0) >= threshold for name in CATEGORIES}
    return ModerationResult(
        flagged=any(categories.values()),
        categories=categories,
        category_scores={name: values.get(name, 0.0) for name in CATEGORIES},
        category_applied_input_types={name: ["text"] if name in values else [] for name in CATEGORIES},
    )


def _texts(given: str | list[str | Json]) -> list[str]:
    if isinstance(given, str):
        return [given]
    if not given:
        raise EmptyBody("'input' must not be an empty array.", "input")
    strings = [item for item in given if isinstance(item, str)]
    if len(strings) == len(given):
        return strings
    if strings:
        raise InvalidRequest("'input' must be strings or parts, not both.", "input")
    return ["\n\n".join(_part(part) for part in given if isinstance(part, dict))]


def _part(part: Json) -> str:
    kind, text = part.get("type"), part.get("text")
    if kind == "text" and isinstance(text, str):
        return text
    if kind == "image_url":
        raise InvalidRequest("Invalid 'input': image inputs are not supported here, only text is.", "input")
    raise InvalidRequest("Invalid 'input': each part must be of type 'text' and have a 'text'.", "input")
