"""Work: one job, from its input to its results. It can end at any point and be gone on with by another process."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from itertools import islice
from typing import Any

from service.jobs.background import in_background
from service.jobs.bulk import BulkModerator, plan_of
from service.jobs.errors import JobFailed, LeaseLost
from service.jobs.fetch import Fetcher
from service.jobs.join import append, join
from service.jobs.model import Lease, Part
from service.jobs.queue import JobQueue
from service.jobs.store import JobStore
from service.moderation import Moderator
from service.rescore.columns import RolesAsked, find_roles
from service.rescore.errors import RescoreError
from service.rescore.formats import write_rows
from service.rescore.pipeline import Done, Rescorer
from service.rescore.results import Counts, Layout
from service.rescore.source import Chunk, Selection, Source, open_source

# Small chunks, so that a job holds little of the bulk lane and of the interpreter at a time.
CHUNK_ROWS = 250
PART_BYTES = 32_000_000
PART_S = 30.0
_RATE_S = 10.0
_OPTION = re.compile(r"--(text|id|author|parent)-column")


class Work:
    """One lease's work. `counts`, `total` and `rate` say how far it is. Not to be used twice.

    keep: set to False before cancelling where nothing may be written any more.
    """

    def __init__(
        self,
        lease: Lease,
        moderator: Moderator,
        queue: JobQueue,
        store: JobStore,
        fetcher: Fetcher,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.lease = lease
        self.counts = Counts()
        self.total: int | None = None
        self.keep = True
        self._moderator = moderator
        self._queue = queue
        self._store = store
        self._fetcher = fetcher
        self._clock = clock
        self._began: tuple[float, int] | None = None
        self._parts: list[Part] = []

    @property
    def rate(self) -> float | None:
        """Rows a second, of this lease."""
        if self._began is None:
            return None
        seconds = self._clock() - self._began[0]
        return (self.counts.rows - self._began[1]) / seconds if seconds > 0 else None

    @property
    def rows_here(self) -> int:
        """Rows of this lease."""
        return 0 if self._began is None else self.counts.rows - self._began[1]

    async def run(self) -> None:
        """Do it. Raises `JobFailed`, `LeaseLost`, `ServiceError`, `DatabaseError`, `OSError`.

        Where it is cancelled, what has been scored is written as a part first, if `keep` says so.
        """
        bulk = BulkModerator(self._moderator, self.lease.job.options.policy)
        if self.lease.job.input is None:
            await self._fetch()
        try:
            source = await in_background(self._open)
            await self._score(source, bulk)
        except RescoreError as error:
            raise JobFailed("invalid_input", self._in_callers_words(str(error))) from None

    async def _fetch(self) -> None:
        job = self.lease.job
        assert job.url is not None  # a job without an upload has an address
        stem, gone = f"input-{self.lease.token[:8]}", threading.Event()
        try:
            name, size = await in_background(lambda: self._fetcher.fetch(job, stem, self._store, gone))
        finally:
            gone.set()
        self.lease = await asyncio.to_thread(self._queue.fetched, self.lease, name, size)

    def _open(self) -> Source:
        job = self.lease.job
        assert job.input is not None  # uploaded or fetched
        return open_source(self._store.input(job.id, job.input))

    async def _score(self, source: Source, bulk: BulkModerator) -> None:
        job, options = self.lease.job, self.lease.job.options
        asked = RolesAsked(options.text_column, options.id_column, options.author_column, options.parent_column)
        roles = find_roles(source.columns, asked)
        layout = Layout.of(source.schema(roles.text), bulk.model.card.labels, only_missing=False)
        selection = Selection(options.limit, options.sample)
        chunks = source.chunks(roles.text, selection, CHUNK_ROWS)
        card, policy = bulk.model.card, bulk.policy(None)
        names = f"{card.name} {card.version}", f"{policy.name} {policy.version}"
        self._parts = list(await asyncio.to_thread(self._queue.begin, self.lease, plan_of(bulk), *names))
        await in_background(lambda: self._skip(chunks))
        self._began = (self._clock(), self.counts.rows)
        rescorer = Rescorer(bulk, roles, layout, only_missing=False)
        part: list[Done] = []
        since = self._clock()
        try:
            async with aclosing(rescorer.run(self._named(chunks))) as judged:
                async for done in judged:
                    part.append(done)
                    self.counts.add(done.counts)
                    self.total = selection.expected(source.expected())
                    if self._full(part) or self._clock() - since > PART_S:
                        full, part = part, []
                        await self._write(full, layout)
                        since = self._clock()
        except asyncio.CancelledError:
            if part and self.keep:
                await self._write(part, layout)
            raise
        if part:
            await self._write(part, layout)
        await in_background(lambda: self._finish(layout, job.id))

    def _skip(self, chunks: Iterator[Chunk]) -> None:
        """Read past the parts that are done. The input is ours and never changes."""
        for part in self._parts:
            for _ in islice(chunks, part.chunks):
                pass
            self.counts.add(part.counts)

    def _named(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        """Rows with the place that the caller knows."""
        name = self.lease.job.name
        for chunk in chunks:
            yield replace(chunk, places=[(name, row) for _, row in chunk.places])

    def _full(self, part: Sequence[Done]) -> bool:
        rows = sum(done.counts.rows for done in part)
        return rows >= self._moderator.settings.job_part_rows or sum(done.size for done in part) >= PART_BYTES

    async def _write(self, part: Sequence[Done], layout: Layout) -> None:
        """A part is written to its end or not at all, also where the work is being cancelled."""
        writing = asyncio.ensure_future(asyncio.to_thread(self._write_part, part, layout))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            with suppress(Exception):  # the part then counts for nothing
                await writing
            raise

    def _write_part(self, part: Sequence[Done], layout: Layout) -> None:
        job, number = self.lease.job, len(self._parts)
        kind = job.options.format
        file, size = self._create(
            f"part-{number:06d}",
            kind,
            lambda stream: write_rows(stream, kind, layout.schema, [done.rows for done in part]),
        )
        rejected = b"".join(done.rejects for done in part)
        rejects, more = None, 0
        if rejected:
            rejects, more = self._create(f"rejects-{number:06d}", "jsonl", lambda stream: stream.write(rejected))
        counts = Counts()
        for done in part:
            counts.add(done.counts)
        written = Part(number, file, rejects, size + more, len(part), counts)
        try:
            self._queue.add_part(self.lease, written)
        except LeaseLost:
            for name in filter(None, (file, rejects)):
                self._store.delete(job.id, name)
            raise
        self._parts.append(written)

    def _finish(self, layout: Layout, job: str) -> None:
        kind = self.lease.job.options.format
        parts = self._parts
        result = self._create(
            "results", kind, lambda stream: join(self._store, job, [p.file for p in parts], kind, layout.schema, stream)
        )
        rejected = [part.rejects for part in parts if part.rejects is not None]
        rejects = None
        if rejected:
            rejects = self._create("rejects", "jsonl", lambda stream: append(self._store, job, rejected, stream))
        try:
            self._queue.finish(self.lease, result, rejects)
        except LeaseLost:
            for name, _ in filter(None, (result, rejects)):
                self._store.delete(job, name)
            raise
        kept = {name for name, _ in filter(None, (result, rejects))}
        for name in self._store.names(job):  # also what one who was killed has written and not told of
            if name not in kept:
                self._store.delete(job, name)

    def _create(self, stem: str, suffix: str, write: Callable[[Any], object]) -> tuple[str, int]:
        """A file whose name is this lease's own, so that one who has lost his lease cannot change another's."""
        name = f"{stem}-{self.lease.token[:8]}.{suffix}"
        with self._store.create(self.lease.job.id, name) as stream:
            write(stream)
            return name, stream.tell()

    def _in_callers_words(self, message: str) -> str:
        """An error of rescoring, which speaks of our files and of the command line's options."""
        job = self.lease.job
        if job.input is not None:
            message = re.sub(rf"\S*{re.escape(job.id)}/{re.escape(job.input)}", lambda _: job.name, message)
        return _OPTION.sub(r"\1_column", message).replace("\0", "")
