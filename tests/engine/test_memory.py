"""A device that runs out of memory gets smaller batches, several batches under way end in order, and memory stays flat."""

from __future__ import annotations

import asyncio
import gc
import random
import resource
import sys
from pathlib import Path

import pytest

from models.fake import FakeModel, Fault
from service.engine import EngineSettings
from service.engine.jobs import LANES
from service.engine.queue import Queue
from tests.engine.test_engine import entered, queued, running, sample, toxicity

POSTS = [f"post {at} {'idiot' if at % 3 == 0 else 'word'}" for at in range(64)]  # of 5 tokens each


def check(found: list[float]) -> None:
    assert [value > 0.9 for value in found] == [at % 3 == 0 for at in range(len(found))]


@pytest.mark.parametrize("in_flight", [1, 2])
async def test_out_of_memory_halves_the_budget_and_goes_on(in_flight: int) -> None:
    settings = EngineSettings(batch_tokens=320, cache_bytes=0)
    model = FakeModel(in_flight=in_flight)
    async with running(model, settings) as engine:
        model.memory = 200  # enough for 40 of the posts
        check([toxicity(scored) for scored in await engine.score(POSTS)])
        assert sample(engine, "civility_batch_retries_total") >= 1
        failed = len(model.runs)
        model.runs.clear()
        check([toxicity(scored) for scored in await engine.score(POSTS)])
        assert max(len(run) * max(run) for run in model.runs) <= 160
        assert failed >= 3
        retried = sample(engine, "civility_batch_retries_total")
        await engine.score(POSTS)
        assert sample(engine, "civility_batch_retries_total") == retried, "the second time nothing fails"


async def test_a_window_that_never_fits_fails_alone() -> None:
    model = FakeModel(window=200)
    async with running(model, EngineSettings(cache_bytes=0)) as engine:
        model.memory = 140
        found = await engine.score(["you idiot", "word " * 150, "fine"])
        assert [scored.error for scored in found] == [None, "run failed: OutOfMemory", None]


def test_the_budget_halves_from_what_failed_and_never_ends() -> None:
    queue = Queue(4096, 64, 0.2)
    assert queue.shrink(4000) == 2000
    assert queue.shrink(4000) == 2000  # a second one that was under way at the same time
    assert queue.shrink(300) == 150
    assert [queue.shrink(1) for _ in range(3)] == [1, 1, 1]
    assert [queue.jobs(lane) for lane in LANES] == [0, 0]


async def test_two_batches_are_under_way_and_answers_stay_in_order() -> None:
    model = FakeModel(in_flight=2)
    async with running(model, EngineSettings(batch_tokens=40, cache_bytes=0)) as engine:
        model.gate.clear()
        task = asyncio.create_task(engine.score(POSTS))
        await entered(model)
        # The first batch stands at the gate, which is where its answer is collected; the second was started before that.
        assert model.submitted == 2
        assert len(model.runs) == 1
        model.gate.set()
        check([toxicity(scored) for scored in await task])
        assert model.submitted == len(model.runs) == 8
        assert all(len(run) == 8 for run in model.runs)


async def test_a_batch_under_way_fails_alone_and_in_halves() -> None:
    model = FakeModel(in_flight=2, faults={"rotten": Fault("run", RuntimeError("no"))})
    async with running(model, EngineSettings(batch_tokens=40, cache_bytes=0)) as engine:
        found = await engine.score([*POSTS[:20], "a rotten post", *POSTS[20:]])
        assert [at for at, scored in enumerate(found) if scored.error] == [20]
        check([toxicity(scored) for at, scored in enumerate(found) if at != 20])


async def test_callers_who_leave_do_not_stop_what_is_under_way() -> None:
    model = FakeModel(in_flight=2)
    async with running(model, EngineSettings(batch_tokens=40)) as engine:
        model.gate.clear()
        task = asyncio.create_task(engine.score(POSTS))
        await entered(model)
        await queued(engine, 64 - 16)
        task.cancel()
        await queued(engine, 0)
        model.gate.set()
        assert [scored.error for scored in await engine.score(["still there"])] == [None]


def resident() -> int:
    """Bytes of memory that this process has now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
async def test_memory_is_flat_over_many_posts() -> None:
    """A soak of an hour, shortened: the cache is full early, so that whatever grows after that is a leak."""
    rng = random.Random(1)
    words = ["idiot", "word", "damn", "hello", "you"]
    settings = EngineSettings(cache_bytes=1024 * 1024)

    async def load(posts: int) -> None:
        for at in range(0, posts, 100):
            texts = [" ".join(rng.choices(words, k=rng.randrange(1, 60))) + f" {at} {i}" for i in range(100)]
            await asyncio.gather(engine.score(texts[:50]), engine.score(texts[50:], lane="bulk"))
            model.runs.clear()

    model = FakeModel()
    async with running(model, settings) as engine:
        await load(3000)
        gc.collect()
        before = resident()
        await load(6000)
        gc.collect()
        grown = resident() - before
        assert sample(engine, "civility_posts_total") == 9000
    assert grown < 4 * 1024 * 1024, f"{grown / 1e6:.1f} MB more after 6,000 further posts"
