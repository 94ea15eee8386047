"""Runner: takes jobs from the queue, works on them, keeps their leases, and removes what nobody needs any more."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any

from service.database import DatabaseError
from service.errors import ServiceError, Unavailable
from service.jobs.errors import JobFailed, LeaseLost
from service.jobs.fetch import Fetcher
from service.jobs.model import Lease
from service.jobs.place import JobPlace
from service.jobs.work import Work
from service.metrics import Metrics
from service.moderation import Moderator
from service.observe import frames_of
from service.settings import Settings, SettingsError

log = logging.getLogger("civility.jobs")

POLL_S = 2.0
_HOUSEKEEPING_S = 60.0
_BEAT_S = 1.0
_AGAIN_S = 30.0
_UNAVAILABLE_S = 5.0


class Runner:
    """`settings.job_workers` jobs at a time, in the event loop that `start` is called in."""

    def __init__(
        self, place: JobPlace, fetcher: Fetcher, moderator: Moderator, settings: Settings, metrics: Metrics
    ) -> None:
        self._place = place
        self._fetcher = fetcher
        self._moderator = moderator
        self._settings = settings
        self._metrics = metrics
        self._tasks: list[asyncio.Task[None]] = []
        self._new = asyncio.Event()
        self._beat_s = min(_BEAT_S, settings.job_lease_s / 5)
        self._problem = ""

    def start(self) -> None:
        """Begin to take jobs."""
        self._tasks = [asyncio.create_task(self._repeat(self._take, POLL_S)) for _ in range(self._settings.job_workers)]
        self._tasks.append(asyncio.create_task(self._repeat(self._keep_house, _HOUSEKEEPING_S)))
        self._tasks.append(asyncio.create_task(self._repeat(self._count, POLL_S)))

    def wake(self) -> None:
        """There is a new job: do not wait until the next look."""
        self._new.set()

    async def stop(self) -> None:
        """Write down what has been done of the jobs that are under way, and give them back to the queue."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _repeat(self, step: Callable[[], Coroutine[Any, Any, bool]], pause_s: float) -> None:
        """Until cancelled. A step that gives True is followed by the next one at once."""
        while True:
            try:
                if self._place.there and await step():
                    continue
                self._problem = ""
            except (DatabaseError, ServiceError, SettingsError, OSError) as error:
                self._tell(str(error))
            except Exception as error:
                self._tell(f"unexpected {type(error).__name__} at {frames_of(error)}")
            self._new.clear()
            try:
                async with asyncio.timeout(pause_s):
                    await self._new.wait()
            except TimeoutError:
                pass

    def _tell(self, problem: str) -> None:
        """Log a problem once, not at every look."""
        if problem != self._problem:
            log.error("%s", problem)
        self._problem = problem

    async def _take(self) -> bool:
        """One job, if there is one."""
        if not self._moderator.engine.ready:
            return False
        lease = await asyncio.to_thread(lambda: self._place.queue.claim())
        if lease is None:
            return False
        log.info("job %s: begun, attempt %d", lease.job.id, lease.job.attempts)
        work = Work(lease, self._moderator, self._place.queue, self._place.store, self._fetcher)
        task = asyncio.create_task(work.run())
        try:
            await self._accompany(work, task)
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait({task})
            await self._settle(work, self._place.queue.release, work.lease, blameless=True)
            log.info("job %s: given back at row %d", lease.job.id, work.counts.rows)
            raise
        await self._conclude(work, task)
        return True

    async def _accompany(self, work: Work, task: asyncio.Task[None]) -> None:
        """Renew the lease until the work has ended; where it is lost, end the work without another word of it."""
        counted, renewed = 0, time.monotonic()
        while not (await asyncio.wait({task}, timeout=self._beat_s))[0]:
            self._metrics.job_rows(work.rows_here - counted)
            counted = work.rows_here
            try:
                await asyncio.to_thread(self._place.queue.beat, work.lease, work.counts, work.total, work.rate)
                renewed = time.monotonic()
            except LeaseLost:
                work.keep = False
                task.cancel()
            except DatabaseError as error:
                self._tell(str(error))
                if time.monotonic() - renewed > self._settings.job_lease_s:
                    work.keep = False
                    task.cancel()
        self._metrics.job_rows(work.rows_here - counted)

    async def _conclude(self, work: Work, task: asyncio.Task[None]) -> None:
        """Tell the queue how the work has ended."""
        lease, queue = work.lease, self._place.queue
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if error is None:
            log.info("job %s: done, %d rows", lease.job.id, work.counts.rows)
            self._metrics.job_ended("done")
        elif isinstance(error, LeaseLost | asyncio.CancelledError):
            log.info("job %s: cancelled or taken over at row %d", lease.job.id, work.counts.rows)
            await asyncio.to_thread(self._clean, lease)
        elif isinstance(error, Unavailable):
            log.warning("job %s: %s", lease.job.id, error.message)
            await self._settle(work, queue.release, lease, blameless=True, wait_s=_UNAVAILABLE_S)
        elif isinstance(error, JobFailed | ServiceError):
            await self._fail(work, error.code, error.message)
        elif isinstance(error, DatabaseError | OSError):
            log.error("job %s: will be tried again: %s", lease.job.id, error)
            await self._settle(work, queue.release, lease, blameless=False, wait_s=_AGAIN_S)
        else:
            log.error("job %s: unexpected %s at %s", lease.job.id, type(error).__name__, frames_of(error))
            await self._fail(work, "internal_error", "an unexpected error; the service's log has the job's id")

    async def _fail(self, work: Work, code: str, message: str) -> None:
        log.info("job %s: failed: %s", work.lease.job.id, code)
        await self._settle(work, self._place.queue.fail, work.lease, code, message)
        await asyncio.to_thread(self._place.store.delete_job, work.lease.job.id)
        self._metrics.job_ended("failed")

    async def _settle(self, work: Work, tell: Callable[..., None], *values: Any, **options: Any) -> None:
        """Where the queue cannot be told, the lease runs out and says it."""
        try:
            await asyncio.to_thread(lambda: tell(*values, **options))
        except LeaseLost:
            pass
        except DatabaseError as error:
            log.error("job %s: %s", work.lease.job.id, error)

    def _clean(self, lease: Lease) -> None:
        """Remove the files of a job that was cancelled while this process wrote them."""
        try:
            if self._place.queue.get(lease.job.id).state == "cancelled":
                self._place.store.delete_job(lease.job.id)
        except ServiceError:
            self._place.store.delete_job(lease.job.id)

    async def _count(self) -> bool:
        self._metrics.jobs(await asyncio.to_thread(lambda: self._place.queue.states()))
        return False

    async def _keep_house(self) -> bool:
        await asyncio.to_thread(self._place.sweep)
        return False
