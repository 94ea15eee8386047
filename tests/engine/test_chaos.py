"""Each stage fails or dies under load, and every request still gets exactly one answer."""

from __future__ import annotations

import asyncio
import random
from typing import Literal

import pytest

from models.backends.base import BackendError
from models.fake import FakeModel, Fault
from service.engine import Engine, EngineDown, EngineError, EngineSettings, Scored

STAGES: tuple[Literal["encode", "run", "decode"], ...] = ("encode", "run", "decode")
REQUESTS = 150
SETTINGS = EngineSettings(batch_tokens=128, queue_tokens=20_000, request_tokens=64, encode_posts=4, cache_bytes=20_000)


class Killed(BaseException):
    """Not an Exception: nothing but the supervisor may catch it."""


def make_posts(rng: random.Random, bad: str) -> list[str]:
    """1 to 30 posts of 0 to 60 words, some equal to other callers', `bad` in a few of them."""
    posts = [" ".join(rng.choices(("a", "b", "idiot", "word"), k=rng.randrange(60))) for _ in range(rng.randint(1, 30))]
    posts += rng.choices(("spam", "more spam", "idiot " * 200), k=rng.randrange(3))
    if bad and rng.random() < 0.2:
        posts.insert(rng.randrange(len(posts) + 1), f"here is {bad} {rng.random()}")
    return posts


async def call(engine: Engine, rng: random.Random, bad: str) -> tuple[list[str], list[Scored] | BaseException]:
    """One caller: patient, in a hurry, or gone before the answer."""
    posts = make_posts(rng, bad)
    deadline_s = rng.choice((None, None, None, 60.0, 0.001))
    task = asyncio.create_task(engine.score(posts, lane=rng.choice(("interactive", "bulk")), deadline_s=deadline_s))
    if rng.random() < 0.15:
        for _ in range(rng.randrange(20)):
            await asyncio.sleep(0)
        task.cancel()
    (answer,) = await asyncio.gather(task, return_exceptions=True)
    return posts, answer


async def load(engine: Engine, seed: int, bad: str) -> list[tuple[list[str], list[Scored] | BaseException]]:
    rngs = [random.Random(f"{seed} {i}") for i in range(REQUESTS)]
    async with asyncio.timeout(120):
        return await asyncio.gather(*(call(engine, rng, bad) for rng in rngs))


def check_answers(answers: list[tuple[list[str], list[Scored] | BaseException]], bad: str, error: str) -> int:
    """Whoever has scores has all of them, in order, and an error exactly where a post is bad; the number of those."""
    scored_requests = 0
    for posts, answer in answers:
        if isinstance(answer, BaseException):
            assert isinstance(answer, EngineError | asyncio.CancelledError), repr(answer)
            continue
        scored_requests += 1
        assert [scored.encoded.text for scored in answer] == posts
        for post, scored in zip(posts, answer, strict=True):
            assert scored.error == (error if bad and bad in post else None)
            if scored.scores is not None:
                assert (scored.scores.values["toxicity"] > 0.9) == ("idiot" in post)
    assert len(answers) == REQUESTS
    return scored_requests


def check_books(engine: Engine) -> None:
    """Nothing is left of anybody."""
    assert not engine._requests
    assert len(engine._known) == 0
    assert all(account.held == 0 for account in (*engine._queued.values(), *engine._unread.values()))
    for lane in ("interactive", "bulk"):
        assert engine._metrics.registry.get_sample_value("civility_queue_jobs", {"lane": lane}) == 0


@pytest.mark.parametrize(("seed", "parallel"), [(0, 1), (1, 2), (2, 4)])
@pytest.mark.parametrize("stage", STAGES)
async def test_a_stage_that_fails_under_load_costs_the_bad_posts_only(
    stage: Literal["encode", "run", "decode"], seed: int, parallel: int
) -> None:
    faults = {"poison": Fault(stage, BackendError("bad"))}
    model = FakeModel(faults=faults, window=32, stride=8, parallel=parallel)
    engine = Engine(model, SETTINGS)
    await engine.start()
    answers = await load(engine, seed, "poison")
    assert check_answers(answers, "poison", f"{stage} failed: BackendError") > REQUESTS / 3
    assert engine.ready
    assert (await engine.score(["still there, idiot"]))[0].error is None
    assert await engine.drain(60)
    check_books(engine)
    engine.close()


@pytest.mark.parametrize(("seed", "parallel"), [(0, 1), (1, 2), (2, 4)])
@pytest.mark.parametrize("stage", STAGES)
async def test_a_stage_that_dies_under_load_answers_everyone_and_ends_readiness(
    stage: Literal["encode", "run", "decode"], seed: int, parallel: int
) -> None:
    model = FakeModel(faults={"lethal": Fault(stage, Killed())}, window=32, stride=8, parallel=parallel)
    engine = Engine(model, SETTINGS)
    await engine.start()
    healthy = await load(engine, seed, "")
    assert check_answers(healthy, "", "") > REQUESTS / 3
    model.gate.clear()
    under_way = asyncio.create_task(load(engine, seed + 100, "lethal"))
    for _ in range(50):
        await asyncio.sleep(0)
    model.gate.set()
    answers = await under_way
    check_answers(answers, "lethal", "never scored")
    assert any(isinstance(answer, EngineDown) for _, answer in answers)
    assert not any("lethal" in "".join(posts) for posts, answer in answers if not isinstance(answer, BaseException))
    assert not engine.ready
    with pytest.raises(EngineDown, match=f"the {stage} thread died: Killed"):
        await engine.score(["anyone there?"])
    check_books(engine)
    engine.close()
    assert engine._worker.join(60)


@pytest.mark.parametrize("stage", STAGES)
async def test_a_death_with_nobody_else_around_is_answered_too(stage: Literal["encode", "run", "decode"]) -> None:
    engine = Engine(FakeModel(faults={"lethal": Fault(stage, Killed())}))
    await engine.start()
    with pytest.raises(EngineDown, match=f"the {stage} thread died"):
        await engine.score(["lethal"])
    assert await engine.drain(60)
    engine.close()


async def test_ten_thousand_bad_posts_leave_the_engine_answering() -> None:
    model = FakeModel(faults={"poison": Fault("run", BackendError("bad"))})
    engine = Engine(model)
    await engine.start()
    scored = await engine.score([f"poison {i}" for i in range(10_000)], lane="bulk")
    assert {found.error for found in scored} == {"run failed: BackendError"}
    assert (await engine.score(["fine"]))[0].error is None
    engine.close()
