"""Liveness, readiness and metrics."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from service.errors import Unavailable
from service.metrics import Metrics
from service.moderation import Moderator
from service.openapi import answers
from service.schema import Liveness, NameVersion, Readiness, encode


def health_routes(moderator: Moderator, metrics: Metrics) -> APIRouter:
    """Routes that need no key and no queue."""
    router = APIRouter(tags=["health"])

    @router.get("/health/live", summary="The process answers", responses=answers(Liveness))
    async def live() -> Response:
        return Response(encode(Liveness("live")), media_type="application/json")

    @router.get("/health/ready", summary="The model is warm", responses=answers(Readiness, 503))
    async def ready() -> Response:
        """200 once the model is warm and while the engine takes work; 503 before, while draining and after a failure."""
        if not moderator.engine.ready:
            raise Unavailable("the model is not ready")
        card = moderator.model.card
        return Response(encode(Readiness("ready", NameVersion(card.name, card.version))), media_type="application/json")

    @router.get(
        "/metrics",
        summary="Prometheus metrics",
        responses={200: {"description": "Metrics", "content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    async def show() -> Response:
        return Response(metrics.render(), headers={"content-type": metrics.content_type})

    return router
