"""Files of jobs, in a folder and in an object store."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from service.database import open_database
from service.jobs.place import JobPlace
from service.jobs.store import JobStore
from service.jobs.wire import JobOptions
from service.rescore.source import open_source
from service.settings import Settings, SettingsError


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> JobStore:
    # memory:// stands for the object stores that fsspec opens
    return JobStore(str(tmp_path / "jobs") if request.param == "folder" else f"memory://{uuid.uuid4().hex}/jobs")


def write(store: JobStore, job: str, name: str, content: bytes) -> None:
    with store.create(job, name) as stream:
        stream.write(content)


def test_files_come_and_go(store: JobStore) -> None:
    assert store.jobs() == []
    write(store, "a", "input.csv", b"text\nhello\n")
    write(store, "b", "x", b"0123456789")
    assert sorted(store.jobs()) == ["a", "b"]
    with store.open("b", "x") as stream:
        stream.seek(3)
        assert stream.read(2) == b"34"
    assert list(open_source(store.input("a", "input.csv")).columns) == ["text"]
    for _ in range(2):
        store.delete("b", "x")
        store.delete_job("a")
    with pytest.raises(OSError):
        store.open("a", "input.csv")
    assert "a" not in store.jobs()


def test_a_file_that_is_not_finished_is_not_there(store: JobStore, tmp_path: Path) -> None:
    with pytest.raises(KeyError), store.create("a", "x") as stream:
        stream.write(b"half")
        raise KeyError
    with pytest.raises(OSError):
        store.open("a", "x")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_store_belongs_to_one_database(store: JobStore) -> None:
    store.check("one")
    store.check("one")
    with pytest.raises(SettingsError, match=r"CIVILITY_JOB_STORE.*another database"):
        store.check("two")


def test_what_is_nobodys_is_swept_away(store: JobStore, tmp_path: Path) -> None:
    settings = Settings(job_lease_s=600)
    place = JobPlace(open_database("", tmp_path), store, settings)
    assert not place.there
    job = place.queue.receive(None, "", JobOptions())
    write(store, job.id, "input.csv", b"text\nhello\n")
    write(store, "orphan", "input.csv", b"text\nhello\n")
    place.sweep()
    assert store.jobs() == [job.id]
    place.queue.received(job.id, "x.csv", JobOptions(), "input.csv", 11)
    place.queue.cancel(job.id)
    place.sweep()
    assert store.jobs() == [job.id]  # whoever works on it may still write: removed once his lease would have run out
    place.queue.forget(job.id)
    place.sweep()
    assert store.jobs() == []
    place.database.close()


def test_a_place_that_cannot_be_is_named() -> None:
    with pytest.raises(SettingsError, match="CIVILITY_JOB_STORE"):
        JobStore("nothing-of-the-kind://x/y")
