"""The request and the answer of POST /moderate as they are on the wire. OpenAPI's schemas are made from these classes."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType


class PostInput(Struct, frozen=True, forbid_unknown_fields=True):
    """One comment of a caller that has its comments already split."""

    id: Annotated[str | int, Meta(description="Yours, unique in the request; it comes back as a string.")]
    text: Annotated[str, Meta(description="The comment's body.")]
    author: Annotated[str | None, Meta(description="Who wrote it.")] = None
    parent_id: Annotated[str | int | None, Meta(description="The id of the comment that it answers.")] = None
    created_at: Annotated[str | None, Meta(description="Passed through unchanged.")] = None


class ModerateRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Exactly one of `text`, `html`, `export` and `posts`; what it is is detected, unless `source` says it."""

    text: Annotated[
        str | UnsetType, Meta(description="A whole comment section as plain text, or anything that is to be detected.")
    ] = UNSET
    html: Annotated[str | UnsetType, Meta(description="A page with comments.")] = UNSET
    export: Annotated[
        str | UnsetType,
        Meta(description="An export in XML (WXR, Disqus, Blogger, a feed), JSON of a comment system, YAML."),
    ] = UNSET
    posts: Annotated[tuple[PostInput, ...] | UnsetType, Meta(description="Comments that are split already.")] = UNSET
    policy: Annotated[str | None, Meta(description="A policy's name; absent: the service's default.")] = None
    source: Annotated[
        str,
        Meta(
            description="What the content is, whichever of `text`, `html` and `export` it stands in: `auto` (detected), a kind "
            "(`text`, `html`, `export`, `json`, `yaml`) or a format (`wxr`, `disqus-xml`, `blogger-atom`, `rss`, `atom`, `youtube`, "
            "`reddit`, `discourse`, `commento`, `isso`, `remark42`, `mastodon`, `activitypub`, `list`, `staticman`, ...).",
            examples=["auto", "text", "html", "wxr", "reddit"],
        ),
    ] = "auto"


class NameVersion(Struct, frozen=True):
    """What judged: a model or a policy."""

    name: str
    version: str


class Span(Struct, frozen=True):
    """Half-open code points."""

    start: int | None
    end: int | None


class SourceAnswer(Struct, frozen=True):
    """How the source was read."""

    kind: Annotated[str, Meta(description="The convention that was detected, such as `plain:bare` or `wxr`.")]
    confidence: Annotated[float, Meta(description="0 to 1: how sure the splitting is.")]
    notes: Annotated[tuple[str, ...], Meta(description="What was repaired or left out, in words.")]


class EvidenceAnswer(Struct, frozen=True):
    """Words that support a flag."""

    start: Annotated[int, Meta(description="Code point of the post's own text, first of the evidence.")]
    end: Annotated[int, Meta(description="Code point of the post's own text, after the evidence.")]
    text: str
    source: Annotated[str, Meta(description="Such as `lexicon:slur/...` or `model:insult`.")]


class FlagAnswer(Struct, frozen=True):
    """One finding, with its evidence."""

    type: Annotated[str, Meta(description="`slur`, `harassment` or `conspiracy`.")]
    score: Annotated[float, Meta(description="0 to 1.")]
    severity: Annotated[str, Meta(description="`low`, `medium` or `high`.")]
    evidence: tuple[EvidenceAnswer, ...]
    target: Annotated[str | None, Meta(description="Who is meant, if known: person, group, commenter, ...")]
    groups: Annotated[tuple[str, ...], Meta(description="Groups that a slur is aimed at.")]
    reason: Annotated[str, Meta(description="Why, in words.")]


class QuoteAnswer(Struct, frozen=True):
    """A part of the post that repeats somebody else's words. It is not scored."""

    start: int
    end: int
    author: str | None


class PostError(Struct, frozen=True):
    """Why this post alone has no scores."""

    code: str
    message: str


class PostAnswer(Struct, frozen=True):
    """One comment with its scores, its flags and what to do with it."""

    id: str
    index: int
    author: str | None
    created_at: Annotated[str | None, Meta(description="ISO 8601 where the source has a full date, else as written.")]
    parent_id: str | None
    start: Annotated[int | None, Meta(description="Code point of the request's text; null where it was markup.")]
    end: int | None
    text: str
    quotes: tuple[QuoteAnswer, ...]
    language: Annotated[str | None, Meta(description="ISO 639-1; null where it cannot be told.")]
    coverage: Annotated[
        str,
        Meta(description="`full`; `lexicon-only`: the model does not read the language, only the lexicon was used."),
    ]
    scores: Annotated[
        dict[str, float],
        Meta(
            description="Probability per label. A label that the model does not give is absent, never zero; "
            "where coverage is `lexicon-only` all are absent."
        ),
    ]
    flags: tuple[FlagAnswer, ...]
    action: Annotated[str, Meta(description="`approve`, `review` or `reject`.")]
    reasons: tuple[str, ...]
    error: PostError | UnsetType = UNSET


class ModerateAnswer(Struct, frozen=True):
    """The answer of POST /moderate."""

    id: Annotated[str, Meta(description="Of this request; also in the log and in the header x-request-id.")]
    model: NameVersion
    policy: NameVersion
    source: SourceAnswer
    article: Annotated[Span | None, Meta(description="The part of the text that is not comments.")]
    posts: tuple[PostAnswer, ...]


class Liveness(Struct, frozen=True):
    """The process answers."""

    status: str


class Readiness(Struct, frozen=True):
    """The model is warm and the engine takes work."""

    status: str
    model: NameVersion


def encode(value: Struct) -> bytes:
    """A value as JSON."""
    return msgspec.json.encode(value)
