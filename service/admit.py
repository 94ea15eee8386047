"""Who may ask: ASGI middleware that wants a key wherever one exists, and holds each key to its rate."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from service.errors import InvalidKey, MissingKey, RateLimited, ServiceError, Unavailable
from service.keys import Bucket, Key, KeyStore, KeyStoreError, find_key
from service.settings import Settings, coral_secrets
from service.shapes import is_perspective, render

log = logging.getLogger("civility.keys")

# Nothing here costs the model anything or shows anybody's words.
_OPEN = ("/health/", "/docs", "/openapi.json", "/metrics")
_DISCOVERY = "/$discovery/rest"
_CORAL = "/coral/moderate"


class Admit:
    """A key is taken from `Authorization: Bearer`, `X-Goog-Api-Key`, `X-Api-Key` or the query's `key`.

    On Perspective's surface `Authorization` comes last: Google's clients may put a token of theirs there.

    Coral cannot send a header, but signs: where secrets are configured its route needs no key. clock: seconds.
    """

    def __init__(
        self, app: ASGIApp, store: KeyStore, settings: Settings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.app = app
        self._store = store
        self._settings = settings
        self._clock = clock
        self._keys: tuple[Key, ...] = ()
        self._stamp: tuple[int, bytes] | None = None
        self._buckets: dict[str, Bucket] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _is_open(scope["path"]):
            try:
                self.check(Request(scope))
            except ServiceError as error:
                await _refuse(error, scope, send)
                return
        await self.app(scope, receive, send)

    def check(self, request: Request) -> None:
        """The key's id is then in `request.state.key`; there is none where no key is needed.

        Raises `MissingKey`, `InvalidKey`, `RateLimited`; `Unavailable` where the keys cannot be read."""
        keys = self._current()
        path: str = request.scope["path"]
        if not keys or (path == _CORAL and coral_secrets(self._settings)):
            return
        text = _given(request, path)
        if text is None:
            if path == _DISCOVERY:
                return
            raise MissingKey("an API key is needed: send it as Authorization: Bearer KEY")
        key = find_key(keys, text)
        if key is None:
            raise InvalidKey("this API key is not valid")
        request.state.key = key.id
        if path != _DISCOVERY:
            self._spend(key)

    def _current(self) -> tuple[Key, ...]:
        """The keys as they are on disk now; the file is read again when it has changed."""
        try:
            stamp = self._store.stamp()
            if stamp != self._stamp:
                self._keys, self._stamp = self._store.read(), stamp
        except KeyStoreError as error:
            log.error("%s", error)
            raise Unavailable("keys cannot be checked just now") from None
        return self._keys

    def _spend(self, key: Key) -> None:
        limit = key.per_minute if key.per_minute is not None else self._settings.requests_per_minute
        if not limit:
            return
        now = self._clock()
        bucket = self._buckets.setdefault(key.id, Bucket(limit, float(limit), now))
        wait = bucket.take(now)
        if wait:
            raise RateLimited(limit, wait)


def _is_open(path: str) -> bool:
    """Whether anybody may ask. Any path may stand before Perspective's methods, also one of these."""
    return path.startswith(_OPEN) and not is_perspective(path)


def _given(request: Request, path: str) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    places = [
        token.strip() if scheme.lower() == "bearer" else "",
        request.headers.get("x-goog-api-key", ""),
        request.headers.get("x-api-key", ""),
        request.query_params.get("key", ""),
    ]
    return next(filter(None, reversed(places) if is_perspective(path) else places), None)


async def _refuse(error: ServiceError, scope: Scope, send: Send) -> None:
    """Answer without reading the body."""
    shown = render(scope["path"], error)
    headers = {**shown.headers, "content-type": shown.media_type, "content-length": str(len(shown.body))}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": shown.status, "headers": raw})
    await send({"type": "http.response.body", "body": shown.body})
