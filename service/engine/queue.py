"""The queue: which windows run together. Pure: no clock, no lock, no thread; `now` is an argument.

Jobs of one length wait in a deque, first in first out, and the lengths are kept sorted. A pop touches only the jobs that
it returns and the lengths that it looks at (never more than the model's window has tokens), so its cost does not grow
with the queue.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable

from service.engine.jobs import LANES, Batch, Job, Lane

# Batches stay short for so long after a small interactive piece: the next one must not wait behind a long batch.
SHORT_S = 3.0
# How long work that comes in a large piece (a long post, a page) lets small pieces go first, however many they are.
PATIENCE_S = 0.5


class Queue:
    """Two lanes of jobs and the rule that forms a batch.

    A batch is one job, the first of its lane, and its nearest neighbours in length, within `budget` padded tokens. It grows
    while its padding stays within `overhead`, the cost of one more batch in tokens: beyond that, two batches are cheaper.
    First is the oldest job; but one of a large piece of work lets those of small pieces pass until it has waited for
    `PATIENCE_S`, and then takes turns with them, so that a short comment never waits for the whole of a long one.
    Interactive jobs go before bulk; while both lanes wait, bulk gets `bulk_share` of the padded tokens. For `SHORT_S` after
    a small interactive piece, a batch has at most the padded tokens that `pop` is told; a longer window still runs, alone.
    Where small pieces wait for more than that, so that they queue whatever is done, a batch takes half of what waits: then
    throughput is what shortens the wait.
    """

    def __init__(self, budget: int, overhead: int, bulk_share: float) -> None:
        self._budget = budget
        self._overhead = overhead
        self._bulk_share = bulk_share
        self._lanes: dict[Lane, _Lane] = {lane: _Lane() for lane in LANES}
        self._owed_to_bulk = 0.0
        self._interactive_at = -math.inf

    def push(self, jobs: Iterable[Job]) -> None:
        """Add jobs, in the order of their arrival."""
        for job in jobs:
            self._lanes[job.lane].push(job)

    def discard(self, job: Job) -> None:
        """Take a job out that nobody waits for any more. No-op where it is not queued (any more)."""
        if job.queued:
            self._lanes[job.lane].forget(job)

    def clear(self) -> None:
        """Take everything out."""
        for lane in self._lanes.values():
            lane.clear()

    def shrink(self, failed: int) -> int:
        """Batches of at most half of `failed` padded tokens from now on: that many did not fit the device. The new budget."""
        self._budget = max(1, min(self._budget, failed // 2))
        return self._budget

    def jobs(self, lane: Lane) -> int:
        """Jobs that wait."""
        return self._lanes[lane].jobs

    def tokens(self, lane: Lane) -> int:
        """Tokens that wait, without padding."""
        return self._lanes[lane].tokens

    def pop(self, now: float, short: int | None = None) -> Batch | None:
        """Form the next batch; None when nothing waits. Jobs that are not live at `now` are dropped on the way.

        short: padded tokens of a batch while interactive jobs come; None: as many as others have.
        """
        dropped: list[Job] = []
        fronts = {lane: self._lanes[lane].front(now, dropped) for lane in LANES}
        lane = self._choose(fronts["interactive"] is not None, fronts["bulk"] is not None)
        first, budget = fronts[lane], self._budget
        small = self._lanes["interactive"].small_tokens
        if small:
            self._interactive_at = now
        if short is not None and now - self._interactive_at < SHORT_S:
            budget = min(budget, max(short, small // 2 if lane == "interactive" else 0))
        taken = [] if first is None else self._lanes[lane].take(first, budget, self._overhead, now, dropped)
        if fronts["interactive"] is not None and fronts["bulk"] is not None:
            cost = len(taken) * max(job.tokens for job in taken)
            self._owed_to_bulk += cost * (self._bulk_share if lane == "interactive" else self._bulk_share - 1)
        return Batch(tuple(taken), tuple(dropped)) if taken or dropped else None

    def _choose(self, interactive: bool, bulk: bool) -> Lane:
        """The debt to bulk lives only while both lanes wait: a lane that was empty has no claim on the past."""
        if not (interactive and bulk):
            self._owed_to_bulk = 0.0
            return "bulk" if bulk else "interactive"
        return "bulk" if self._owed_to_bulk > 0 else "interactive"


class _Lane:
    """Jobs by length and by arrival, of small and of large pieces apart. A job that leaves by one of the two is only marked, and swept from the other when it
    comes to the front there; every pop passes all that is older than the oldest live job, so what is dead does not pile up.
    """

    def __init__(self) -> None:
        self.jobs = 0
        self.tokens = 0
        self.small_tokens = 0  # of small pieces of work
        self._arrivals: tuple[deque[Job], deque[Job]] = deque(), deque()  # of small pieces of work, of large ones
        self._large_next = False
        self._by_length: dict[int, deque[Job]] = {}
        self._lengths: list[int] = []

    def push(self, job: Job) -> None:
        job.queued = True
        self._arrivals[job.ticket.large].append(job)
        same = self._by_length.get(job.tokens)
        if same is None:
            same = self._by_length[job.tokens] = deque()
            insort(self._lengths, job.tokens)
        same.append(job)
        self._count(job, 1)

    def forget(self, job: Job) -> None:
        job.queued = False
        self._count(job, -1)

    def _count(self, job: Job, sign: int) -> None:
        self.jobs += sign
        self.tokens += sign * job.tokens
        if not job.ticket.large:
            self.small_tokens += sign * job.tokens

    def clear(self) -> None:
        for arrivals in self._arrivals:
            for job in arrivals:
                job.queued = False
            arrivals.clear()
        self.jobs = self.tokens = self.small_tokens = 0
        self._by_length.clear()
        self._lengths.clear()

    def front(self, now: float, dropped: list[Job]) -> Job | None:
        """The live job that is to run first, still in the lane."""
        small, large = (self._oldest(arrivals, now, dropped) for arrivals in self._arrivals)
        if small is not None and large is not None:
            impatient = large.arrived <= small.arrived and now - large.arrived >= PATIENCE_S
            self._large_next = impatient and not self._large_next
            return large if self._large_next else small
        if small is None and large is None:
            self._by_length.clear()
            self._lengths.clear()
        return small if small is not None else large

    def _oldest(self, arrivals: deque[Job], now: float, dropped: list[Job]) -> Job | None:
        """The oldest live job of these; the dead ones before it are swept."""
        while arrivals:
            job = arrivals[0]
            if job.queued and job.live(now):
                return job
            arrivals.popleft()
            if job.queued:
                self.forget(job)
                dropped.append(job)
            same = self._by_length.get(job.tokens, ())
            while same and not same[0].queued:
                same.popleft()
        return None

    def take(self, first: Job, budget: int, overhead: int, now: float, dropped: list[Job]) -> list[Job]:
        """The first job and its neighbours; see `Queue` for the rule."""
        at = bisect_left(self._lengths, first.tokens)
        longest = first.tokens
        self.forget(first)
        taken = [first, *self._take_of(longest, budget // longest - 1, now, dropped)]
        padding = 0
        below, above = at - 1, at + 1
        while True:
            room = budget // longest - len(taken)
            shorter = self._lengths[below] if below >= 0 else None
            longer = self._lengths[above] if above < len(self._lengths) else None
            # Padding per job that would be added: a shorter job is padded itself, a longer one pads all that are in.
            cost_below = longest - shorter if shorter is not None and room > 0 else None
            cost_above = None
            if longer is not None and (room_above := budget // longer - len(taken)) > 0:
                lift = (longer - longest) * len(taken)
                if padding + lift <= overhead:
                    cost_above = lift / min(room_above, max(1, len(self._by_length[longer])))
            if cost_below is not None and padding + cost_below > overhead:
                cost_below = None
            if shorter is not None and cost_below is not None and (cost_above is None or cost_below <= cost_above):
                found = self._take_of(shorter, min(room, (overhead - padding) // cost_below), now, dropped)
                padding += cost_below * len(found)
                below -= 1
            elif longer is not None and cost_above is not None:
                found = self._take_of(longer, room_above, now, dropped)
                if found:
                    padding += (longer - longest) * len(taken)
                    longest = longer
                above += 1
            else:
                break
            taken += found
        self._sweep(below + 1, above)
        return taken

    def _take_of(self, length: int, limit: int, now: float, dropped: list[Job]) -> list[Job]:
        """Up to `limit` live jobs of one length, oldest first."""
        same = self._by_length[length]
        taken: list[Job] = []
        while same and len(taken) < limit:
            job = same.popleft()
            if not job.queued:
                continue
            self.forget(job)
            (taken if job.live(now) else dropped).append(job)
        return taken

    def _sweep(self, start: int, end: int) -> None:
        """Remove the lengths that have run empty among those at start..end."""
        for length in self._lengths[start:end]:
            if not self._by_length[length]:
                del self._by_length[length]
        self._lengths[start:end] = [length for length in self._lengths[start:end] if length in self._by_length]
