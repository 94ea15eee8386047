"""The engine's threads: some run batches, one decodes them, so that the next batch runs meanwhile.

All are supervised: whatever kills one is reported, and the engine then fails everything that is live.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, Protocol

from models.backends.base import OutOfMemory
from models.model import Model, ParallelModel, PipelinedModel
from models.types import Window, WindowScores
from service.engine.admission import Rate
from service.engine.halving import Failure, in_halves
from service.engine.jobs import Batch, Job, Scored, Settled, Ticket
from service.engine.queue import Queue
from service.metrics import Metrics

logger = logging.getLogger(__name__)

Clock = Callable[[], float]
Stage = Literal["encode", "run", "decode"]
# What an interactive post waits for at most, besides its own batch, whatever else there is to do, where batches of so few tokens
# are no slower by the token.
_SHORT_BATCH_S = 0.02
WARM_UP = ("Ready.", "The first runs of a model pay for its memory and its kernels. " * 64)


class Reports(Protocol):
    """What the threads tell the engine. Called in the threads."""

    def warm(self) -> None: ...

    def settled(self, ends: Sequence[Settled], tokens: int, seconds: float) -> None:
        """Tickets that ended with one batch, and the tokens that it ran in that time."""
        ...

    def died(self, stage: Stage, error: BaseException) -> None: ...


_Collect = Callable[[], list[WindowScores | None]]


@dataclass(frozen=True, slots=True)
class _Started:
    """A batch under way. began: on the performance counter. collect: waits for it; None where it has not begun yet."""

    batch: Batch
    formed: float
    began: float
    collect: _Collect | None


@dataclass(frozen=True, slots=True)
class _Ran:
    """A batch on its way to the decode thread. An outcome is None where the job was dropped before its run."""

    jobs: Sequence[Job]
    outcomes: Sequence[WindowScores | Failure | None]
    dropped: Sequence[Job]
    formed: float
    seconds: float


class Worker:
    """Takes jobs from any thread, runs them in its own, and reports each ticket once it has all its windows.

    A batch is chosen when the model is free and not earlier: there is no timer, and batches grow by themselves while the
    model is busy. A model that takes several batches at a time gets the next one while the last still runs: from one thread,
    where it does one after the other (a card), or from as many threads as it works on at a time.
    """

    def __init__(
        self, model: Model, waiting: Queue, short_tokens: int, metrics: Metrics, clock: Clock, reports: Reports
    ) -> None:
        """short_tokens: see `EngineSettings`."""
        self._model = model
        self._short_tokens = short_tokens
        self._queue = waiting
        self._metrics = metrics
        self._clock = clock
        self._reports = reports
        self._changed = threading.Condition()
        self._stopping = False
        self._in_flight = model.in_flight if isinstance(model, PipelinedModel) else 1
        self._parallel = model.parallel if isinstance(model, ParallelModel) else 1
        self._ended = 0.0
        self._rate = Rate()
        self._finished: queue.SimpleQueue[_Ran | None] = queue.SimpleQueue()
        self._warm = threading.Event()
        bodies: list[tuple[Stage, Callable[[], None]]] = [("decode", self._decode), ("run", self._warm_up_and_run)]
        bodies += [("run", self._run_when_warm)] * (self._parallel - 1)
        self._threads = [
            threading.Thread(target=self._supervised, args=body, name=f"civility-{body[0]}", daemon=True)
            for body in bodies
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Forget what is queued and end the threads after the batch in hand. Does not wait."""
        with self._changed:
            self._stopping = True
            self._queue.clear()
            self._changed.notify_all()
        self._warm.set()
        self._finished.put(None)

    def join(self, timeout_s: float) -> bool:
        """Wait for the threads. False where one is still in its batch."""
        until = time.monotonic() + timeout_s
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def push(self, tickets: Iterable[Ticket]) -> None:
        """Queue all windows of these posts at once."""
        with self._changed:
            if not self._stopping:
                for ticket in tickets:
                    self._queue.push(ticket.jobs)
                self._changed.notify_all()

    def discard(self, tickets: Iterable[Ticket]) -> None:
        """Drop posts that nobody waits for; a window that is running ends for nothing."""
        with self._changed:
            for ticket in tickets:
                ticket.dropped = True
                for job in ticket.jobs:
                    self._queue.discard(job)

    def extend(self, ticket: Ticket, deadline: float | None) -> bool:
        """Let another caller wait for a ticket, up to its own deadline. False where the ticket is being dropped."""
        with self._changed:
            if not ticket.live(self._clock()):
                return False
            if ticket.deadline is not None:
                ticket.deadline = None if deadline is None else max(ticket.deadline, deadline)
            return True

    def _supervised(self, stage: Stage, body: Callable[[], None]) -> None:
        try:
            body()
        except BaseException as error:
            self._reports.died(stage, error)

    def _warm_up_and_run(self) -> None:
        """The first run thread."""
        # A window at a time: what a runtime needs for a larger run it never gives back.
        for encoded in self._model.encode(WARM_UP):
            self._model.decode(encoded, [score for window in encoded.windows for score in self._model.run([window])])
        self._reports.warm()
        self._warm.set()
        self._run()

    def _run_when_warm(self) -> None:
        """The other run threads: two that warm up at a time would need twice the memory."""
        self._warm.wait()
        self._run()

    def _run(self) -> None:
        """Batch after batch."""
        under_way: deque[_Started] = deque()
        while True:
            batch = self._next(wait=not under_way)
            if batch is not None:
                under_way.append(self._start(batch))
            elif not under_way:
                return
            if batch is None or len(under_way) >= self._in_flight:
                self._finish(under_way.popleft())

    def _start(self, batch: Batch) -> _Started:
        """Begin a batch, if the model takes several at a time; else all of its run comes with `_finish`."""
        collect = None
        if self._in_flight > 1 and isinstance(self._model, PipelinedModel):
            collect = self._submit_live(self._model, batch.jobs)
        return _Started(batch, self._clock(), time.perf_counter(), collect)

    def _finish(self, started: _Started) -> None:
        """Wait for a batch's outcomes, retried in halves where it failed, and hand them on."""
        batch, first = started.batch, started.collect

        def step(jobs: Sequence[Job]) -> list[WindowScores | None]:
            nonlocal first
            collect, first = first, None
            return self._run_live(jobs) if collect is None else collect()

        outcomes = in_halves(step, batch.jobs, self._metrics.retried)
        ended = time.perf_counter()
        with self._changed:
            # Batches under way at a time overlap: each is charged what it took after the one before.
            seconds = max(0.0, ended - max(started.began, self._ended))
            self._ended = max(ended, self._ended)
            if batch.jobs:
                self._rate.measured(sum(job.tokens for job in batch.jobs), seconds)
        self._finished.put(_Ran(batch.jobs, outcomes, batch.dropped, started.formed, seconds))

    def _next(self, *, wait: bool) -> Batch | None:
        """The next batch, as soon as there is one, if `wait`; None where there is none, and at the end."""
        with self._changed:
            while not self._stopping:
                batch = self._queue.pop(self._clock(), self._short())
                if batch is not None:
                    for job in batch.dropped:
                        job.ticket.dropped = True
                    return batch
                if not wait:
                    return None
                self._changed.wait()
        return None

    def _short(self) -> int | None:
        """Tokens that the model reads in `_SHORT_BATCH_S` in one batch, or the least; None before anything was measured."""
        if not self._rate.known:
            return None
        return max(self._short_tokens, int(_SHORT_BATCH_S / self._rate.seconds_for(1)) // self._parallel)

    def _run_live(self, jobs: Sequence[Job]) -> list[WindowScores | None]:
        """One run of the model with the jobs that are still live; None for the others."""
        live, windows = self._live(jobs)
        try:
            return _spread(self._model.run(windows) if windows else [], live)
        except OutOfMemory:
            self._shrink(windows)
            raise

    def _submit_live(self, model: PipelinedModel, jobs: Sequence[Job]) -> _Collect:
        """The same in two halves; what fails at once fails when it is collected."""
        live, windows = self._live(jobs)
        try:
            pending = model.submit(windows) if windows else list
        except Exception as error:
            pending = partial(_raise, error)

        def collect() -> list[WindowScores | None]:
            try:
                return _spread(pending(), live)
            except OutOfMemory:
                self._shrink(windows)
                raise

        return collect

    def _live(self, jobs: Sequence[Job]) -> tuple[list[bool], list[Window]]:
        """Which jobs are still live, and their windows; the others are dropped."""
        with self._changed:
            now = self._clock()
            live = [job.live(now) for job in jobs]
            for job, lives in zip(jobs, live, strict=True):
                if not lives:
                    job.ticket.dropped = True
        return live, [job.window for job, lives in zip(jobs, live, strict=True) if lives]

    def _shrink(self, windows: Sequence[Window]) -> None:
        """The device has no memory for this batch: smaller ones from now on. A single window has no smaller one."""
        if len(windows) > 1:
            size = len(windows) * max(map(len, windows))
            with self._changed:
                budget = self._queue.shrink(size)
            logger.warning("no memory for a batch of %d padded tokens: at most %d from now on", size, budget)

    def _decode(self) -> None:
        """The decode thread: window scores to post scores, one report a batch."""
        while (ran := self._finished.get()) is not None:
            began = time.perf_counter()
            ends = [Settled(job.ticket, None) for job in ran.dropped if self._ends(job.ticket)]
            for job, outcome in zip(ran.jobs, ran.outcomes, strict=True):
                end = self._take(job, outcome)
                if end is not None:
                    ends.append(end)
            lengths = [job.tokens for job, outcome in zip(ran.jobs, ran.outcomes, strict=True) if outcome is not None]
            self._measure(ran, lengths, time.perf_counter() - began)
            self._reports.settled(ends, sum(lengths), ran.seconds)

    def _take(self, job: Job, outcome: WindowScores | Failure | None) -> Settled | None:
        """Take the outcome of one window; the end of its post, if this is what ends it."""
        ticket = job.ticket
        if ticket.over:
            return None
        if outcome is None:
            return Settled(ticket, None) if self._ends(ticket) else None
        if isinstance(outcome, Failure):
            self._ends(ticket)
            return self._failed(ticket, "run", outcome.kind)
        ticket.outcomes[job.index] = outcome
        ticket.missing -= 1
        if ticket.missing:
            return None
        self._ends(ticket)
        windows = [window for window in ticket.outcomes if window is not None]
        try:
            return Settled(ticket, Scored(ticket.encoded, self._model.decode(ticket.encoded, windows)))
        except Exception as error:
            return self._failed(ticket, "decode", type(error).__name__)

    def _ends(self, ticket: Ticket) -> bool:
        """Mark a ticket as over; False where it was."""
        ends = not ticket.over
        ticket.over = True
        return ends

    def _failed(self, ticket: Ticket, stage: Literal["run", "decode"], kind: str) -> Settled:
        self._metrics.failed(stage)
        logger.warning("the model failed on one post: stage=%s error=%s tokens=%d", stage, kind, ticket.tokens)
        return Settled(ticket, Scored(ticket.encoded, None, f"{stage} failed: {kind}"))

    def _measure(self, ran: _Ran, lengths: Sequence[int], decode_s: float) -> None:
        dropped = len(ran.dropped) + len(ran.jobs) - len(lengths)
        if dropped:
            self._metrics.dropped(dropped)
        if lengths:
            self._metrics.batch(lengths, ran.seconds, [ran.formed - job.arrived for job in ran.jobs])
            self._metrics.observe("decode", decode_s)


def _spread(found: Sequence[WindowScores], live: Sequence[bool]) -> list[WindowScores | None]:
    """Scores of the live jobs in their places, None in the others'."""
    if len(found) != sum(live):
        raise ValueError(f"{len(found)} scores for {sum(live)} windows")
    scores = iter(found)
    return [next(scores) if lives else None for lives in live]


def _raise(error: Exception) -> list[WindowScores]:
    raise error
