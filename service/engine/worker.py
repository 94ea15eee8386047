"""The engine's threads: one runs batches, one decodes them, so that the next batch runs meanwhile.

Both are supervised: whatever kills one is reported, and the engine then fails everything that is live.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from models.model import Model
from models.types import WindowScores
from service.engine.halving import Failure, in_halves
from service.engine.jobs import Batch, Job, Scored, Settled, Ticket
from service.engine.queue import Queue
from service.metrics import Metrics

logger = logging.getLogger(__name__)

Clock = Callable[[], float]
Stage = Literal["encode", "run", "decode"]
WARM_UP = ("Ready.", "The first runs of a model pay for its memory and its kernels. " * 64)


class Reports(Protocol):
    """What the threads tell the engine. Called in the threads."""

    def warm(self) -> None: ...

    def settled(self, ends: Sequence[Settled], tokens: int, seconds: float) -> None:
        """Tickets that ended with one batch, and the tokens that it ran in that time."""
        ...

    def died(self, stage: Stage, error: BaseException) -> None: ...


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
    model is busy.
    """

    def __init__(self, model: Model, waiting: Queue, metrics: Metrics, clock: Clock, reports: Reports) -> None:
        self._model = model
        self._queue = waiting
        self._metrics = metrics
        self._clock = clock
        self._reports = reports
        self._changed = threading.Condition()
        self._stopping = False
        self._finished: queue.SimpleQueue[_Ran | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._supervised, args=("run", self._run), name="civility-run", daemon=True),
            threading.Thread(
                target=self._supervised, args=("decode", self._decode), name="civility-decode", daemon=True
            ),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Forget what is queued and end the threads after the batch in hand. Does not wait."""
        with self._changed:
            self._stopping = True
            self._queue.clear()
            self._changed.notify()
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
                self._changed.notify()

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

    def _run(self) -> None:
        """The run thread: warm up, then batch after batch."""
        for encoded in self._model.encode(WARM_UP):
            self._model.decode(encoded, self._model.run(encoded.windows))
        self._reports.warm()
        while (batch := self._next()) is not None:
            formed, began = self._clock(), time.perf_counter()
            outcomes = in_halves(self._run_live, batch.jobs, self._metrics.retried)
            seconds = time.perf_counter() - began
            self._finished.put(_Ran(batch.jobs, outcomes, batch.dropped, formed, seconds))

    def _next(self) -> Batch | None:
        """The next batch as soon as there is one; None at the end."""
        with self._changed:
            while not self._stopping:
                batch = self._queue.pop(self._clock())
                if batch is not None:
                    for job in batch.dropped:
                        job.ticket.dropped = True
                    return batch
                self._changed.wait()
        return None

    def _run_live(self, jobs: Sequence[Job]) -> list[WindowScores | None]:
        """One run of the model with the jobs that are still live; None for the others."""
        with self._changed:
            now = self._clock()
            live = [job.live(now) for job in jobs]
            for job, lives in zip(jobs, live, strict=True):
                if not lives:
                    job.ticket.dropped = True
        windows = [job.window for job, lives in zip(jobs, live, strict=True) if lives]
        found = self._model.run(windows) if windows else []
        if len(found) != len(windows):
            raise ValueError(f"{len(found)} scores for {len(windows)} windows")
        scores = iter(found)
        return [next(scores) if lives else None for lives in live]

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
