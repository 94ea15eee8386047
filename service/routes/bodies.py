"""What every surface does with a request: read its body within limits, give up when the client has gone."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from email.message import Message
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request

from service.errors import BodyTimeout, BodyTooLarge, UnsupportedCharset, UnsupportedEncoding
from service.settings import Settings

T = TypeVar("T")

# A body over the limit is read on and thrown away up to this many times the limit, so that a client which sends first
# and reads later gets to see the answer; what is larger still is answered in the middle of its body.
_DISCARD = 4


async def read_body(request: Request, settings: Settings) -> bytes:
    """The whole body, counted while it arrives, with or without a Content-Length.

    Raises `BodyTooLarge`, `BodyTimeout`, `UnsupportedEncoding`, and starlette's `ClientDisconnect`.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise UnsupportedEncoding(f"content-encoding is {encoding[:40]!r}; send the body as it is, not compressed")
    declared = request.headers.get("content-length", "")
    promised = int(declared) if declared.isascii() and declared.isdigit() else None
    asks_first = request.headers.get("expect", "").lower() == "100-continue"
    if (
        promised is not None
        and promised > settings.max_bytes
        and (asks_first or promised > _DISCARD * settings.max_bytes)
    ):
        raise _too_large(str(promised), settings)
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(settings.body_timeout_s):
            async for chunk in request.stream():
                size += len(chunk)
                if size <= settings.max_bytes:
                    chunks.append(chunk)
                elif size > _DISCARD * settings.max_bytes:
                    break
                else:
                    chunks.clear()
    except TimeoutError:
        raise BodyTimeout(
            f"{size} bytes of the body arrived in {settings.body_timeout_s:g} s; send it faster"
        ) from None
    if size > settings.max_bytes:
        more = " or more" if size > _DISCARD * settings.max_bytes else ""
        raise _too_large(f"{size}{more}", settings)
    return b"".join(chunks)


def content_type(request: Request) -> str:
    """The body's media type without parameters, in lower case; "" if there is none. Raises `UnsupportedCharset`."""
    header = Message()
    header["content-type"] = request.headers.get("content-type", "")
    charset = header.get_param("charset", "utf-8")
    name = charset if isinstance(charset, str) else charset[2]
    if name.strip("\"' ").lower() not in ("utf-8", "utf8", "us-ascii", "ascii"):
        raise UnsupportedCharset(f"charset is {name[:40]!r}; send the body as utf-8", "content-type")
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def while_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Run `work`; when the client goes away first, cancel it and raise `ClientDisconnect`. The body must be read."""
    job = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait((job, gone), return_when=asyncio.FIRST_COMPLETED)
        if not job.done():
            raise ClientDisconnect
        return job.result()
    finally:
        for task in (job, gone):
            task.cancel()
        await asyncio.gather(job, gone, return_exceptions=True)


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _too_large(size: str, settings: Settings) -> BodyTooLarge:
    return BodyTooLarge(f"the body has {size} bytes; at most {settings.max_bytes} are allowed")
