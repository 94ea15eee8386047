"""Known: posts that need no run of their own, because an identical one was scored or is on its way. Loop thread only."""

from __future__ import annotations

from collections.abc import Callable

from service.engine.cache import ContentKey, ScoreCache
from service.engine.jobs import LANES, Lane, Scored, Ticket
from service.engine.request import Request

Extend = Callable[[Ticket, float | None], bool]


class Known:
    """The cache, and the tickets in flight by content.

    extend: `Worker.extend`, which says whether a ticket can still be joined.
    """

    def __init__(self, key: ContentKey, cache: ScoreCache, extend: Extend) -> None:
        self.key = key
        self._cache = cache
        self._extend = extend
        self._in_flight: dict[Lane, dict[bytes, Ticket]] = {lane: {} for lane in LANES}

    def __len__(self) -> int:
        """Tickets in flight."""
        return sum(map(len, self._in_flight.values()))

    def answer(self, request: Request, key: bytes, places: list[int]) -> bool:
        """Answer a post from the cache, or wait for an identical one under way that is at least as urgent."""
        scored = self._cache.get(key)
        if scored is not None:
            request.answer(places, scored)
            request.hits += 1
            return True
        for lane in LANES[: LANES.index(request.lane) + 1]:
            ticket = self._in_flight[lane].get(key)
            if ticket is not None and self._extend(ticket, request.deadline):
                ticket.keep = ticket.keep or request.keep
                request.hold(ticket, places)
                request.hits += 1
                return True
        return False

    def open(self, ticket: Ticket) -> None:
        """Others may join this one from now on."""
        self._in_flight[ticket.lane][ticket.key] = ticket

    def close(self, ticket: Ticket, scored: Scored | None = None) -> None:
        """Nobody can join any more; keep the scores, if there are any and a holder allowed it, also where nobody waits."""
        in_flight = self._in_flight[ticket.lane]
        if in_flight.get(ticket.key) is ticket:
            del in_flight[ticket.key]
        if scored is not None and scored.scores is not None and ticket.keep:
            self._cache.put(ticket.key, scored)
