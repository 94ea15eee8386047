"""Engine: the async front. Tokenises off the loop, admits, coalesces, queues, and hands each request its answers.

Everything here runs on the event loop's thread, save `_encode_in_thread` and the reports of the worker's threads.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from functools import partial

from models.model import Model
from models.types import Encoded
from service.engine.admission import Admission, Rate
from service.engine.cache import ContentKey, ScoreCache
from service.engine.errors import DeadlineExceeded, EngineDown, EngineError, Overloaded
from service.engine.halving import Failure, in_halves
from service.engine.jobs import LANES, Lane, Scored, Settled, Ticket, issue
from service.engine.queue import Queue
from service.engine.request import Reply, Request
from service.engine.settings import EngineSettings
from service.engine.worker import Clock, Stage, Worker
from service.metrics import Metrics

logger = logging.getLogger(__name__)

_JOIN_S = 5.0


class _State(Enum):
    NEW = "the engine has not been started"
    WARMING = "the engine is warming up"
    READY = "the engine is ready"
    DRAINING = "the engine is draining"
    DOWN = "the engine is down"


class Engine:
    """Scores posts of many callers with one model.

    Admission: a request holds its tokens in its lane's account until they are scored, but never more than
    `settings.slice_tokens`: a larger one is fed through in slices of that size, so that it neither blocks the lane for
    the others nor is ever too large to be admitted. It is admitted as a whole, before its first post is queued.

    clock: seconds, monotonic; deadlines are compared with it. The model stays the caller's: `close` does not close it.
    """

    def __init__(
        self,
        model: Model,
        settings: EngineSettings | None = None,
        metrics: Metrics | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self._model = model
        self._settings = settings = settings if settings is not None else EngineSettings()
        self._metrics = metrics = metrics if metrics is not None else Metrics()
        self._clock = clock
        self._state = _State.NEW
        self._reason = ""
        self._key = ContentKey(model.card.name, model.card.version)
        self._cache = ScoreCache(settings.cache_bytes)
        self._in_flight: dict[Lane, dict[bytes, Ticket]] = {lane: {} for lane in LANES}
        self._requests: set[Request] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._rate, encode_rate = Rate(), Rate()
        self._encode_rate = encode_rate
        self._queued = {lane: Admission(settings.queue_tokens, "tokens", self._rate) for lane in LANES}
        self._encoding = {lane: Admission(settings.encoding_characters, "characters", encode_rate) for lane in LANES}
        self._pool = ThreadPoolExecutor(settings.encode_threads, thread_name_prefix="civility-encode")
        waiting = Queue(settings.batch_tokens, settings.batch_overhead_tokens, settings.bulk_share)
        self._worker = Worker(model, waiting, metrics, clock, self)
        for lane in LANES:
            metrics.watch_queue(lane, partial(waiting.jobs, lane), partial(waiting.tokens, lane))
        metrics.watch_ready(lambda: self.ready)

    @property
    def ready(self) -> bool:
        """The model has answered its warm-up and the engine takes work."""
        return self._state is _State.READY

    def start(self) -> asyncio.Future[None]:
        """Start the threads. `score` takes work from now on; the result, which need not be awaited, comes when the model
        is warm, or is `EngineDown` where it fails its warm-up. Call it on the event loop."""
        if self._state is not _State.NEW:
            raise EngineDown("the engine can be started once")
        self._loop = asyncio.get_running_loop()
        self._warm: asyncio.Future[None] = self._loop.create_future()
        self._state = _State.WARMING
        self._worker.start()
        return self._warm

    async def score(
        self, texts: Sequence[str], lane: Lane = "interactive", deadline_s: float | None = None
    ) -> list[Scored]:
        """Score posts, one answer a text, in order. A post that the model fails on has an `error`; the others are fine.

        lane: bulk work gets what interactive work leaves, and a guaranteed share. deadline_s: seconds from now.
        Raises `Overloaded` (nothing was taken), `DeadlineExceeded` or `EngineDown`. Cancelling drops what has not run.
        """
        if self._state not in (_State.WARMING, _State.READY):
            raise self._down_error()
        request = Request(len(texts), lane, None if deadline_s is None else self._clock() + deadline_s)
        self._requests.add(request)
        self._idle.clear()
        try:
            async with asyncio.timeout(deadline_s):
                await self._feed(request, texts)
                await request.held_at_most(0)
        except TimeoutError:
            raise DeadlineExceeded(f"not scored within {deadline_s} s") from None
        except Overloaded:
            self._metrics.refused(lane)
            raise
        finally:
            self._leave(request)
        self._metrics.scored(len(texts), hits=request.hits)
        return [scored for scored in request.results if scored is not None]

    async def drain(self, timeout_s: float) -> bool:
        """Take no more requests, finish those that are there; what is left after `timeout_s` fails with `EngineDown`.

        True when all were finished in time. The threads live on until `close`.
        """
        if self._state in (_State.WARMING, _State.READY):
            self._state = _State.DRAINING
        try:
            async with asyncio.timeout(timeout_s):
                await self._idle.wait()
        except TimeoutError:
            self._go_down(f"the request was not finished within the {timeout_s} s of draining")
            await self._idle.wait()
            return False
        return True

    def close(self) -> None:
        """Stop at once. Requests that are still there fail with `EngineDown`. Call it on the event loop."""
        self._go_down("the engine was closed")
        self._pool.shutdown(wait=False, cancel_futures=True)
        if not self._worker.join(_JOIN_S):
            logger.warning("the model is still in a batch after %s s; its thread is left behind", _JOIN_S)

    # The way of a request

    async def _feed(self, request: Request, texts: Sequence[str]) -> None:
        """Encode, admit and queue the posts; returns once all are queued or answered."""
        places: dict[str, list[int]] = {}
        for place, text in enumerate(texts):
            places.setdefault(text, []).append(place)
        request.hits = len(texts) - len(places)
        self._queued[request.lane].check(1)  # do not tokenise for a queue that is full anyway
        characters = sum(map(len, places))
        self._encoding[request.lane].admit(characters)
        try:
            buffer: list[tuple[bytes, Encoded, list[int]]] = []
            tokens = 0
            for chunk in _chunks(list(places), self._settings.encode_posts, self._settings.encode_characters):
                fresh = self._recall(request, chunk, places)
                for (key, text), encoded in zip(
                    fresh, await self._encode(request, [text for _, text in fresh]), strict=True
                ):
                    if isinstance(encoded, Failure):
                        failed = Scored(Encoded(text, ()), None, f"encode failed: {encoded.kind}")
                        request.answer(places[text], failed)
                    else:
                        buffer.append((key, encoded, places[text]))
                        tokens += encoded.tokens
                if request.charge or tokens >= self._settings.slice_tokens:
                    await self._submit(request, buffer, tokens)
                    buffer, tokens = [], 0
            await self._submit(request, buffer, tokens)
        finally:
            self._encoding[request.lane].release(characters)
        request.fed = True
        self._discharge(request)

    def _recall(self, request: Request, texts: Sequence[str], places: dict[str, list[int]]) -> list[tuple[bytes, str]]:
        """Answer from the cache what it has, join what is under way; the rest, with their keys."""
        fresh = []
        for text in texts:
            key = self._key(text)
            if not self._answered(request, key, places[text]):
                fresh.append((key, text))
        return fresh

    def _answered(self, request: Request, key: bytes, places: list[int]) -> bool:
        """Answer a post from the cache, or from an identical post under way that is at least as urgent."""
        known = self._cache.get(key)
        if known is not None:
            request.answer(places, known)
            request.hits += 1
            return True
        for lane in LANES[: LANES.index(request.lane) + 1]:
            ticket = self._in_flight[lane].get(key)
            if ticket is not None and self._worker.extend(ticket, request.deadline):
                request.hold(ticket, places)
                request.hits += 1
                return True
        return False

    async def _encode(self, request: Request, texts: list[str]) -> list[Encoded | Failure]:
        if not texts:
            return []
        request.check()
        reply = Reply[list[Encoded | Failure]](self._loop)
        self._pool.submit(self._encode_in_thread, texts, reply)
        return await request.receive(reply)

    def _encode_in_thread(self, texts: list[str], reply: Reply[list[Encoded | Failure]]) -> None:
        if not reply.wanted:
            return
        began = time.perf_counter()
        try:
            encoded = in_halves(self._encode_whole, texts, self._metrics.retried)
        except BaseException as error:
            self.died("encode", error)
            return
        seconds = time.perf_counter() - began
        self._metrics.observe("encode", seconds)
        for failure in (post for post in encoded if isinstance(post, Failure)):
            self._metrics.failed("encode")
            logger.warning("the model failed on one post: stage=encode error=%s", failure.kind)
        reply.send(encoded)
        self._tell(self._encode_rate.measured, sum(map(len, texts)), seconds)

    def _encode_whole(self, texts: Sequence[str]) -> list[Encoded]:
        encoded = self._model.encode(texts)
        if not all(post.windows for post in encoded):
            raise ValueError("a post without windows would never be answered")
        return encoded

    async def _submit(self, request: Request, buffer: Sequence[tuple[bytes, Encoded, list[int]]], tokens: int) -> None:
        """Admit the request, if that has not been done; then queue the posts as soon as its slice has room."""
        request.check()
        if not buffer:
            return
        limit = self._settings.slice_tokens
        if not request.charge:
            charge = min(tokens, limit)
            self._queued[request.lane].admit(charge)
            request.charge = charge
        await request.held_at_most(max(0, limit - tokens))
        now = self._clock()
        tickets = []
        for key, encoded, places in buffer:
            if not self._answered(request, key, places):  # another request may have been faster
                ticket = issue(key, encoded, request.lane, request.deadline, now)
                self._in_flight[request.lane][key] = ticket
                request.hold(ticket, places)
                tickets.append(ticket)
        self._worker.push(tickets)

    def _discharge(self, request: Request) -> None:
        """Give back the admitted tokens that a fully queued request no longer needs."""
        if request.fed and request.held < request.charge:
            self._queued[request.lane].release(request.charge - request.held)
            request.charge = request.held

    def _leave(self, request: Request) -> None:
        """The request has its end: whatever it still waits for is dropped where it was the last to wait."""
        self._queued[request.lane].release(request.charge)
        abandoned = []
        for ticket in request.tickets:
            del ticket.holders[request]
            if not ticket.holders:
                self._forget(ticket)
                abandoned.append(ticket)
        if abandoned:
            self._worker.discard(abandoned)
        self._requests.discard(request)
        if not self._requests:
            self._idle.set()

    def _forget(self, ticket: Ticket) -> None:
        ticket.settled = True
        in_flight = self._in_flight[ticket.lane]
        if in_flight.get(ticket.key) is ticket:
            del in_flight[ticket.key]

    # Reports: called in the worker's threads, done on the loop

    def warm(self) -> None:
        """The model has answered its warm-up."""
        self._tell(self._on_warm)

    def settled(self, ends: Sequence[Settled], tokens: int, seconds: float) -> None:
        """Tickets ended with a batch: one wake-up of the loop for all of them."""
        self._tell(self._on_settled, ends, tokens, seconds)

    def died(self, stage: Stage, error: BaseException) -> None:
        """A thread died, and the engine with it."""
        logger.critical("the %s thread died: %s", stage, type(error).__name__)
        self._tell(self._go_down, f"the {stage} thread died: {type(error).__name__}")

    def _tell(self, callback: object, *args: object) -> None:
        try:
            self._loop.call_soon_threadsafe(callback, *args)  # type: ignore[arg-type]
        except RuntimeError:
            if not self._loop.is_closed():
                raise

    def _on_warm(self) -> None:
        if self._state is _State.WARMING:
            self._state = _State.READY
        if not self._warm.done():
            self._warm.set_result(None)

    def _on_settled(self, ends: Sequence[Settled], tokens: int, seconds: float) -> None:
        if tokens:
            self._rate.measured(tokens, seconds)
        for end in ends:
            ticket, scored = end.ticket, end.scored
            if ticket.settled:
                continue
            self._forget(ticket)
            if scored is None:
                for request in ticket.holders:
                    request.fail(DeadlineExceeded("the deadline passed before the run"))
                continue
            if scored.scores is not None:
                self._cache.put(ticket.key, scored)
            elif len(ticket.jobs) > 1:
                self._worker.discard([ticket])
            for request in ticket.holders:
                request.settle(ticket, scored)
                self._discharge(request)

    def _go_down(self, reason: str) -> None:
        """Fail everything that is live, once. Readiness goes down for good."""
        if self._state is _State.DOWN:
            return
        logger.info("engine down: %s", reason)
        started = self._state is not _State.NEW
        self._state, self._reason = _State.DOWN, reason
        if started:
            self._worker.stop()
            if not self._warm.done():
                self._warm.set_exception(self._down_error())
                self._warm.exception()  # taken here, so that nobody has to wait for it
        for request in self._requests:
            request.fail(self._down_error())

    def _down_error(self) -> EngineError:
        return EngineDown(self._reason or self._state.value)


def _chunks(texts: Sequence[str], posts: int, characters: int) -> Iterator[list[str]]:
    """Consecutive texts, as many as fit both limits and at least one."""
    chunk: list[str] = []
    size = 0
    for text in texts:
        if chunk and (len(chunk) >= posts or size + len(text) > characters):
            yield chunk
            chunk, size = [], 0
        chunk.append(text)
        size += len(text)
    if chunk:
        yield chunk
