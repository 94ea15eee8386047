"""Threads for the work that would hold up the event loop: splitting a page, matching, flagging, encoding an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Workers:
    """`count` threads that large jobs share, and one that they never get, so that a single comment need not wait for
    somebody's eight-megabyte page."""

    def __init__(self, count: int) -> None:
        self._threads = ThreadPoolExecutor(count + 1, thread_name_prefix="civility-work")
        self._large = asyncio.Semaphore(count)

    async def run(self, work: Callable[[], T], *, large: bool) -> T:
        """The result of `work`, called in a thread. A job that is cancelled before its turn is never started."""
        loop = asyncio.get_running_loop()
        if not large:
            return await loop.run_in_executor(self._threads, work)
        async with self._large:
            return await loop.run_in_executor(self._threads, work)

    def close(self) -> None:
        """Let running work end and take no more."""
        self._threads.shutdown(wait=False, cancel_futures=True)
