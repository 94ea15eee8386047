"""The encode stage: texts to token ids in a small pool of threads, before the queue, so that a job's cost is exact."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from models.model import Model
from models.types import Encoded
from service.engine.halving import Failure, in_halves
from service.engine.request import Reply, Request
from service.metrics import Metrics

logger = logging.getLogger(__name__)

Encodings = list[Encoded | Failure]


class Encoder:
    """died: called in the thread with whatever kills it."""

    def __init__(self, model: Model, threads: int, metrics: Metrics, died: Callable[[BaseException], None]) -> None:
        self._model = model
        self._metrics = metrics
        self._died = died
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="civility-encode")

    async def encode(self, request: Request, texts: list[str]) -> Encodings:
        """One result a text, in order; a text that fails does so alone. Raises the failure of the request."""
        if not texts:
            return []
        request.check()
        reply = Reply[Encodings](asyncio.get_running_loop())
        self._pool.submit(self._in_thread, texts, reply)
        return await request.receive(reply)

    def close(self) -> None:
        """Take no more; does not wait for what runs."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _in_thread(self, texts: list[str], reply: Reply[Encodings]) -> None:
        if not reply.wanted:
            return
        try:
            began = time.perf_counter()
            encodings = in_halves(self._encode, texts, self._metrics.retried)
            self._metrics.observe("encode", time.perf_counter() - began)
            for failure in encodings:
                if isinstance(failure, Failure):
                    self._metrics.failed("encode")
                    logger.warning("the model failed on one post: stage=encode error=%s", failure.kind)
            reply.send(encodings)
        except BaseException as error:
            self._died(error)

    def _encode(self, texts: Sequence[str]) -> list[Encoded]:
        encoded = self._model.encode(texts)
        if not all(post.windows and all(map(len, post.windows)) for post in encoded):
            raise ValueError("a post without windows, or a window without tokens, would never be answered")
        return encoded


def chunks(texts: Sequence[str], posts: int, characters: int) -> Iterator[list[str]]:
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
