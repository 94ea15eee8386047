"""POST /v1/moderations, in the shape of OpenAI's."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response

from service.errors import ScoringFailed
from service.moderation import Moderator
from service.openai import (
    CATEGORIES,
    ModerationAnswer,
    ModerationRequest,
    OpenAIErrorBody,
    read_moderation,
    result_of,
    scored_categories,
)
from service.openapi import answers, json_body
from service.routes.bodies import read_body, while_connected
from service.settings import Settings
from service.splitting.section import Post

UNSCORED_HEADER = "x-civility-unscored"

DESCRIPTION = """
`harassment`, `hate` and `violence` with their `/threatening` forms are made from the model's labels; `sexual` only where
the model has a label for it. Other categories are false and 0, have no applied input type, and are named in the header
`x-civility-unscored`. The numbers are not comparable with OpenAI's: tune thresholds again. Any `model` is accepted; the
answer names ours. Images are refused.
"""


def openai_routes(moderator: Moderator, settings: Settings) -> APIRouter:
    """The surface of OpenAI's moderations. Errors take its shape by their path (`service/shapes.py`)."""
    router = APIRouter(tags=["openai"])
    card = moderator.model.card
    scored = scored_categories(card.labels)
    headers = {UNSCORED_HEADER: ", ".join(name for name in CATEGORIES if name not in scored)}

    @router.post(
        "/v1/moderations",
        summary="Judge texts",
        description=DESCRIPTION,
        responses=answers(ModerationAnswer, 400, 401, 408, 413, 429, 500, 503, 504, error_wire=OpenAIErrorBody),
        openapi_extra=json_body(ModerationRequest, {"model": "omni-moderation-latest", "input": ["You are an idiot."]}),
    )
    async def moderations(request: Request) -> Response:
        body = await read_body(request, settings)
        return await while_connected(request, judge(body, request.state.id))

    async def judge(body: bytes, identity: str) -> Response:
        texts = await moderator.workers.run(lambda: read_moderation(body, settings), large=False)
        rated = await moderator.rate(
            [Post(id=str(at), index=at, text=text) for at, text in enumerate(texts)], len(body)
        )
        if any(item.error is not None for item in rated):
            raise ScoringFailed("a text could not be scored")
        answer = ModerationAnswer(
            id=f"modr-{identity}",
            model=f"{card.name}-{card.version}",
            results=tuple(result_of(item.scores, scored, settings.openai_threshold) for item in rated),
        )
        return Response(msgspec.json.encode(answer), media_type="application/json", headers=headers)

    return router
