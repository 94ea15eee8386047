"""JobService: what the routes and the application need of jobs. Imports the extra `civility[jobs]`."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request

from service.database import DatabaseError, open_database
from service.errors import EmptyBody, InvalidRequest, Unavailable
from service.jobs.errors import JobNotFound
from service.jobs.fetch import Fetcher
from service.jobs.inputs import check_ending, shown_name
from service.jobs.model import Job
from service.jobs.place import JobPlace
from service.jobs.runner import Runner
from service.jobs.store import JobStore
from service.jobs.upload import Upload, body_chunks, read_form, read_options
from service.jobs.wire import JobOptions, State, UrlJob
from service.metrics import Metrics
from service.moderation import Moderator
from service.reading import decode_body
from service.routes.bodies import content_type, read_body
from service.settings import Settings, SettingsError, data_folder

log = logging.getLogger("civility.jobs")

T = TypeVar("T")
_ID = re.compile(r"[0-9a-f]{32}")
FORM = "multipart/form-data"
_url_job = msgspec.json.Decoder(UrlJob)


class JobService:
    """Jobs of one process. Raises `SettingsError`."""

    def __init__(self, moderator: Moderator, settings: Settings, metrics: Metrics) -> None:
        folder = data_folder(settings)
        database = open_database(settings.database_url, folder)
        self._place = JobPlace(database, JobStore(settings.job_store or str(folder / "jobs")), settings)
        self._fetcher = Fetcher(settings)
        self._runner = Runner(self._place, self._fetcher, moderator, settings, metrics)
        self._moderator = moderator
        self._settings = settings
        self._metrics = metrics
        if settings.database_url or settings.job_store:
            try:
                self._place.check()
            except (DatabaseError, OSError) as error:
                log.error("jobs are not available yet: %s", error)

    def start(self) -> None:
        """Begin to take jobs. Call it on the event loop."""
        self._runner.start()

    async def close(self) -> None:
        """Give jobs that are under way back to the queue."""
        await self._runner.stop()
        self._place.database.close()

    async def submit(self, request: Request, owner: str | None) -> Job:
        """A new job from a request. Raises a `ServiceError`, and starlette's `ClientDisconnect`."""
        kind = content_type(request)
        if kind == "application/json":
            job = await self._submit_url(await read_body(request, self._settings), owner)
        else:
            job = await self._submit_upload(request, kind, owner)
        self._runner.wake()
        log.info("job %s: queued, %d bytes", job.id, job.stored)
        return job

    async def get(self, job: str, owner: str | None) -> Job:
        """Raises `JobNotFound`, also where the job is another key's."""
        known = _ID.fullmatch(job) is not None and self._place.there
        found = await self._call(lambda: self._place.queue.get(job)) if known else None
        if found is None or (owner is not None and found.owner != owner):
            raise JobNotFound(f"there is no job {job[:64]!r}")
        return found

    async def listed(self, owner: str | None, state: State | None, limit: int, offset: int) -> list[Job]:
        """The newest first."""
        if not self._place.there:
            return []
        return await self._call(lambda: self._place.queue.listed(owner, state, limit, offset))

    async def delete(self, job: str, owner: str | None) -> Job | None:
        """Cancel a job and remove its files; forget it where it has ended before. Raises `JobNotFound`."""
        await self.get(job, owner)
        left = await self._call(lambda: self._place.queue.cancel(job))
        await self._call(lambda: self._place.store.delete_job(job))
        if left is not None:
            self._metrics.job_ended("cancelled")
        return left

    async def open(self, job: Job, name: str) -> Any:
        """A file of the store."""
        return await self._call(lambda: self._place.store.open(job.id, name))

    async def _submit_url(self, body: bytes, owner: str | None) -> Job:
        if not body.strip():
            raise EmptyBody('the body is empty; expected {"url": ...}')
        asked = decode_body(_url_job, body)
        target = self._fetcher.check(asked.url)
        options = JobOptions(**{name: getattr(asked, name) for name in JobOptions.__struct_fields__})
        self._moderator.policy(options.policy)
        name = shown_name(options.name or target.path.rpartition("/")[2], "")
        return await self._call(lambda: self._place.queue.receive(owner, name, options, asked.url))

    async def _submit_upload(self, request: Request, kind: str, owner: str | None) -> Job:
        """The job is in the queue's books before its first byte is in the store, and out of them if it fails."""
        query = {name: value for name, value in request.query_params.items() if name != "key"}
        options, ending = JobOptions(), ""
        if kind != FORM:
            options = read_options(query)
            self._moderator.policy(options.policy)
            ending = check_ending(options.name, kind, request.headers.get("content-encoding", ""))
        elif query:
            raise InvalidRequest(f"{next(iter(query))[:40]}: with a form, options are fields of the form", None)
        chunks = body_chunks(request, self._settings)
        job = await self._call(lambda: self._place.queue.receive(owner, "", options))
        try:
            async with Upload(job, self._place.queue, self._place.store) as upload:
                if kind == FORM:
                    options, given = await read_form(request, chunks, upload)
                    self._moderator.policy(options.policy)
                else:
                    given = ""
                    await upload.begin(ending)
                    async for chunk in chunks:
                        await upload.write(chunk)
                    if not upload.size:
                        raise EmptyBody("the body is empty")
            name = shown_name(options.name or given, upload.name.removeprefix("input"))
            return await self._call(lambda: self._place.queue.received(job.id, name, options, upload.name, upload.size))
        except BaseException:
            await asyncio.shield(asyncio.to_thread(self._give_up, job.id))
            raise

    def _give_up(self, job: str) -> None:
        """Where it does not work, the sweep does it later."""
        try:
            self._place.queue.forget(job)
            self._place.store.delete_job(job)
        except (DatabaseError, OSError) as error:
            log.error("job %s: %s", job, error)

    async def _call(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except (DatabaseError, OSError, SettingsError) as error:
            log.error("%s", error)
            raise Unavailable("jobs are not available just now; the service's log says why") from None
