"""Services in this process: `async with serving(model, settings) as client`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from models.fake import FakeModel
from models.model import Model
from service.app import create_app
from service.settings import Settings


@asynccontextmanager
async def serving(model: Model | None = None, settings: Settings | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a started service; it is drained in the end."""
    app = create_app(settings or Settings(), model or FakeModel())
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://civility.test") as client:
            yield client
