"""A client that goes away takes its work with it. Spoken in plain ASGI, since an HTTP client cannot leave this way."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from models.fake import FakeModel
from service.app import create_app
from service.settings import Settings

SCOPE = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "method": "POST",
    "scheme": "http",
    "path": "/moderate",
    "raw_path": b"/moderate",
    "root_path": "",
    "query_string": b"",
    "headers": [(b"content-type", b"application/json"), (b"host", b"civility.test")],
    "server": ("civility.test", 80),
    "client": ("127.0.0.1", 1),
}


class Wire:
    """What a server gives to an application: messages to receive, and a list of what was sent."""

    def __init__(self) -> None:
        self.inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.sent: list[Any] = []

    async def send(self, message: Any) -> None:
        self.sent.append(message)


async def test_a_client_that_leaves_while_its_posts_are_scored() -> None:
    model = FakeModel()
    app = create_app(Settings(), model)
    wire = Wire()
    async with app.router.lifespan_context(app):
        while model.entered.acquire(blocking=False):
            pass  # the runs of the warm-up
        model.gate.clear()
        runs = len(model.runs)
        body = json.dumps({"posts": [{"id": str(n), "text": f"post number {n} " * 100} for n in range(200)]}).encode()
        wire.inbox.put_nowait({"type": "http.request", "body": body, "more_body": False})
        call = asyncio.create_task(app(dict(SCOPE), wire.inbox.get, wire.send))
        await asyncio.to_thread(model.entered.acquire)
        wire.inbox.put_nowait({"type": "http.disconnect"})
        await call
        model.gate.set()
    assert wire.sent == []
    assert len(model.runs) <= runs + 2  # what ran already, and at most what was handed over at that moment


async def test_a_client_that_leaves_in_the_middle_of_its_body() -> None:
    model = FakeModel()
    app = create_app(Settings(), model)
    wire = Wire()
    async with app.router.lifespan_context(app):
        runs = len(model.runs)
        wire.inbox.put_nowait({"type": "http.request", "body": b'{"text": "ab', "more_body": True})
        wire.inbox.put_nowait({"type": "http.disconnect"})
        await app(dict(SCOPE), wire.inbox.get, wire.send)
        assert len(model.runs) == runs
    assert wire.sent == []
