"""OpenAPI of the service: schemas from the wire classes, examples from `examples/*.json`.

The examples are written by `make golden` from real answers of the embedded model, and a test holds them to be true.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service.coral import CoralAnswer, CoralRequest
from service.errors import ErrorBody
from service.jobs.wire import JobAnswer, JobList, UrlJob
from service.openai import ModerationAnswer, ModerationRequest, OpenAIErrorBody
from service.perspective.wire import (
    AnalyzeCommentRequest,
    AnalyzeCommentResponse,
    GoogleErrorBody,
    SuggestCommentScoreRequest,
    SuggestCommentScoreResponse,
)
from service.reading import INPUTS
from service.schema import Liveness, ModerateAnswer, ModerateRequest, Readiness

Json = dict[str, Any]

WIRE = (
    ModerateRequest,
    ModerateAnswer,
    ErrorBody,
    Liveness,
    Readiness,
    AnalyzeCommentRequest,
    AnalyzeCommentResponse,
    SuggestCommentScoreRequest,
    SuggestCommentScoreResponse,
    GoogleErrorBody,
    ModerationRequest,
    ModerationAnswer,
    OpenAIErrorBody,
    CoralRequest,
    CoralAnswer,
    UrlJob,
    JobAnswer,
    JobList,
)

TAGS = [
    {"name": "moderate", "description": "Comment sections in; posts with scores, flags and actions out."},
    {"name": "jobs", "description": "Whole archives in; a file with scores, flags and actions out."},
    {
        "name": "perspective",
        "description": "In place of Google's Perspective API: change the base URL, keep the client.",
    },
    {"name": "openai", "description": "In place of OpenAI's moderations: change the base URL, keep the client."},
    {"name": "coral", "description": "The external moderation phase of Coral."},
    {"name": "health", "description": "For load balancers and monitoring."},
]

DESCRIPTION = 'Self-hosted comment moderation: it splits comment sections, scores every post, and flags slurs, \
harassment and conspiracy phrasing with evidence. Every error has the shape `{"error": {"code", "message", \
"field"?}}`.'


KEY = {"type": "http", "scheme": "bearer", "description": "Made by `civility keys create`; needed once one exists."}


def describe(app: FastAPI) -> None:
    """Make `app.openapi()` give the full description."""

    def openapi() -> Json:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title, version=app.version, description=DESCRIPTION, tags=TAGS, routes=app.routes
            )
            schema.setdefault("components", {})["schemas"] = _components()
            schema["components"]["securitySchemes"] = {"key": KEY}
            schema["security"] = [{}, {"key": []}]
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def answers(
    wire: type[msgspec.Struct],
    *errors: int,
    examples: Json | None = None,
    error_wire: type[msgspec.Struct] = ErrorBody,
) -> dict[int | str, Json]:
    """A route's responses: 200 with `wire`, and the statuses of its errors. examples: by status, then by name."""
    by_status = examples or {}
    responses: dict[int | str, Json] = {
        200: {"description": wire.__doc__ or "", "content": _json(wire.__name__, by_status.get("200"))}
    }
    for status in errors:
        responses[status] = {
            "description": HTTPStatus(status).phrase,
            "content": _json(error_wire.__name__, by_status.get(str(status))),
        }
    return responses


def moderate_body(bare: Sequence[str]) -> Json:
    """The request body of POST /moderate in all its content types, and its query parameters."""
    examples = moderate_examples(answers=False)
    content = {"application/json": _content("ModerateRequest", examples.get("application/json"))}
    for kind in bare:
        content[kind] = {"schema": {"type": "string"}}
        if kind in examples:
            content[kind]["examples"] = examples[kind]
    policy = {
        "name": "policy",
        "in": "query",
        "required": False,
        "schema": {"type": "string"},
        "description": "A policy's name, for bodies that are not JSON.",
    }
    source = {
        "name": "source",
        "in": "query",
        "required": False,
        "schema": {"type": "string", "examples": ["auto", "html", "reddit"]},
        "description": "What the body is, as the field `source` says it; a JSON body is then the content itself.",
    }
    return {"requestBody": {"required": True, "content": content}, "parameters": [policy, source]}


def json_body(wire: type[msgspec.Struct], example: Json) -> Json:
    """A request body in JSON, with one example."""
    content = {"schema": {"$ref": f"#/components/schemas/{wire.__name__}"}, "example": example}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def moderate_examples(*, answers: bool) -> Json:
    """OpenAPI examples by status (answers) or by content type (requests)."""
    grouped: Json = {}
    for example in read_examples():
        group = grouped.setdefault(str(example["status"]) if answers else example["content_type"], {})
        group[example["name"]] = {"summary": example["summary"], "value": example["answer" if answers else "body"]}
    return grouped


@cache
def read_examples() -> tuple[Json, ...]:
    """Each: name, summary, content_type, body (JSON or text), status, answer."""
    text = files("service").joinpath("examples/moderate.json").read_text("utf-8")
    return tuple(json.loads(text))


def _components() -> Json:
    _, schemas = msgspec.json.schema_components(WIRE, ref_template="#/components/schemas/{name}")
    schemas["ModerateRequest"]["oneOf"] = [{"required": [name]} for name in INPUTS]
    return {name: schemas[name] for name in sorted(schemas)}


def _json(name: str, examples: Json | None) -> Json:
    return {"application/json": _content(name, examples)}


def _content(name: str, examples: Json | None) -> Json:
    content: Json = {"schema": {"$ref": f"#/components/schemas/{name}"}}
    return content | {"examples": examples} if examples else content
