"""The queue's rules as properties over any order of pushes and pops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.types import Encoded, Window
from service.engine.jobs import Job, Lane, issue
from service.engine.queue import PATIENCE_S, SHORT_S, Queue

BUDGET, OVERHEAD, SHARE = 64, 16, 0.25
LENGTHS = st.integers(1, 80)  # some are longer than the budget


def make_job(
    length: int,
    lane: Lane = "interactive",
    deadline: float | None = None,
    *,
    arrived: float = 0.0,
    large: bool = False,
) -> Job:
    window = Window(np.zeros(length, np.int64), np.zeros((length, 2), np.int32), 0)
    (job,) = issue(b"", Encoded("", (window,)), lane, deadline, arrived, large=large).jobs
    return job


def make_queue() -> Queue:
    return Queue(BUDGET, OVERHEAD, SHARE)


def padding(jobs: tuple[Job, ...]) -> int:
    return len(jobs) * max(job.tokens for job in jobs) - sum(job.tokens for job in jobs)


@dataclass(frozen=True)
class Push:
    length: int
    lane: Lane
    deadline: float | None
    large: bool = False


@dataclass(frozen=True)
class Discard:
    which: int


STEPS = st.lists(
    st.one_of(
        st.builds(
            Push, LENGTHS, st.sampled_from(("interactive", "bulk")), st.none() | st.integers(0, 40), st.booleans()
        ),
        st.builds(Discard, st.integers(0, 200)),
        st.just("pop"),
    ),
    max_size=120,
)


@given(STEPS)
@settings(max_examples=150, deadline=None)
def test_each_job_leaves_once_and_every_batch_keeps_the_rules(steps: list[Push | Discard | str]) -> None:
    queue = make_queue()
    waiting: list[Job] = []  # the model of the queue: live and dead alike, by arrival
    pushed: list[Job] = []
    left: list[Job] = []
    for now, step in enumerate([*steps, *["pop"] * (len(steps) + 1)]):
        if isinstance(step, Push):
            deadline = None if step.deadline is None else float(step.deadline)
            job = make_job(step.length, step.lane, deadline, arrived=float(now), large=step.large)
            queue.push([job])
            pushed.append(job)
            waiting.append(job)
        elif isinstance(step, Discard):
            if pushed:
                job = pushed[step.which % len(pushed)]
                queue.discard(job)
                if job in waiting:
                    waiting.remove(job)
                    left.append(job)
        else:
            batch = queue.pop(float(now))
            if batch is None:
                assert not waiting
                continue
            assert all(not job.live(float(now)) for job in batch.dropped)
            for job in (*batch.jobs, *batch.dropped):
                waiting.remove(job)
                left.append(job)
            if batch.jobs:
                lane = batch.jobs[0].lane
                assert all(job.live(float(now)) and job.lane == lane for job in batch.jobs)
                longest = max(job.tokens for job in batch.jobs)
                assert len(batch.jobs) * longest <= BUDGET or len(batch.jobs) == 1
                assert padding(batch.jobs) <= OVERHEAD
                live = [job for job in waiting if job.lane == lane and job.live(float(now))]
                alike = [job for job in live if job.ticket.large == batch.jobs[0].ticket.large]
                assert not alike or pushed.index(batch.jobs[0]) < min(map(pushed.index, alike))
        for lane in ("interactive", "bulk"):
            in_lane = [job for job in waiting if job.lane == lane]
            assert queue.jobs(lane) == len(in_lane)
            assert queue.tokens(lane) == sum(job.tokens for job in in_lane)
    assert len(left) == len(pushed) == len(set(map(id, left)))


@given(st.lists(LENGTHS, min_size=1, max_size=200))
@settings(max_examples=100, deadline=None)
def test_a_batch_stops_only_where_the_next_neighbour_does_not_fit(lengths: list[int]) -> None:
    queue = make_queue()
    queue.push([make_job(length) for length in lengths])
    batch = queue.pop(0.0)
    assert batch is not None
    taken = [job.tokens for job in batch.jobs]
    rest = list(lengths)
    for length in taken:
        rest.remove(length)
    for neighbour in (
        max((n for n in rest if n <= max(taken)), default=None),
        min((n for n in rest if n > max(taken)), default=None),
    ):
        if neighbour is not None:
            larger = [*taken, neighbour]
            padded = len(larger) * max(larger)
            assert padded > BUDGET or padded - sum(larger) > OVERHEAD


def test_the_batch_is_made_of_the_nearest_lengths() -> None:
    queue = make_queue()
    queue.push([make_job(length) for length in (10, 40, 11, 3, 9, 60, 10)])
    batch = queue.pop(0.0)
    assert batch is not None
    assert [job.tokens for job in batch.jobs] == [10, 10, 9, 11, 3]
    assert padding(batch.jobs) == 12


def test_the_oldest_goes_next_however_many_neighbours_the_others_have() -> None:
    queue = make_queue()
    queue.push([make_job(5) for _ in range(100)])
    lonely = make_job(60)
    queue.push([lonely])
    pops = 0
    while lonely.queued:
        queue.push([make_job(5) for _ in range(12)])  # the others never run out
        assert queue.pop(0.0) is not None
        pops += 1
    assert pops <= 100 // (BUDGET // 5) + 2


@given(st.lists(st.tuples(LENGTHS, LENGTHS), min_size=1, max_size=20))
@settings(max_examples=50, deadline=None)
def test_bulk_gets_its_share_while_both_lanes_wait_and_no_more(lengths: list[tuple[int, int]]) -> None:
    queue = make_queue()
    spent = {"interactive": 0, "bulk": 0}
    for _ in range(200):
        for interactive, bulk in lengths:
            if queue.jobs("interactive") < 500:
                queue.push([make_job(interactive, "interactive")])
            if queue.jobs("bulk") < 500:
                queue.push([make_job(bulk, "bulk")])
        batch = queue.pop(0.0)
        assert batch is not None
        spent[batch.jobs[0].lane] += len(batch.jobs) * max(job.tokens for job in batch.jobs)
        if queue.jobs("interactive") and queue.jobs("bulk"):
            assert abs(spent["bulk"] - SHARE * sum(spent.values())) <= 2 * 80


def test_interactive_work_goes_first_and_bulk_gets_all_of_an_idle_machine() -> None:
    queue = make_queue()
    queue.push([make_job(60, "bulk"), make_job(60, "bulk"), make_job(60, "interactive")])
    lanes = []
    while (batch := queue.pop(0.0)) is not None:
        lanes.append(batch.jobs[0].lane)
    assert lanes == ["interactive", "bulk", "bulk"]


def test_bulk_batches_are_short_while_interactive_jobs_come() -> None:
    queue = make_queue()
    queue.push([make_job(5, "bulk") for _ in range(3 * BUDGET // 5)])

    def size(now: float) -> int:
        batch = queue.pop(now, 12)
        assert batch is not None
        return sum(job.tokens for job in batch.jobs)

    assert size(0.0) > 12
    queue.push([make_job(60)])
    assert size(1.0) == 60  # a single job runs, however long it is
    assert size(1.1) == size(1.0 + SHORT_S - 0.1) == 10
    assert size(1.0 + SHORT_S) > 12


def test_interactive_batches_are_short_too_where_little_waits_and_else_half_of_it() -> None:
    queue = make_queue()
    queue.push([make_job(4) for _ in range(15)])
    sizes = [sum(job.tokens for job in batch.jobs) for _ in range(4) if (batch := queue.pop(1.0, 12)) is not None]
    assert sizes == [28, 16, 12, 4]  # of 60, of 32, then the least


def test_batches_are_long_where_only_large_pieces_come() -> None:
    queue = make_queue()
    queue.push([make_job(4, large=True) for _ in range(16)])
    batch = queue.pop(1.0, 12)
    assert batch is not None
    assert sum(job.tokens for job in batch.jobs) == BUDGET


def test_a_short_comment_does_not_wait_for_the_whole_of_a_long_one() -> None:
    queue = make_queue()
    queue.push([make_job(60, large=True) for _ in range(20)])
    assert queue.pop(0.0) is not None
    queue.push([make_job(60, arrived=0.1), make_job(5, arrived=0.1)])
    firsts = [batch.jobs[0] for _ in range(3) if (batch := queue.pop(0.1)) is not None]
    assert [(job.ticket.large, job.tokens) for job in firsts] == [(False, 60), (False, 5), (True, 60)]


def test_a_long_comment_is_not_starved_by_short_ones_nor_they_by_it() -> None:
    queue = make_queue()
    queue.push([make_job(60, large=True) for _ in range(4)])
    order = []
    for step in range(20):
        now = step * PATIENCE_S / 10
        queue.push(
            [make_job(30, arrived=now), make_job(30, arrived=now)]
        )  # as many as one batch takes: they never run out
        batch = queue.pop(now)
        assert batch is not None
        order.append(batch.jobs[0].ticket.large)
    assert order[:10] == [False] * 10
    assert order[10:18] == [True, False] * 4
    assert not any(order[18:])


def test_jobs_past_their_deadline_or_without_a_caller_are_dropped_at_the_pop() -> None:
    queue = make_queue()
    late, gone, fine = make_job(5, deadline=1.0), make_job(5), make_job(5, deadline=3.0)
    queue.push([late, gone, fine])
    gone.ticket.dropped = True
    batch = queue.pop(2.0)
    assert batch is not None
    assert batch.jobs == (fine,)
    assert batch.dropped == (late, gone)
    assert queue.pop(2.0) is None


def test_dead_jobs_of_a_length_that_is_never_visited_are_swept() -> None:
    queue = make_queue()
    lane = queue._lanes["interactive"]
    queue.push([make_job(5)])
    for _ in range(50):
        dead = make_job(80)
        queue.push([dead, make_job(5)])
        queue.discard(dead)
        for _ in range(2):
            queue.push([make_job(5) for _ in range(BUDGET // 5)])  # never empty
            queue.pop(0.0)
    assert queue.jobs("interactive") > 0
    assert sum(map(len, lane._by_length.values())) <= queue.jobs("interactive") + 2


def test_clear_leaves_nothing() -> None:
    queue = make_queue()
    jobs = [make_job(5), make_job(7, "bulk")]
    queue.push(jobs)
    queue.clear()
    assert queue.pop(0.0) is None
    for job in jobs:
        queue.discard(job)  # its caller may come late
    assert queue.tokens("bulk") == 0
