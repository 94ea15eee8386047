"""The outermost layer of the service: an id, a log line and a metric for every request, an answer for every failure.

Neither a comment's text nor a query string is ever logged; an unexpected error is logged as its type and its frames,
since its message may hold the text that it failed on.
"""

from __future__ import annotations

import logging
import time
import traceback

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import ServiceError
from service.metrics import Metrics
from service.moderation import new_identity
from service.shapes import render

log = logging.getLogger("civility.access")

# What nginx logs for a client that went away; never sent.
GONE = 499

# Asked every few seconds by machines: logged at debug level unless they fail.
PROBES = ("/health/live", "/health/ready", "/metrics")


class Observe:
    """ASGI middleware. It puts the request's id into `scope["state"]["id"]` and into the header x-request-id."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        identity = new_identity()
        scope.setdefault("state", {})["id"] = identity
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", identity.encode())]
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except ClientDisconnect:
            status = GONE
        except Exception as error:
            log.error("id=%s unexpected %s at %s", identity, type(error).__name__, frames_of(error))
            if status:
                raise RuntimeError("the answer had begun") from None
            await _send_error(scope["path"], send_with_id)
        finally:
            seconds = time.perf_counter() - began
            route = getattr(scope.get("route"), "path", "other")
            self.metrics.request(route, status)
            self.metrics.observe("total", seconds)
            level = logging.DEBUG if route in PROBES and status < 400 else logging.INFO
            log.log(
                level,
                "id=%s method=%s route=%s status=%d ms=%.1f",
                identity,
                scope["method"],
                route,
                status,
                seconds * 1000,
            )


async def _send_error(path: str, send: Send) -> None:
    """The answer to a failure that nobody foresaw."""
    error = ServiceError("an unexpected error; the log has the request's id, which is the header x-request-id")
    shown = render(path, error)
    headers = [
        (b"content-type", shown.media_type.encode()),
        (b"content-length", str(len(shown.body)).encode()),
    ]
    await send({"type": "http.response.start", "status": shown.status, "headers": headers})
    await send({"type": "http.response.body", "body": shown.body})


def frames_of(error: BaseException) -> str:
    """Where an error came from, innermost first, without its message."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{frame.filename}:{frame.lineno}:{frame.name}" for frame in reversed(frames))
