"""Request: one caller of the engine, on the event loop: its answers so far and what it waits for. Loop thread only."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from service.engine.errors import EngineError
from service.engine.jobs import Lane, Scored, Ticket

T = TypeVar("T")


class Reply(Generic[T]):
    """One value on its way from a thread to a coroutine: set only if the awaiter is still there."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._future: asyncio.Future[T] = loop.create_future()

    @property
    def wanted(self) -> bool:
        """False once the value is there or the awaiter is gone. Any thread may ask."""
        return not self._future.done()

    def send(self, value: T) -> None:
        """From any thread. Lost where the loop is closed: then nobody waits."""
        try:
            self._loop.call_soon_threadsafe(self.set, value)
        except RuntimeError:
            if not self._loop.is_closed():
                raise

    def fail(self, error: BaseException) -> None:
        """From the loop's thread."""
        if not self._future.done():
            self._future.set_exception(error)

    def set(self, value: T) -> None:
        """From the loop's thread."""
        if not self._future.done():
            self._future.set_result(value)

    async def receive(self) -> T:
        return await self._future


class Request:
    """size: number of posts asked for. deadline: on the engine's clock.

    tickets: the posts under way, with the places of the answer in `results`. held: their tokens. charge: what admission
    holds for this request; fed: all posts have been encoded and queued. keep: its scores may be remembered.
    """

    def __init__(self, size: int, lane: Lane, deadline: float | None, keep: bool = True) -> None:
        self.lane = lane
        self.deadline = deadline
        self.keep = keep
        self.results: list[Scored | None] = [None] * size
        self.tickets: dict[Ticket, list[int]] = {}
        self.held = 0
        self.charge = 0
        self.fed = False
        self.hits = 0
        self._failure: EngineError | None = None
        self._reply: Reply[Any] | None = None
        self._room: Reply[None] | None = None
        self._mark = 0

    def answer(self, places: Sequence[int], scored: Scored) -> None:
        """Put one answer in its places."""
        for place in places:
            self.results[place] = scored

    def hold(self, ticket: Ticket, places: list[int]) -> None:
        """Wait for a ticket."""
        self.tickets[ticket] = places
        ticket.holders[self] = None
        self.held += ticket.tokens

    def settle(self, ticket: Ticket, scored: Scored) -> None:
        """Take a ticket's answer; wakes the caller when it has waited for this one."""
        self.answer(self.tickets.pop(ticket), scored)
        self.held -= ticket.tokens
        if self._room is not None and self.held <= self._mark:
            self._room.set(None)

    def fail(self, error: EngineError) -> None:
        """End the request; the first failure counts. Wakes the caller wherever it waits."""
        if self._failure is None:
            self._failure = error
            if self._reply is not None:
                self._reply.fail(error)

    def check(self) -> None:
        """Raise the failure, if there is one."""
        if self._failure is not None:
            raise self._failure

    async def receive(self, reply: Reply[T]) -> T:
        """Wait for a reply, or for the failure of the request."""
        self.check()
        self._reply = reply
        try:
            return await reply.receive()
        finally:
            self._reply = None

    async def held_at_most(self, tokens: int) -> None:
        """Wait until no more than that is under way. With 0: until every ticket is settled."""
        self.check()
        if self.held > tokens:
            self._mark = tokens
            self._room = Reply[None](asyncio.get_running_loop())
            try:
                await self.receive(self._room)
            finally:
                self._room = None
