"""Long reading in a thread that does not hold up the end of the process: what it does can be done again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from service.engine.request import Reply

T = TypeVar("T")


async def in_background(work: Callable[[], T]) -> T:
    """The result of `work`. Where the awaiter is cancelled, the thread goes on and its result is lost."""
    reply: Reply[tuple[T | None, BaseException | None]] = Reply(asyncio.get_running_loop())

    def run() -> None:
        try:
            reply.send((work(), None))
        except BaseException as error:
            reply.send((None, error))

    threading.Thread(target=run, name="civility-job", daemon=True).start()
    value, error = await reply.receive()
    if error is not None:
        raise error
    return value  # type: ignore[return-value]  # there is one where there is no error
