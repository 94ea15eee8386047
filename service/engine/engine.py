"""Engine: the async front. Tokenises off the loop, admits, coalesces, queues, and hands each request its answers.

Everything here runs on the event loop's thread, save the reports of the worker's threads.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from enum import Enum
from functools import partial
from typing import NamedTuple

from models.cascade import CascadeModel
from models.model import Model
from models.types import Encoded
from service.engine.admission import Admission, Rate
from service.engine.cache import ContentKey, ScoreCache
from service.engine.encoding import Encoder, chunks
from service.engine.errors import DeadlineExceeded, EngineDown, EngineError, Overloaded
from service.engine.halving import Failure
from service.engine.jobs import LANES, Lane, Scored, Settled, issue
from service.engine.known import Known
from service.engine.queue import Queue
from service.engine.request import Request
from service.engine.settings import EngineSettings
from service.engine.worker import Clock, Stage, Worker
from service.metrics import Metrics

logger = logging.getLogger(__name__)

_JOIN_S = 5.0
# Posts that are queued together with more tokens than this let others pass for a while; see `service.engine.queue`.
LARGE_TOKENS = 512


class _Post(NamedTuple):
    """A post on its way from the encoder to the queue; places: where its answer goes."""

    key: bytes
    encoded: Encoded
    tokens: int
    places: list[int]


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
        self._requests: set[Request] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._token_rate, self._text_rate = Rate(), Rate()
        self._queued = {lane: Admission(settings.queue_tokens, "tokens", self._token_rate) for lane in LANES}
        self._unread = {lane: Admission(settings.unread_characters, "characters", self._text_rate) for lane in LANES}
        self._encoder = Encoder(model, settings.encode_threads, metrics, partial(self.died, "encode"))
        waiting = Queue(settings.batch_tokens, settings.batch_overhead_tokens, settings.bulk_share)
        self._worker = Worker(model, waiting, settings.short_tokens, metrics, clock, self)
        key = ContentKey(model.card.name, model.card.version)
        self._known = Known(key, ScoreCache(settings.cache_bytes), self._worker.extend)
        for lane in LANES:
            metrics.watch_queue(lane, partial(waiting.jobs, lane), partial(waiting.tokens, lane))
        metrics.watch_ready(lambda: self.ready)
        if isinstance(model, CascadeModel):
            metrics.watch_cascade(lambda: model.second_share)

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
        self, texts: Sequence[str], lane: Lane = "interactive", deadline_s: float | None = None, keep: bool = True
    ) -> list[Scored]:
        """Score posts, one answer a text, in order. A post that the model fails on has an `error`; the others are fine.

        lane: bulk work gets what interactive work leaves, and a guaranteed share. deadline_s: seconds from now.
        keep: remember the scores for repeats, and with them the texts, in memory, until newer ones take their place.
        Raises `Overloaded` (nothing was taken), `DeadlineExceeded` or `EngineDown`. Cancelling drops what has not run.
        """
        if self._state not in (_State.WARMING, _State.READY):
            raise self._down_error()
        request = Request(len(texts), lane, None if deadline_s is None else self._clock() + deadline_s, keep)
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
        self._encoder.close()
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
        self._unread[request.lane].admit(characters)
        try:
            posts: list[_Post] = []
            tokens = 0
            for chunk in chunks(list(places), self._settings.encode_posts, self._settings.encode_characters):
                encoded = await self._encode(request, chunk, places)
                posts += encoded
                tokens += sum(post.tokens for post in encoded)
                if request.charge or tokens >= self._settings.slice_tokens:
                    await self._submit(request, posts, tokens)
                    posts, tokens = [], 0
            await self._submit(request, posts, tokens)
        finally:
            self._unread[request.lane].release(characters)
        request.fed = True
        self._discharge(request)

    async def _encode(self, request: Request, texts: Sequence[str], places: dict[str, list[int]]) -> list[_Post]:
        """The posts that need a run; those that are known, or that cannot be encoded, are answered here."""
        keys = {text: self._known.key(text) for text in texts}
        fresh = [text for text, key in keys.items() if not self._known.answer(request, key, places[text])]
        posts = []
        for text, encoded in zip(fresh, await self._encoder.encode(request, fresh), strict=True):
            if isinstance(encoded, Failure):
                request.answer(places[text], Scored(Encoded(text, ()), None, f"encode failed: {encoded.kind}"))
            else:
                posts.append(_Post(keys[text], encoded, encoded.tokens, places[text]))
        return posts

    async def _submit(self, request: Request, posts: Sequence[_Post], tokens: int) -> None:
        """Admit the request, if that has not been done; then queue the posts as soon as its slice has room."""
        request.check()
        if not posts:
            return
        limit = self._settings.slice_tokens
        if not request.charge:
            self._queued[request.lane].admit(min(tokens, limit))
            request.charge = min(tokens, limit)
        await request.held_at_most(max(0, limit - tokens))
        now, large = self._clock(), tokens > LARGE_TOKENS
        tickets = []
        for post in posts:
            if not self._known.answer(request, post.key, post.places):  # another request may have been faster
                ticket = issue(post.key, post.encoded, request.lane, request.deadline, now, large=large)
                ticket.keep = request.keep
                self._known.open(ticket)
                request.hold(ticket, post.places)
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
                self._known.close(ticket)
                abandoned.append(ticket)
        if abandoned:
            self._worker.discard(abandoned)
        self._requests.discard(request)
        if not self._requests:
            self._idle.set()

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
            self._token_rate.measured(tokens, seconds)
            self._text_rate.measured(sum(len(end.ticket.encoded.text) for end in ends), seconds)
        for end in ends:
            ticket, scored = end.ticket, end.scored
            self._known.close(ticket, scored)
            if scored is None or scored.error is not None:
                self._worker.discard([ticket])  # the other windows of a post that has failed
            for request in ticket.holders:
                if scored is None:
                    request.fail(DeadlineExceeded("the deadline passed before the run"))
                else:
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
