"""JobQueue: all that replicas share of jobs, in the database. Every method is one transaction; call them in threads.

    receiving -> queued -> running -> done | failed        (cancelled from the first three)
                   ^----------'  released, or its lease ran out

A running job has a token and a time until which its lease holds. Whoever works on it renews the lease; where nobody has for
`lease_s`, the next `claim` takes the job over with a new token, and what the old one still reports is refused.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, get_args

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.database import Database
from service.jobs.errors import JobNotFound, JobQueueFull, JobStorageFull, LeaseLost
from service.jobs.model import Job, Lease, Part
from service.jobs.tables import job_of, jobs, part_of, parts, write_counts
from service.jobs.wire import JobOptions, State
from service.rescore.results import Counts
from service.settings import Settings, variable

ATTEMPTS = 3
_WAITING = ("receiving", "queued")
_OPEN = ("receiving", "queued", "running")
_COME_BACK_S = 30.0
_DAY_S = 86_400.0
_GONE = "the upload was given up: it stood still for too long"


class JobQueue:
    """The queue. `settings` has its limits. Raises `service.database.DatabaseError` from every method."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    # What callers do

    def receive(self, owner: str | None, name: str, options: JobOptions, url: str | None = None) -> Job:
        """A new job: queued where its input is at `url`, else still to be uploaded.

        Raises `JobQueueFull`, `JobStorageFull`.
        """
        with self._database.transaction() as connection:
            now = self._database.now(connection)
            connection.execute(_gone_uploads(now))
            self._check_room(connection)
            self._check_storage(connection, 0)
            job = Job(uuid.uuid4().hex, owner, "receiving" if url is None else "queued", name, options, now, url)
            connection.execute(
                sa.insert(jobs).values(
                    id=job.id,
                    owner=owner,
                    state=job.state,
                    name=name,
                    options=msgspec.json.encode(options).decode(),
                    url=url,
                    created_at=now,
                    counts=write_counts(job.counts),
                    stored=0,
                    result_bytes=0,
                    rejects_bytes=0,
                    attempts=0,
                    lease_until=None if url is not None else now + self._settings.job_lease_s,
                )
            )
            return job

    def receiving(self, job: str, size: int) -> None:
        """So much of an upload is there. Raises `JobStorageFull`, `JobNotFound`."""
        with self._database.transaction() as connection:
            until = self._database.now(connection) + self._settings.job_lease_s
            change = sa.update(jobs).where(jobs.c.id == job, jobs.c.state == "receiving")
            if not connection.execute(change.values(stored=size, lease_until=until)).rowcount:
                raise JobNotFound(_GONE)
            self._check_storage(connection, 1)

    def received(self, job: str, name: str, options: JobOptions, input_: str, size: int) -> Job:
        """The upload is complete. Raises `JobNotFound`."""
        with self._database.transaction() as connection:
            change = sa.update(jobs).where(jobs.c.id == job, jobs.c.state == "receiving")
            values: dict[str, Any] = {"state": "queued", "name": name, "options": msgspec.json.encode(options).decode()}
            values |= {"input": input_, "stored": size, "lease_until": None}
            if not connection.execute(change.values(values)).rowcount:
                raise JobNotFound(_GONE)
            return _get(connection, job)

    def forget(self, job: str) -> None:
        """Strike a job from the books, if it is there."""
        with self._database.transaction() as connection:
            _forget(connection, job)

    def get(self, job: str) -> Job:
        """Raises `JobNotFound`."""
        with self._database.transaction() as connection:
            return _get(connection, job)

    def listed(self, owner: str | None, state: State | None, limit: int, offset: int) -> list[Job]:
        """The newest first; without an owner everybody's."""
        chosen = sa.select(jobs).where(jobs.c.state != "receiving")
        if owner is not None:
            chosen = chosen.where(jobs.c.owner == owner)
        if state is not None:
            chosen = chosen.where(jobs.c.state == state)
        chosen = chosen.order_by(jobs.c.created_at.desc(), jobs.c.id).limit(limit).offset(offset)
        with self._database.transaction() as connection:
            return [job_of(row) for row in connection.execute(chosen)]

    def cancel(self, job: str) -> Job | None:
        """End a job that has not ended; one that has is forgotten, then None. Its files are the caller's to remove.

        Raises `JobNotFound`.
        """
        with self._database.transaction() as connection:
            now = self._database.now(connection)
            if _get(connection, job).state not in _OPEN:
                _forget(connection, job)
                return None
            # Whoever works on it may write until he hears of it, so the files are removed once more after that.
            values = _ended("cancelled", now, self._settings.job_days) | {"purge_at": now + self._settings.job_lease_s}
            connection.execute(sa.update(jobs).where(jobs.c.id == job).values(values))
            connection.execute(sa.delete(parts).where(parts.c.job == job))
            return _get(connection, job)

    # What workers do

    def claim(self) -> Lease | None:
        """The oldest job that nobody works on; None where there is none."""
        free = sa.or_(
            sa.and_(jobs.c.state == "queued", sa.func.coalesce(jobs.c.lease_until, 0.0) <= sa.bindparam("now")),
            sa.and_(jobs.c.state == "running", jobs.c.lease_until < sa.bindparam("now")),
        )
        oldest = sa.select(jobs).where(free).order_by(jobs.c.created_at, jobs.c.id).limit(1)
        oldest = oldest.with_for_update(skip_locked=True)  # nothing in SQLite, whose transactions come one at a time
        with self._database.transaction() as connection:
            now = self._database.now(connection)
            while (row := connection.execute(oldest, {"now": now}).first()) is not None:
                job = job_of(row)
                if job.attempts < ATTEMPTS:
                    return self._take(connection, job, now)
                message = f"the service ended {ATTEMPTS} times while it worked on this job, at row {job.counts.rows}"
                values = _ended("failed", now, self._settings.job_days)
                values |= {"error_code": "gave_up", "error": message, "purge_at": now}
                connection.execute(sa.update(jobs).where(jobs.c.id == job.id).values(values))
            return None

    def begin(self, lease: Lease, plan: str, model: str, policy: str) -> Sequence[Part]:
        """The parts to go on from: none where they were made with another plan. Raises `LeaseLost`."""
        with self._database.transaction() as connection:
            self._held(connection, lease)
            known = connection.execute(sa.select(jobs.c.plan).where(jobs.c.id == lease.job.id)).scalar_one()
            if known != plan:
                connection.execute(sa.delete(parts).where(parts.c.job == lease.job.id))
            values = {"plan": plan, "model": model, "policy": policy}
            connection.execute(sa.update(jobs).where(jobs.c.id == lease.job.id).values(values))
            return _parts(connection, lease.job.id)

    def fetched(self, lease: Lease, input_: str, size: int) -> Lease:
        """The input at the job's address is there. Raises `LeaseLost`, `JobStorageFull`."""
        with self._database.transaction() as connection:
            self._held(connection, lease)
            values = {"input": input_, "stored": size}
            connection.execute(sa.update(jobs).where(jobs.c.id == lease.job.id).values(values))
            self._check_storage(connection, 1)
            return replace(lease, job=_get(connection, lease.job.id))

    def beat(self, lease: Lease, counts: Counts, total: int | None, rate: float | None) -> None:
        """Renew the lease, and tell how far the work is. Raises `LeaseLost`."""
        with self._database.transaction() as connection:
            self._held(connection, lease)
            values = {"counts": write_counts(counts), "total": total, "rate": rate}
            connection.execute(sa.update(jobs).where(jobs.c.id == lease.job.id).values(values))

    def add_part(self, lease: Lease, part: Part) -> None:
        """A part is written. Raises `LeaseLost`, `JobStorageFull`: then it counts for nothing."""
        with self._database.transaction() as connection:
            self._held(connection, lease)
            connection.execute(
                sa.insert(parts).values(
                    job=lease.job.id,
                    number=part.number,
                    file=part.file,
                    rejects=part.rejects,
                    size=part.size,
                    chunks=part.chunks,
                    counts=write_counts(part.counts),
                )
            )
            change = sa.update(jobs).where(jobs.c.id == lease.job.id)
            connection.execute(change.values(stored=jobs.c.stored + part.size, attempts=0))
            self._check_storage(connection, 1)

    def finish(self, lease: Lease, result: tuple[str, int], rejects: tuple[str, int] | None) -> None:
        """The results are there (names and bytes). Raises `LeaseLost`."""
        with self._database.transaction() as connection:
            self._held(connection, lease)
            total = Counts()
            for part in _parts(connection, lease.job.id):
                total.add(part.counts)
            name, size = rejects if rejects is not None else (None, 0)
            values = _ended("done", self._database.now(connection), self._settings.job_days) | {
                "result": result[0],
                "result_bytes": result[1],
                "rejects": name,
                "rejects_bytes": size,
                "stored": result[1] + size,
                "counts": write_counts(total),
                "total": total.rows,
                "input": None,
            }
            connection.execute(sa.update(jobs).where(jobs.c.id == lease.job.id).values(values))
            connection.execute(sa.delete(parts).where(parts.c.job == lease.job.id))

    def fail(self, lease: Lease, code: str, message: str) -> None:
        """The job ends without results. Raises `LeaseLost`."""
        with self._database.transaction() as connection:
            self._held(connection, lease)
            now = self._database.now(connection)
            values = _ended("failed", now, self._settings.job_days)
            values |= {"error_code": code, "error": message, "purge_at": now}
            connection.execute(sa.update(jobs).where(jobs.c.id == lease.job.id).values(values))
            connection.execute(sa.delete(parts).where(parts.c.job == lease.job.id))

    def release(self, lease: Lease, *, blameless: bool, wait_s: float = 0.0) -> None:
        """Give a job back to the queue. blameless: it does not count as an attempt. Raises `LeaseLost`."""
        with self._database.transaction() as connection:
            self._held(connection, lease)
            values: dict[str, Any] = {
                "state": "queued",
                "token": None,
                "rate": None,
                "attempts": jobs.c.attempts - int(blameless),
            }
            values["lease_until"] = self._database.now(connection) + wait_s if wait_s else None
            connection.execute(sa.update(jobs).where(jobs.c.id == lease.job.id).values(values))

    # What the housekeeper does

    def expire(self) -> list[str]:
        """Forget jobs whose time is over; the jobs whose files are to be removed now."""
        with self._database.transaction() as connection:
            now = self._database.now(connection)
            connection.execute(_gone_uploads(now))
            over = list(connection.execute(sa.select(jobs.c.id).where(jobs.c.expires_at <= now)).scalars())
            for job in over:
                _forget(connection, job)
            due = list(connection.execute(sa.select(jobs.c.id).where(jobs.c.purge_at <= now)).scalars())
            return over + due

    def purged(self, job: str) -> None:
        """The files of a job that has ended are removed."""
        with self._database.transaction() as connection:
            now = self._database.now(connection)
            change = sa.update(jobs).where(jobs.c.id == job, jobs.c.purge_at <= now)
            connection.execute(change.values(purge_at=None, stored=0, input=None))

    def ids(self) -> set[str]:
        """All jobs."""
        with self._database.transaction() as connection:
            return set(connection.execute(sa.select(jobs.c.id)).scalars())

    def states(self) -> dict[str, int]:
        """How many jobs are in each state."""
        counted = sa.select(jobs.c.state, sa.func.count()).group_by(jobs.c.state)
        with self._database.transaction() as connection:
            found = {row[0]: int(row[1]) for row in connection.execute(counted).all()}
            return {state: found.get(state, 0) for state in get_args(State)}

    # Inside a transaction

    def _take(self, connection: Connection, job: Job, now: float) -> Lease:
        token = uuid.uuid4().hex
        values = {
            "state": "running",
            "token": token,
            "lease_until": now + self._settings.job_lease_s,
            "attempts": job.attempts + 1,
            "started_at": job.started_at or now,
        }
        connection.execute(sa.update(jobs).where(jobs.c.id == job.id).values(values))
        return Lease(_get(connection, job.id), token)

    def _held(self, connection: Connection, lease: Lease) -> None:
        """Renew the lease, or raise `LeaseLost`. The row stays locked until the end of the transaction."""
        until = self._database.now(connection) + self._settings.job_lease_s
        held = sa.update(jobs).where(jobs.c.id == lease.job.id, jobs.c.token == lease.token)
        if not connection.execute(held.values(lease_until=until)).rowcount:
            raise LeaseLost(lease.job.id)

    def _check_room(self, connection: Connection) -> None:
        waiting = sa.select(sa.func.count()).select_from(jobs).where(jobs.c.state.in_(_WAITING))
        count = connection.execute(waiting).scalar_one()
        if count >= self._settings.job_queue:
            limit = f"at most {self._settings.job_queue} may ({variable('job_queue')})"
            raise JobQueueFull(f"{count} jobs wait; {limit}; come back later", _COME_BACK_S)

    def _check_storage(self, connection: Connection, more: int) -> None:
        """more: 0 where it must not be full, 1 where it may be exactly that."""
        stored = int(connection.execute(sa.select(sa.func.coalesce(sa.func.sum(jobs.c.stored), 0))).scalar_one())
        if stored >= self._settings.job_disk_bytes + more:
            raise JobStorageFull(
                f"the files of all jobs have {stored} bytes; at most {self._settings.job_disk_bytes} are allowed"
                f" ({variable('job_disk_bytes')}); delete jobs that are done"
            )


def _ended(state: State, now: float, days: float) -> dict[str, Any]:
    return {
        "state": state,
        "finished_at": now,
        "expires_at": now + days * _DAY_S,
        "token": None,
        "lease_until": None,
        "rate": None,
    }


def _get(connection: Connection, job: str) -> Job:
    row = connection.execute(sa.select(jobs).where(jobs.c.id == job)).first()
    if row is None:
        raise JobNotFound(f"there is no job {job[:64]!r}")
    return job_of(row)


def _parts(connection: Connection, job: str) -> list[Part]:
    chosen = sa.select(parts).where(parts.c.job == job).order_by(parts.c.number)
    return [part_of(row) for row in connection.execute(chosen)]


def _forget(connection: Connection, job: str) -> None:
    connection.execute(sa.delete(parts).where(parts.c.job == job))
    connection.execute(sa.delete(jobs).where(jobs.c.id == job))


def _gone_uploads(now: float) -> Any:
    """Uploads that have stood still; their files are then nobody's, and swept away."""
    return sa.delete(jobs).where(jobs.c.state == "receiving", jobs.c.lease_until < now)
