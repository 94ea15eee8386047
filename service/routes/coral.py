"""POST /coral/moderate: Coral's external moderation phase."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response

from service.coral import CoralAnswer, CoralRequest, check_signature, coral_answer, read_coral
from service.moderation import Moderator
from service.openapi import answers, json_body
from service.routes.bodies import read_body, while_connected
from service.settings import Settings, coral_secrets

_EXAMPLE = {
    "action": "NEW",
    "comment": {"body": "You are an idiot.", "parentID": None},
    "author": {"id": "baf4e943", "role": "COMMENTER"},
    "story": {"id": "245b3856", "url": "https://news.example.com/posts/a-story/"},
    "site": {"id": "a4bede88"},
    "tenantID": "19ba5794",
    "tenantDomain": "coral.example.com",
}

DESCRIPTION = """
Set `<base>/coral/moderate` as the callback URL of an external moderation phase, and the signing secret that Coral shows
as CIVILITY_CORAL_SECRET; then every request must be signed (`X-Coral-Signature`). A policy other than the default is
chosen with `?policy=`. 204: no opinion; review withholds the comment, reject rejects it, both with a flag.
"""


def coral_routes(moderator: Moderator, settings: Settings) -> APIRouter:
    """The surface of Coral."""
    router = APIRouter(tags=["coral"])
    secrets = coral_secrets(settings)
    policy = {"name": "policy", "in": "query", "required": False, "schema": {"type": "string"}}

    @router.post(
        "/coral/moderate",
        summary="Judge a comment of Coral",
        description=DESCRIPTION,
        responses=answers(CoralAnswer, 400, 401, 408, 413, 422, 429, 503, 504) | {204: {"description": "No opinion"}},
        openapi_extra=json_body(CoralRequest, _EXAMPLE) | {"parameters": [policy]},
    )
    async def moderate(request: Request) -> Response:
        body = await read_body(request, settings)
        if secrets:
            check_signature(body, request.headers.get("x-coral-signature", ""), secrets)
        return await while_connected(request, judge(body, request.query_params.get("policy")))

    async def judge(body: bytes, name: str | None) -> Response:
        post = await moderator.workers.run(lambda: read_coral(body, settings), large=False)
        (verdict,) = await moderator.judge([post], len(body), name)
        answer = coral_answer(verdict)
        if answer is None:
            return Response(status_code=204)
        return Response(msgspec.json.encode(answer), media_type="application/json")

    return router
