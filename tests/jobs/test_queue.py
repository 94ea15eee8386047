"""The queue that replicas share: one worker a job, nothing counted twice, limits."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from service.database import Database, DatabaseError, open_database
from service.jobs.errors import JobNotFound, JobQueueFull, JobStorageFull, LeaseLost
from service.jobs.model import Job, Lease, Part
from service.jobs.queue import ATTEMPTS, JobQueue
from service.jobs.wire import JobOptions
from service.rescore.results import Counts
from service.settings import Settings, SettingsError

SETTINGS = Settings(job_lease_s=600.0)
SHORT = replace(SETTINGS, job_lease_s=1e-6)


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Iterator[Database]:
    opened = open_database(database_url, tmp_path)
    yield opened
    opened.close()


def submit(queue: JobQueue, name: str = "in.jsonl", owner: str | None = None) -> Job:
    job = queue.receive(owner, "", JobOptions())
    return queue.received(job.id, name, JobOptions(limit=3), "input.jsonl", 100)


def claimed(queue: JobQueue) -> Lease:
    """The next job; where the last lease has not run out yet, which takes a microsecond, ask again."""
    while (lease := queue.claim()) is None:
        pass
    return lease


def part(number: int, rows: int = 5) -> Part:
    return Part(number, f"part-{number}", None, 10, 2, Counts(rows, rows, flags={"slur": 1}))


def test_the_way_of_a_job(database: Database) -> None:
    queue = JobQueue(database, SETTINGS)
    assert queue.claim() is None
    job = submit(queue, owner="key")
    assert (job.state, job.owner, job.options.limit, job.stored) == ("queued", "key", 3, 100)
    lease = claimed(queue)
    assert (lease.job.id, lease.job.state, lease.job.attempts) == (job.id, "running", 1)
    assert queue.claim() is None
    assert queue.begin(lease, "plan", "m 1", "p 1") == []
    queue.beat(lease, Counts(rows=3), 9, 1.5)
    seen = queue.get(job.id)
    assert (seen.counts.rows, seen.total, seen.rate, seen.model, seen.policy) == (3, 9, 1.5, "m 1", "p 1")
    queue.add_part(lease, part(0))
    queue.add_part(lease, part(1, 4))
    assert queue.get(job.id).stored == 120
    queue.release(lease, blameless=True)
    lease = claimed(queue)
    assert [found.file for found in queue.begin(lease, "plan", "m 1", "p 1")] == ["part-0", "part-1"]
    queue.finish(lease, ("results", 50), ("rejects", 7))
    done = queue.get(job.id)
    assert (done.state, done.result, done.rejects, done.stored, done.input) == ("done", "results", "rejects", 57, None)
    assert (done.counts.rows, done.counts.flags, done.total, done.rate) == (9, {"slur": 2}, 9, None)
    assert queue.states()["done"] == 1
    with pytest.raises(LeaseLost):
        queue.beat(lease, Counts(), None, None)


def test_each_job_goes_to_one_of_many(database: Database) -> None:
    queue = JobQueue(database, SETTINGS)
    jobs = [submit(queue).id for _ in range(12)]

    def take(_: int) -> list[str]:
        taken = []
        while (lease := queue.claim()) is not None:
            taken.append(lease.job.id)
        return taken

    with ThreadPoolExecutor(4) as threads:
        taken = [job for found in threads.map(take, range(4)) for job in found]
    assert sorted(taken) == sorted(jobs)


def test_the_oldest_comes_first(database: Database) -> None:
    queue = JobQueue(database, SETTINGS)
    jobs = [submit(queue).id for _ in range(3)]
    assert [claimed(queue).job.id for _ in jobs] == jobs
    assert [job.id for job in queue.listed(None, None, 10, 0)] == jobs[::-1]


def test_a_dead_workers_job_is_taken_over_and_the_dead_may_say_nothing(database: Database) -> None:
    queue = JobQueue(database, SHORT)
    job = submit(queue)
    dead = claimed(queue)
    queue.add_part(dead, part(0))
    heir = claimed(queue)
    assert (heir.job.id, heir.token != dead.token) == (job.id, True)
    assert [found.number for found in queue.begin(heir, "", "", "")] == []  # begun with no plan: nothing to go on from
    for late in (
        lambda: queue.beat(dead, Counts(), None, None),
        lambda: queue.add_part(dead, part(1)),
        lambda: queue.finish(dead, ("x", 1), None),
        lambda: queue.fail(dead, "x", "x"),
        lambda: queue.release(dead, blameless=True),
        lambda: queue.begin(dead, "", "", ""),
    ):
        with pytest.raises(LeaseLost):
            late()
    queue.finish(heir, ("results", 1), None)
    assert queue.get(job.id).result == "results"


def test_a_living_workers_job_is_not_taken(database: Database) -> None:
    submit(JobQueue(database, SHORT))
    lease = claimed(JobQueue(database, SETTINGS))
    assert JobQueue(database, SHORT).claim() is None
    JobQueue(database, SETTINGS).beat(lease, Counts(), None, None)


def test_parts_of_another_plan_are_forgotten(database: Database) -> None:
    queue = JobQueue(database, SHORT)
    submit(queue)
    lease = claimed(queue)
    queue.begin(lease, "old model", "m 1", "p")
    queue.add_part(lease, part(0))
    assert queue.begin(claimed(queue), "new model", "m 2", "p") == []
    assert queue.begin(claimed(queue), "new model", "m 2", "p") == []


def test_a_job_that_ends_the_service_again_and_again_is_given_up(database: Database) -> None:
    queue = JobQueue(database, SHORT)
    job = submit(queue)
    for _ in range(ATTEMPTS):
        claimed(queue)
    while queue.get(job.id).state == "running":
        assert queue.claim() is None
    assert (queue.get(job.id).error_code, queue.get(job.id).state) == ("gave_up", "failed")


def test_progress_and_orderly_ends_are_no_failed_attempts(database: Database) -> None:
    queue = JobQueue(database, SHORT)
    submit(queue)
    for number in range(ATTEMPTS + 1):
        lease = claimed(queue)
        queue.add_part(lease, part(number))
    for _ in range(ATTEMPTS + 1):
        lease = claimed(queue)
        queue.release(lease, blameless=True)
    queue.release(claimed(queue), blameless=False, wait_s=600)
    assert queue.claim() is None


def test_cancelled_and_forgotten(database: Database) -> None:
    queue = JobQueue(database, SHORT)
    job = submit(queue)
    lease = claimed(queue)
    cancelled = queue.cancel(job.id)
    assert cancelled is not None
    assert (cancelled.state, cancelled.finished_at is not None) == ("cancelled", True)
    with pytest.raises(LeaseLost):
        queue.add_part(lease, part(0))
    while job.id not in queue.expire():  # once the lease that it had would have run out
        pass
    queue.purged(job.id)
    assert queue.expire() == []
    assert queue.cancel(job.id) is None
    with pytest.raises(JobNotFound):
        queue.get(job.id)


def test_limits(database: Database) -> None:
    queue = JobQueue(database, replace(SETTINGS, job_queue=2, job_disk_bytes=150))
    submit(queue)
    first = queue.receive(None, "", JobOptions())
    with pytest.raises(JobQueueFull, match=r"2 jobs wait; at most 2 may \(CIVILITY_JOB_QUEUE\)"):
        queue.receive(None, "", JobOptions())
    queue.receiving(first.id, 50)
    with pytest.raises(JobStorageFull, match=r"151 bytes; at most 150 are allowed \(CIVILITY_JOB_DISK_BYTES\)"):
        queue.receiving(first.id, 51)
    queue.received(first.id, "x", JobOptions(), "x", 50)
    lease = claimed(queue)
    with pytest.raises(JobStorageFull):
        queue.add_part(lease, part(0))
    assert queue.get(lease.job.id).stored == 100  # the part counts for nothing
    with pytest.raises(JobStorageFull):
        queue.receive(None, "", JobOptions())


def test_uploads_that_stand_still_are_given_up(database: Database) -> None:
    queue = JobQueue(database, SHORT)
    job = queue.receive(None, "", JobOptions())
    while job.id in queue.ids():
        queue.expire()
    with pytest.raises(JobNotFound, match="given up"):
        queue.received(job.id, "x", JobOptions(), "x", 1)


def test_jobs_expire(database: Database) -> None:
    queue = JobQueue(database, replace(SETTINGS, job_days=1e-12))
    job = submit(queue)
    assert queue.expire() == []
    queue.fail(claimed(queue), "invalid_input", "no such column")
    assert (queue.get(job.id).error_code, queue.get(job.id).error) == ("invalid_input", "no such column")
    while job.id not in queue.expire():
        pass
    assert queue.ids() == set()


def test_lists_are_by_owner_and_state(database: Database) -> None:
    queue = JobQueue(database, SETTINGS)
    mine, other = submit(queue, owner="me"), submit(queue, owner="you")
    queue.receive("me", "", JobOptions())
    claimed(queue)
    assert [job.id for job in queue.listed("me", None, 10, 0)] == [mine.id]
    assert [job.id for job in queue.listed(None, "queued", 10, 0)] == [other.id]
    assert [job.id for job in queue.listed(None, None, 10, 1)] == [mine.id]


def test_a_database_that_is_not_there_is_told_without_its_password(tmp_path: Path) -> None:
    queue = JobQueue(open_database("postgresql://me:secret@127.0.0.1:1/x?connect_timeout=1", tmp_path), SETTINGS)
    with pytest.raises(DatabaseError) as caught:
        queue.states()
    assert "secret" not in str(caught.value)
    for url in ("mysql://x/y", "sqlite://", "no url"):
        with pytest.raises(SettingsError, match="CIVILITY_DATABASE_URL"):
            open_database(url, tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseError):
        JobQueue(open_database("", tmp_path / "file" / "folder"), SETTINGS).states()
