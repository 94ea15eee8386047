"""Prometheus metrics of one service in a registry of its own; made at the entry point and passed down.

Numbers that change all the time (queue depth, readiness) are read when they are rendered: the hot path pays nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

Stage = Literal["split", "encode", "queue", "run", "decode", "flags", "total"]
STAGES: tuple[Stage, ...] = ("split", "encode", "queue", "run", "decode", "flags", "total")
_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_WINDOWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
_RATIOS = (1.0, 1.02, 1.05, 1.1, 1.2, 1.5, 2.0, 3.0, 5.0)


class Metrics:
    """Everything that `/metrics` shows. Thread-safe. All names begin with `civility_`.

    registry: where the metrics live; a new one by default, so that two services in one process do not meet.
    """

    content_type = CONTENT_TYPE_LATEST

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry if registry is not None else CollectorRegistry()
        r = self.registry
        self._requests = Counter("civility_requests", "Requests answered.", ("route", "status"), registry=r)
        self._posts = Counter("civility_posts", "Posts scored, cached ones included.", registry=r)
        self._failed = Counter("civility_posts_failed", "Posts that the model failed on.", ("stage",), registry=r)
        self._tokens = Counter("civility_tokens", "Tokens that the model ran on, without padding.", registry=r)
        self._windows = Histogram("civility_batch_windows", "Windows in a batch.", buckets=_WINDOWS, registry=r)
        self._ratio = Histogram(
            "civility_batch_padding_ratio", "Padded tokens of a batch by its tokens.", buckets=_RATIOS, registry=r
        )
        self._retries = Counter("civility_batch_retries", "Failed batches that were retried in halves.", registry=r)
        self._dropped = Counter("civility_jobs_dropped", "Jobs dropped: cancelled or too late.", registry=r)
        self._refused = Counter("civility_requests_refused", "Requests refused by a full queue.", ("lane",), registry=r)
        self._hits = Counter("civility_cache_hits", "Posts answered by an earlier identical one.", registry=r)
        self._misses = Counter("civility_cache_misses", "Posts that had to be scored.", registry=r)
        self._seconds = Histogram(
            "civility_stage_seconds", "Seconds by stage.", ("stage",), buckets=_SECONDS, registry=r
        )
        self._stages = {stage: self._seconds.labels(stage) for stage in STAGES}
        self._queue_jobs = Gauge("civility_queue_jobs", "Windows that wait in the queue.", ("lane",), registry=r)
        self._queue_tokens = Gauge("civility_queue_tokens", "Tokens that wait in the queue.", ("lane",), registry=r)
        self._ready = Gauge("civility_ready", "1 while the model is warm and the engine takes work.", registry=r)
        self._second_share = Gauge(
            "civility_cascade_second_share", "Part of the windows that a cascade's second model scored too.", registry=r
        )

        self._jobs = Gauge("civility_bulk_jobs", "Jobs of POST /jobs, of all replicas.", ("state",), registry=r)
        self._jobs_ended = Counter(
            "civility_bulk_jobs_ended", "Jobs of POST /jobs that ended in this process.", ("state",), registry=r
        )
        self._job_rows = Counter("civility_bulk_job_rows", "Rows of jobs that were judged in this process.", registry=r)

    def request(self, route: str, status: int) -> None:
        """Count one answered request. route: the route's pattern, never the path that was asked for."""
        self._requests.labels(route, str(status)).inc()

    def observe(self, stage: Stage, seconds: float) -> None:
        """Record the time that one stage took."""
        self._stages[stage].observe(seconds)

    @contextmanager
    def timed(self, stage: Stage) -> Iterator[None]:
        """Record the time that the block takes, also when it raises."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.observe(stage, time.perf_counter() - began)

    def scored(self, posts: int, *, hits: int) -> None:
        """Count posts of one request, and how many of them an identical post had answered."""
        self._posts.inc(posts)
        self._hits.inc(hits)
        self._misses.inc(posts - hits)

    def failed(self, stage: Stage) -> None:
        """Count one post that has no scores because `stage` failed on it alone."""
        self._failed.labels(stage).inc()

    def batch(self, lengths: Sequence[int], seconds: float, waited: Sequence[float]) -> None:
        """Record one run. lengths: tokens per window. waited: seconds that each job was in the queue."""
        tokens = sum(lengths)
        self._tokens.inc(tokens)
        self._windows.observe(len(lengths))
        self._ratio.observe(max(lengths) * len(lengths) / tokens)
        self.observe("run", seconds)
        queue = self._stages["queue"]
        for wait in waited:
            queue.observe(wait)

    def retried(self) -> None:
        """Count one failed batch that is tried again in halves."""
        self._retries.inc()

    def dropped(self, jobs: int) -> None:
        """Count jobs that were dropped because nobody waits for them any more."""
        self._dropped.inc(jobs)

    def refused(self, lane: str) -> None:
        """Count one request that a full queue refused."""
        self._refused.labels(lane).inc()

    def jobs(self, states: Mapping[str, int]) -> None:
        """How many jobs of POST /jobs are in each state."""
        for state, count in states.items():
            self._jobs.labels(state).set(count)

    def job_ended(self, state: Literal["done", "failed", "cancelled"]) -> None:
        """Count one job that has ended."""
        self._jobs_ended.labels(state).inc()

    def job_rows(self, rows: int) -> None:
        """Count rows of jobs."""
        self._job_rows.inc(rows)

    def watch_queue(self, lane: str, jobs: Callable[[], float], tokens: Callable[[], float]) -> None:
        """Read a lane's depth from these functions whenever the metrics are rendered."""
        self._queue_jobs.labels(lane).set_function(jobs)
        self._queue_tokens.labels(lane).set_function(tokens)

    def watch_ready(self, ready: Callable[[], bool]) -> None:
        """Read the readiness from this function whenever the metrics are rendered."""
        self._ready.set_function(lambda: float(ready()))

    def watch_cascade(self, second_share: Callable[[], float]) -> None:
        """Read the share of a cascade's second model from this function whenever the metrics are rendered."""
        self._second_share.set_function(second_share)

    def render(self) -> bytes:
        """The text format of Prometheus; its media type is `content_type`."""
        return generate_latest(self.registry)
