"""The engine over the fake model: concurrency, cancellation, deadlines, failures, overload, drain. No sleeps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from models.backends.base import BackendError
from models.fake import FakeModel, Fault
from models.types import Encoded
from service.engine import DeadlineExceeded, Engine, EngineDown, EngineSettings, Overloaded, Scored
from service.engine.jobs import issue
from service.metrics import Metrics


@asynccontextmanager
async def running(
    model: FakeModel, settings: EngineSettings | None = None, metrics: Metrics | None = None
) -> AsyncIterator[Engine]:
    engine = Engine(model, settings, metrics)
    await engine.start()
    model.runs.clear()
    model.encoded_posts = 0
    while model.entered.acquire(blocking=False):  # the warm-up's runs
        pass
    try:
        yield engine
    finally:
        model.gate.set()
        engine.close()


async def entered(model: FakeModel) -> None:
    """Wait until a run has begun."""
    assert await asyncio.to_thread(model.entered.acquire, timeout=60)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds. A millisecond at a time: a loop that only turns keeps the engine's threads from running."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 (what is waited for happens in threads that tell nobody)
            await asyncio.sleep(0.001)


def toxicity(scored: Scored) -> float:
    assert scored.scores is not None, scored.error
    return scored.scores.values["toxicity"]


async def occupy(engine: Engine, model: FakeModel, text: str = "occupied") -> asyncio.Task[list[Scored]]:
    """A request whose run stands at the closed gate."""
    model.gate.clear()
    task = asyncio.create_task(engine.score([text]))
    await entered(model)
    return task


async def queued(engine: Engine, count: int, lane: str = "interactive") -> None:
    await until(lambda: sample(engine, "civility_queue_jobs", lane=lane) == count)


def sample(engine: Engine, name: str, **labels: str) -> float:
    found = engine._metrics.registry.get_sample_value(name, labels)
    assert found is not None, name
    return found


async def test_answers_come_in_order_and_equal_those_of_the_model_alone() -> None:
    model = FakeModel()
    texts = ["you idiot", "hello", "", "long " * 500 + "idiot", "pathetic " * 3, "hello"]
    async with running(model) as engine:
        scored = await engine.score(texts)
        assert [s.encoded.text for s in scored] == texts
        for text, found in zip(texts, scored, strict=True):
            (encoded,) = model.encode([text])
            assert found.scores == model.decode(encoded, [model.run([window])[0] for window in encoded.windows])
        assert await engine.score([]) == []


@given(st.lists(st.text(alphabet="ab idiot", max_size=400), max_size=30), st.integers(1, 300))
@settings(max_examples=25, deadline=None)
def test_a_post_scores_the_same_alone_and_in_any_batch(texts: list[str], slice_tokens: int) -> None:
    async def both() -> tuple[list[Scored], list[Scored]]:
        limits = EngineSettings(batch_tokens=200, queue_tokens=slice_tokens, encode_posts=4, cache_bytes=0)
        async with running(FakeModel(window=16, stride=4), limits) as engine:
            return await engine.score(texts), [(await engine.score([text]))[0] for text in texts]

    together, alone = asyncio.run(both())
    assert [s.scores for s in together] == [s.scores for s in alone]


async def test_a_model_that_works_on_two_batches_at_a_time_gets_two() -> None:
    model = FakeModel(parallel=2)
    async with running(model, EngineSettings(batch_tokens=64, cache_bytes=0)) as engine:
        first = await occupy(engine, model)
        second = asyncio.create_task(engine.score(["the other idiot"]))
        await entered(model)  # although the first run has not ended
        third = asyncio.create_task(engine.score(["nobody has time"]))
        await queued(engine, 1)
        assert len(model.runs) == 2
        model.gate.set()
        assert [toxicity((await task)[0]) > 0.9 for task in (first, second, third)] == [False, True, False]


async def test_many_callers_share_batches_and_each_gets_its_own_answer() -> None:
    model = FakeModel()
    async with running(model) as engine:
        first = await occupy(engine, model)
        tasks = [asyncio.create_task(engine.score([f"caller {i}", "idiot " * (i % 7)])) for i in range(100)]
        await queued(engine, 107)  # 100 distinct first posts; the second ones repeat 7 texts
        model.gate.set()
        for i, task in enumerate(tasks):
            mine, other = await task
            assert mine.encoded.text == f"caller {i}"
            assert (toxicity(other) > 0.9) == (i % 7 > 0)
        await first
    # The one at the gate; the short ones in one batch, or two where the model seems slow; longer ones that would pad them.
    assert len(model.runs) in (3, 4)


async def test_the_engine_is_ready_only_after_its_warm_up() -> None:
    model = FakeModel()
    model.gate.clear()
    engine = Engine(model)
    with pytest.raises(EngineDown, match="has not been started"):
        await engine.score(["early"])
    warm = engine.start()
    early = asyncio.create_task(engine.score(["early idiot"]))
    await entered(model)
    assert not engine.ready
    assert sample(engine, "civility_ready") == 0
    model.gate.set()
    await warm
    assert engine.ready
    assert sample(engine, "civility_ready") == 1
    assert toxicity((await early)[0]) > 0.9
    with pytest.raises(EngineDown, match="started once"):
        engine.start()
    engine.close()


@pytest.mark.parametrize("stage", ["encode", "run", "decode"])
async def test_a_model_that_fails_its_warm_up_leaves_the_engine_down(stage: str) -> None:
    model = FakeModel(faults={"kernels": Fault(stage, BackendError("broken"))})  # type: ignore[arg-type]
    engine = Engine(model)
    with pytest.raises(EngineDown, match="the run thread died: BackendError"):
        await engine.start()
    assert not engine.ready
    with pytest.raises(EngineDown):
        await engine.score(["late"])
    engine.close()


@pytest.mark.parametrize("stage", ["encode", "run", "decode"])
async def test_a_bad_post_fails_alone(stage: str) -> None:
    model = FakeModel(faults={"poison": Fault(stage, BackendError("secret words of the post"))})  # type: ignore[arg-type]
    async with running(model) as engine:
        texts = [f"idiot {i}" for i in range(40)]
        texts[17] = "this is poison"
        texts[23] = "poison again"
        scored = await engine.score(texts)
        for place, found in enumerate(scored):
            if place in (17, 23):
                assert found.scores is None
                assert found.error == f"{stage} failed: BackendError"
            else:
                assert toxicity(found) > 0.9
        assert sample(engine, "civility_posts_failed_total", stage=stage) == 2
        assert toxicity((await engine.score(["idiot"]))[0]) > 0.9
        again = await engine.score(["poison again"])
        assert again[0].error is not None  # a failure is not remembered as a score


async def test_a_failing_window_fails_its_post_once_and_its_other_windows_are_dropped() -> None:
    model = FakeModel(faults={"poison": Fault("run", BackendError(""))}, window=16, stride=4)
    async with running(model, EngineSettings(batch_tokens=16)) as engine:
        first = await occupy(engine, model)
        bad = asyncio.create_task(engine.score(["poison " + "word " * 2000]))
        await queued(engine, 200)
        model.gate.set()
        assert (await bad)[0].error == "run failed: BackendError"
        await first
        assert (await engine.score(["fine"]))[0].error is None
        assert await engine.drain(60)
        assert sample(engine, "civility_queue_jobs", lane="interactive") == 0


async def test_the_windows_of_a_failed_post_leave_the_queue() -> None:
    class Stopping(FakeModel):
        def run(self, windows):  # type: ignore[no-untyped-def]
            try:
                return super().run(windows)
            except BackendError:
                self.gate.clear()  # the next run waits until the failure has been settled
                raise

    model = Stopping(faults={"poison": Fault("run", BackendError(""))}, window=16, stride=4)
    async with running(model, EngineSettings(batch_tokens=16)) as engine:
        bad = asyncio.create_task(engine.score(["poison " + "word " * 2000]))
        assert (await bad)[0].error == "run failed: BackendError"
        assert sample(engine, "civility_queue_jobs", lane="interactive") == 0
        assert len(model.runs) <= 2


async def test_a_post_that_is_being_dropped_cannot_be_joined() -> None:
    model = FakeModel()
    async with running(model) as engine:
        (encoded,) = model.encode(["late"])
        ticket = issue(b"", encoded, "interactive", 5.0, 0.0)
        ticket.deadline = None
        assert engine._worker.extend(ticket, None)
        ticket.dropped = True
        assert not engine._worker.extend(ticket, None)


async def test_a_model_that_breaks_the_contract_fails_posts_and_hangs_nobody() -> None:
    class NoWindows(FakeModel):
        def encode(self, texts: list[str]) -> list[Encoded]:  # type: ignore[override]
            return [
                Encoded(t, ()) if t == "none" else encoded
                for t, encoded in zip(texts, super().encode(texts), strict=True)
            ]

    async with running(NoWindows()) as engine:
        scored = await engine.score(["one", "none", "idiot"])
        assert [s.error for s in scored] == [None, "encode failed: ValueError", None]


async def test_a_cancelled_request_leaves_the_queue_at_once() -> None:
    model = FakeModel()
    async with running(model) as engine:
        first = await occupy(engine, model)
        cancelled = asyncio.create_task(engine.score(["will be cancelled", "word " * 300]))
        kept = asyncio.create_task(engine.score(["will be cancelled", "kept"]))
        await until(lambda: sample(engine, "civility_queue_jobs", lane="interactive") >= 3)
        await until(lambda: len(engine._requests) == 3 and all(request.fed for request in engine._requests))
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        assert sample(engine, "civility_queue_jobs", lane="interactive") == 2  # what the other caller wants, too, stays
        model.gate.set()
        assert [s.encoded.text for s in await kept] == ["will be cancelled", "kept"]
        await first
    assert sorted(map(len, model.runs)) == [1, 2]


async def test_cancelling_while_the_batch_runs_harms_nobody() -> None:
    model = FakeModel()
    async with running(model) as engine:
        first = await occupy(engine, model)
        second = asyncio.create_task(engine.score(["next"]))
        await queued(engine, 1)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        model.gate.set()
        assert (await second)[0].error is None
        assert await engine.drain(60)


async def test_a_deadline_answers_its_caller_while_the_model_is_busy_and_the_jobs_do_not_run() -> None:
    model = FakeModel()
    async with running(model) as engine:
        first = await occupy(engine, model)
        with pytest.raises(DeadlineExceeded):
            await engine.score(["too late"], deadline_s=0.001)
        assert sample(engine, "civility_queue_jobs", lane="interactive") == 0
        model.gate.set()
        await first
        assert (await engine.score(["in time"], deadline_s=60))[0].error is None
    assert model.runs == [(3,), (4,)]


async def test_jobs_past_the_deadline_are_dropped_at_the_pop() -> None:
    now = 0.0
    model = FakeModel()
    engine = Engine(model, clock=lambda: now)
    await engine.start()
    await until(lambda: engine.ready)
    while model.entered.acquire(blocking=False):
        pass
    first = await occupy(engine, model)
    late = asyncio.create_task(engine.score(["one", "two"], deadline_s=600.0))
    patient = asyncio.create_task(engine.score(["two"], deadline_s=6000.0))  # extends the life of the shared post
    await until(lambda: len(engine._requests) == 3 and all(request.fed for request in engine._requests))
    now = 601.0
    model.runs.clear()
    model.gate.set()
    with pytest.raises(DeadlineExceeded, match="before the run"):
        await late
    assert (await patient)[0].error is None
    await first
    assert model.runs == [(3,)]
    assert sample(engine, "civility_jobs_dropped_total") == 1
    engine.close()


async def test_jobs_past_the_deadline_are_dropped_again_before_a_retry() -> None:
    now = 0.0

    class Slow(FakeModel):
        def run(self, windows):  # type: ignore[no-untyped-def]
            nonlocal now
            now += 10.0
            return super().run(windows)

    model = Slow(faults={"poison": Fault("run", BackendError(""))})
    engine = Engine(model, clock=lambda: now)
    await engine.start()
    while model.entered.acquire(blocking=False):
        pass
    first = await occupy(engine, model)
    late = asyncio.create_task(engine.score(["poison", "b"], deadline_s=15.0))
    others = asyncio.create_task(engine.score(["c", "d"]))
    await queued(engine, 4)
    model.runs.clear()
    model.gate.set()
    # At +10 all four run together and fail; by then at the first half's retry the two late ones are past +15.
    now += 6.0 - 10.0
    await asyncio.gather(first, others)
    with pytest.raises(DeadlineExceeded):
        await late
    assert model.runs[0] == (3, 3, 3, 3)
    assert (3, 3) in model.runs[1:]
    engine.close()


async def test_a_full_queue_refuses_the_whole_request_and_says_when_to_come_back() -> None:
    model = FakeModel()
    async with running(model, EngineSettings(queue_tokens=40)) as engine:
        first = await occupy(engine, model)  # 3 tokens
        second = asyncio.create_task(engine.score(["word " * 30]))  # 32 tokens
        await queued(engine, 1)
        with pytest.raises(Overloaded) as refused:
            await engine.score(["a b c", "d"])  # 8 tokens: all or nothing
        assert refused.value.retry_after_s > 0
        assert sample(engine, "civility_queue_jobs", lane="interactive") == 1
        assert sample(engine, "civility_requests_refused_total", lane="interactive") == 1
        bulk = asyncio.create_task(engine.score(["a b c", "d"], lane="bulk"))  # a lane of its own
        await queued(engine, 2, lane="bulk")
        model.gate.set()
        await asyncio.gather(first, second, bulk)
        assert (await engine.score(["a b c", "d"]))[0].error is None


async def test_a_full_queue_refuses_before_it_tokenises() -> None:
    model = FakeModel()
    async with running(model, EngineSettings(queue_tokens=3)) as engine:
        first = await occupy(engine, model)
        encoded = model.encoded_posts
        with pytest.raises(Overloaded):
            await engine.score(["not even read"])
        assert model.encoded_posts == encoded
        model.gate.set()
        await first


async def test_what_waits_for_tokenising_is_limited_too() -> None:
    model = FakeModel()
    async with running(model, EngineSettings(unread_characters=10, encode_threads=1)) as engine:
        model.gate.clear()
        first = asyncio.create_task(engine.score(["characters"]))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded, match="10 characters wait, the limit is 10"):
            await engine.score(["more"])
        model.gate.set()
        await first
        assert (await engine.score(["longer than the limit, but alone"]))[0].error is None


async def test_a_request_larger_than_the_queue_goes_through_in_slices_beside_others() -> None:
    model = FakeModel()
    limits = EngineSettings(queue_tokens=400, request_tokens=100, batch_tokens=64, encode_posts=4)
    async with running(model, limits) as engine:
        first = await occupy(engine, model)
        large = asyncio.create_task(engine.score([f"post {i} idiot" for i in range(1000)]))
        await until(lambda: sample(engine, "civility_queue_tokens", lane="interactive") >= 80)
        small = asyncio.create_task(engine.score(["small"]))
        await until(lambda: len(engine._requests) == 3)
        assert sample(engine, "civility_queue_tokens", lane="interactive") <= 100 + 3
        model.gate.set()
        assert (await small)[0].error is None
        assert any(3 in run for run in model.runs[1:4])  # behind one slice of the large request, not behind all of it
        scored = await large
        assert [s.encoded.text for s in scored] == [f"post {i} idiot" for i in range(1000)]
        assert all(toxicity(s) > 0.9 for s in scored)
        await first
        assert all(account.held == 0 for account in (*engine._queued.values(), *engine._unread.values()))


async def test_identical_posts_are_scored_once_within_a_request_across_requests_and_in_flight() -> None:
    model = FakeModel()
    async with running(model) as engine:
        first = await occupy(engine, model, "spam")
        same = [asyncio.create_task(engine.score(["spam", "spam"])) for _ in range(10)]
        await until(lambda: len(engine._requests) == 11 and all(request.fed for request in engine._requests))
        model.gate.set()
        answers = await asyncio.gather(first, *same)
        assert {id(s) for scored in answers for s in scored} == {id(answers[0][0])}
        assert (await engine.score(["spam"]))[0] is answers[0][0]
        assert model.runs == [(3,)]
        assert sample(engine, "civility_cache_hits_total") == 21
        assert sample(engine, "civility_cache_misses_total") == 1
        assert sample(engine, "civility_posts_total") == 22


async def test_the_cache_can_be_turned_off() -> None:
    model = FakeModel()
    async with running(model, EngineSettings(cache_bytes=0)) as engine:
        for _ in range(3):
            await engine.score(["spam"])
    assert model.runs == [(3,)] * 3


async def test_what_is_not_to_be_kept_is_not_remembered_unless_another_caller_allows_it() -> None:
    model = FakeModel()
    async with running(model) as engine:
        for _ in range(2):
            await engine.score(["private"], keep=False)
        assert model.runs == [(3,)] * 2
        await engine.score(["private"])
        await engine.score(["private"], keep=False)
        assert model.runs == [(3,)] * 3


async def test_interactive_work_does_not_wait_for_the_same_text_in_the_bulk_lane() -> None:
    model = FakeModel()
    async with running(model, EngineSettings(batch_tokens=3)) as engine:
        first = await occupy(engine, model)
        bulk = asyncio.create_task(engine.score([*(f"filler{i}" for i in range(20)), "wanted soon"], lane="bulk"))
        await queued(engine, 21, lane="bulk")
        urgent = asyncio.create_task(engine.score(["wanted soon"]))
        await queued(engine, 1)
        model.gate.set()
        await asyncio.gather(first, urgent, bulk)
    assert model.runs == [(3,), (4,), *[(3,)] * 20, (4,)]


async def test_drain_finishes_what_is_there_and_takes_no_more() -> None:
    model = FakeModel()
    async with running(model) as engine:
        first = await occupy(engine, model)
        second = asyncio.create_task(engine.score(["queued"]))
        await queued(engine, 1)
        drained = asyncio.create_task(engine.drain(60))
        await asyncio.sleep(0)
        assert not engine.ready
        with pytest.raises(EngineDown, match="draining"):
            await engine.score(["too late"])
        model.gate.set()
        assert await drained
        assert [s.error for s in (await first) + (await second)] == [None, None]


async def test_drain_fails_what_it_cannot_finish_with_an_answer() -> None:
    model = FakeModel()
    async with running(model) as engine:
        first = await occupy(engine, model)
        second = asyncio.create_task(engine.score(["queued"]))
        await queued(engine, 1)
        assert not await engine.drain(0.001)
        for task in (first, second):
            with pytest.raises(EngineDown, match="draining"):
                await task
        model.gate.set()


async def test_closing_answers_everyone_and_ends_the_threads() -> None:
    model = FakeModel()
    async with running(model) as engine:
        first = await occupy(engine, model)
        second = asyncio.create_task(engine.score(["queued"]))
        await queued(engine, 1)
        closing = asyncio.to_thread(model.gate.set)
        engine._go_down("the engine was closed")
        await closing
        engine.close()
        outcomes = await asyncio.gather(first, second, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [EngineDown, EngineDown]
        assert engine._worker.join(60)


async def test_two_services_in_one_process_share_no_metrics() -> None:
    ours, theirs = Metrics(CollectorRegistry()), Metrics()
    async with running(FakeModel(), metrics=ours) as engine:
        await engine.score(["one"])
    assert b"civility_posts_total 1.0" in ours.render()
    assert b"civility_posts_total 0.0" in theirs.render()
