"""The values of the engine: `Job`, `Batch`, `Ticket`, `Settled`, `Scored`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from models.types import Encoded, Scores, Window, WindowScores

if TYPE_CHECKING:
    from service.engine.request import Request

Lane = Literal["interactive", "bulk"]
LANES: tuple[Lane, ...] = ("interactive", "bulk")


@dataclass(frozen=True, slots=True)
class Scored:
    """The answer for one post. Either `scores` or `error` is there; a post that could not be encoded has no windows."""

    encoded: Encoded
    scores: Scores | None
    error: str | None = None


@dataclass(slots=True, eq=False)
class Ticket:
    """One distinct post on its way through the engine, whoever waits for it.

    keep: its scores may be remembered, because one of its holders allows that. large: it came with more work than a batch
    of a few comments. Which thread may touch what: `holders` and `keep` belong to the event loop; `missing`, `outcomes` and
    `over` to the decode thread; `dropped` and `deadline` change under the worker's lock only.
    """

    key: bytes
    encoded: Encoded
    lane: Lane
    deadline: float | None
    keep: bool = True
    large: bool = False
    jobs: tuple[Job, ...] = ()
    tokens: int = 0
    holders: dict[Request, None] = field(default_factory=dict)
    dropped: bool = False
    outcomes: list[WindowScores | None] = field(default_factory=list)
    missing: int = 0
    over: bool = False

    def live(self, now: float) -> bool:
        """Does anybody still wait for it, and is there time?"""
        return not self.dropped and (self.deadline is None or now < self.deadline)


@dataclass(slots=True, eq=False)
class Job:
    """One window in the queue. index: which of its post's windows. queued: the queue's own mark."""

    ticket: Ticket
    window: Window
    index: int
    tokens: int
    arrived: float
    queued: bool = False

    @property
    def lane(self) -> Lane:
        return self.ticket.lane

    def live(self, now: float) -> bool:
        return self.ticket.live(now)


@dataclass(frozen=True, slots=True)
class Batch:
    """What runs next, oldest job first, and what was dropped while looking for it. Either may be empty, never both."""

    jobs: tuple[Job, ...]
    dropped: tuple[Job, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """A ticket's end. scored is None where the ticket was dropped."""

    ticket: Ticket
    scored: Scored | None


def issue(
    key: bytes, encoded: Encoded, lane: Lane, deadline: float | None, now: float, *, large: bool = False
) -> Ticket:
    """A ticket with one job per window."""
    ticket = Ticket(key, encoded, lane, deadline, large=large)
    ticket.jobs = tuple(Job(ticket, window, index, len(window), now) for index, window in enumerate(encoded.windows))
    ticket.tokens = sum(job.tokens for job in ticket.jobs)
    ticket.outcomes = [None] * len(ticket.jobs)
    ticket.missing = len(ticket.jobs)
    return ticket
