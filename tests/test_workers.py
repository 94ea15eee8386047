"""Threads for blocking work: large jobs never take them all."""

from __future__ import annotations

import asyncio
import threading

import pytest

from service.workers import Workers


async def test_a_small_job_passes_large_ones() -> None:
    workers = Workers(2)
    gate = threading.Event()
    large = [asyncio.create_task(workers.run(gate.wait, large=True)) for _ in range(5)]
    assert await workers.run(lambda: "done", large=False) == "done"
    assert not any(task.done() for task in large)
    gate.set()
    assert all(await asyncio.gather(*large))
    workers.close()


async def test_a_job_that_is_cancelled_before_its_turn_is_never_started() -> None:
    workers = Workers(1)
    gate = threading.Event()
    started = threading.Event()
    first = asyncio.create_task(workers.run(gate.wait, large=True))
    second = asyncio.create_task(workers.run(started.set, large=True))
    await asyncio.sleep(0)
    second.cancel()
    gate.set()
    assert await first
    with pytest.raises(asyncio.CancelledError):
        await second
    assert not started.is_set()
    workers.close()


async def test_an_error_comes_back() -> None:
    workers = Workers(1)
    with pytest.raises(ZeroDivisionError):
        await workers.run(lambda: 1 // 0, large=False)
    workers.close()
