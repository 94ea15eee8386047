"""The Perspective API: comments:analyze, comments:suggestscore, and the discovery document of Google's clients."""

from __future__ import annotations

import json
import logging
import re

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response

from service.errors import NotFound, Unavailable
from service.feedback import Feedback, FeedbackError, FeedbackKeeper
from service.moderation import Moderator
from service.openapi import answers, json_body
from service.perspective.answer import analyze_answer, posts_of, spans_of, suggest_answer
from service.perspective.discovery import discovery_document
from service.perspective.request import Suggestion, read_analyze, read_suggest
from service.perspective.wire import (
    AnalyzeCommentRequest,
    AnalyzeCommentResponse,
    GoogleErrorBody,
    SuggestCommentScoreRequest,
    SuggestCommentScoreResponse,
)
from service.routes.bodies import read_body, while_connected
from service.settings import Settings
from service.shapes import GOOGLE_JSON

log = logging.getLogger("civility.feedback")

_ERRORS = (400, 403, 429, 500, 503, 504)
_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")

_ANALYZE = {
    "comment": {"text": "What kind of idiot name is foo? Sorry, I like your name."},
    "requestedAttributes": {"TOXICITY": {}, "SLUR": {}, "CONSPIRACY": {"scoreThreshold": 0.5}},
    "languages": ["en"],
    "spanAnnotations": True,
    "doNotStore": True,
}
_SUGGEST = {
    "comment": {"text": "What kind of idiot name is foo?"},
    "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}},
    "languages": ["en"],
    "clientToken": "comment-1",
}

ANALYZE = """
The attributes TOXICITY, SEVERE_TOXICITY, IDENTITY_ATTACK, INSULT, PROFANITY and THREAT (also with _EXPERIMENTAL) are the
model's calibrated probabilities; SLUR and CONSPIRACY are this service's own. Others are refused, or left out with
`dropUnsupportedAttributes`. Spans count UTF-16 code units, `end` is exclusive. Any path may stand before
`/comments:analyze`. Nothing is stored.
"""
SUGGEST = """
A moderator's judgement of a comment: 1 for yes, 0 for no. It is kept on this machine for `civility feedback export` and
`civility feedback report`, unless the request has `doNotStore` or the service runs with CIVILITY_FEEDBACK=off.
"""


def perspective_routes(moderator: Moderator, settings: Settings, feedback: FeedbackKeeper) -> APIRouter:
    """The surface of the Perspective API. Errors take Google's shape by their path (`service/shapes.py`)."""
    router = APIRouter(tags=["perspective"])
    labels = moderator.model.card.labels
    extra = [tag.strip().lower() for tag in settings.languages.split(",") if tag.strip()]
    supported = tuple(dict.fromkeys((*moderator.model.card.languages, *extra)))

    async def analyze(request: Request) -> Response:
        body = await read_body(request, settings)
        return await while_connected(request, _analyze(body))

    async def _analyze(body: bytes) -> Response:
        analysis = await moderator.workers.run(lambda: read_analyze(body, labels, supported), large=False)
        spans = await moderator.workers.run(lambda: spans_of(analysis), large=False)
        rated = await moderator.rate(posts_of(analysis, spans), len(body), keep=analysis.keep)
        return await moderator.workers.run(lambda: _json(analyze_answer(analysis, spans, rated)), large=False)

    async def suggestscore(request: Request) -> Response:
        body = await read_body(request, settings)
        suggestion = await moderator.workers.run(lambda: read_suggest(body, supported), large=False)
        if suggestion.keep and settings.feedback:
            try:
                await moderator.workers.run(lambda: feedback.append(_feedback(suggestion)), large=False)
            except FeedbackError as error:
                log.error("%s", error)
                raise Unavailable("feedback cannot be kept just now") from None
        return _json(suggest_answer(suggestion))

    async def discovery(request: Request) -> Response:
        version = request.query_params.get("version", "v1alpha1")
        if version != "v1alpha1":
            raise NotFound(f"there is no version {version[:40]!r}; there is v1alpha1")
        document = discovery_document(root_url(request, settings.public_url))
        return Response(json.dumps(document), media_type=GOOGLE_JSON, headers={"cache-control": "no-store"})

    for prefix, shown in (("/v1alpha1", True), ("/{prefix:path}", False), ("", False)):
        router.add_api_route(
            f"{prefix}/comments:analyze",
            analyze,
            methods=["POST"],
            summary="Scores of a comment",
            description=ANALYZE,
            responses=answers(AnalyzeCommentResponse, *_ERRORS, error_wire=GoogleErrorBody),
            openapi_extra=json_body(AnalyzeCommentRequest, _ANALYZE),
            include_in_schema=shown,
        )
        router.add_api_route(
            f"{prefix}/comments:suggestscore",
            suggestscore,
            methods=["POST"],
            summary="A moderator's feedback",
            description=SUGGEST,
            responses=answers(SuggestCommentScoreResponse, *_ERRORS, error_wire=GoogleErrorBody),
            openapi_extra=json_body(SuggestCommentScoreRequest, _SUGGEST),
            include_in_schema=shown,
        )
    router.add_api_route(
        "/$discovery/rest",
        discovery,
        methods=["GET"],
        summary="Discovery document of Google's clients",
        responses={
            200: {"description": "The document", "content": {"application/json": {"schema": {"type": "object"}}}}
        },
    )
    return router


def root_url(request: Request, public_url: str) -> str:
    """Where the client reached us, with a slash at its end: as configured, else as the front end or the client says."""
    if public_url:
        return public_url.rstrip("/") + "/"
    forwarded = request.headers.get("x-forwarded-host", "").partition(",")[0].strip()
    host = forwarded or request.headers.get("host", "")
    scheme = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower() or request.url.scheme
    if not _HOST.fullmatch(host) or scheme not in ("http", "https"):
        return str(request.base_url)
    return f"{scheme}://{host}/"


def _feedback(suggestion: Suggestion) -> Feedback:
    return Feedback(
        text=suggestion.text,
        scores=msgspec.to_builtins(suggestion.attributes),
        languages=suggestion.languages.requested,
        community_id=suggestion.community_id,
        client_token=suggestion.client_token,
    )


def _json(value: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(value), media_type=GOOGLE_JSON)
