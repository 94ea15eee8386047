"""Real server processes that are killed in the middle of a job: nothing is lost, nothing comes twice."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.fake import FakeModel
from service.rescore.run import Options, rescore
from service.settings import Settings
from tests.http.live import Live, live_server
from tests.jobs.support import NDJSON, decoded, lines

ROWS = 4000
STALL = "3000"  # at most a thousand rows are under way, so that those before have been written
SERVER = ("-m", "tests.jobs.server")


def expected(folder: Path) -> list[dict[str, Any]]:
    """What `civility rescore` makes of the same rows."""
    (folder / "in.jsonl").write_bytes(lines(ROWS))
    rescore(Options(str(folder / "in.jsonl"), folder / "out.jsonl"), Settings(), FakeModel())
    return decoded((folder / "out.jsonl").read_bytes())


def submit(server: Live) -> str:
    answer = httpx.post(f"{server.url}/jobs?name=in.jsonl", content=lines(ROWS), headers=NDJSON, timeout=60)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def status(server: Live, job: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{server.url}/jobs/{job}", timeout=60).json()
    return found


def stalled(server: Live, job: str) -> None:
    """Wait until some parts are written; the model stops answering before all are."""
    while not (found := status(server, job))["rows"]["done"] >= 1000:
        assert found["state"] in ("queued", "running"), found


def finish(server: Live, job: str) -> list[dict[str, Any]]:
    while (found := status(server, job))["state"] in ("queued", "running"):
        pass
    assert found["state"] == "done", found
    assert found["rows"]["done"] == ROWS
    return decoded(httpx.get(f"{server.url}/jobs/{job}/results", timeout=60).content)


def test_killed_in_the_middle_and_started_again(tmp_path: Path) -> None:
    environment = {
        "CIVILITY_DATA": str(tmp_path / "data"),
        "CIVILITY_JOB_PART_ROWS": "300",
        "CIVILITY_JOB_LEASE_S": "1",
    }
    with live_server(tmp_path, (*SERVER, STALL), **environment) as first:
        job = submit(first)
        stalled(first, job)
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
    parts = sorted(path.name for path in (tmp_path / "data" / "jobs" / job).glob("part-*"))
    assert parts
    with live_server(tmp_path, SERVER, **environment) as second:
        found = finish(second, job)
        assert f"job {job}: begun, attempt 1" in second.log.read_text()  # parts were written: no failed attempt
        folder = tmp_path / "data" / "jobs" / job
        while len(list(folder.iterdir())) > 2:  # what it was joined from goes once the job is known to be done
            time.sleep(0.05)
    assert found == expected(tmp_path)
    assert sorted(path.name.partition("-")[0] for path in folder.iterdir()) == ["rejects", "results"]


def test_ended_in_an_orderly_way_and_started_again(tmp_path: Path) -> None:
    """SIGTERM writes down what is done, however little it is, and the next process need not wait for any lease."""
    environment = {"CIVILITY_DATA": str(tmp_path / "data"), "CIVILITY_DRAIN_S": "1", "CIVILITY_JOB_LEASE_S": "3600"}
    with live_server(tmp_path, (*SERVER, STALL), **environment) as first:
        job = submit(first)
        stalled(first, job)
        assert first.terminate() == 0
        assert f"job {job}: given back at row" in first.log.read_text()
    assert list((tmp_path / "data" / "jobs" / job).glob("part-*"))
    with live_server(tmp_path, SERVER, **environment) as second:
        assert finish(second, job) == expected(tmp_path)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_dead_replicas_job_is_taken_over_by_a_living_one(
    tmp_path: Path, database: str, request: pytest.FixtureRequest
) -> None:
    shared = {
        "CIVILITY_DATABASE_URL": f"sqlite:///{tmp_path}/shared.db"
        if database == "sqlite"
        else request.getfixturevalue("postgres"),
        "CIVILITY_JOB_STORE": str(tmp_path / "store"),
        "CIVILITY_JOB_PART_ROWS": "300",
        "CIVILITY_JOB_LEASE_S": "1",
    }
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    with live_server(folders[0], (*SERVER, STALL), CIVILITY_DATA=str(folders[0]), **shared) as first:
        job = submit(first)
        stalled(first, job)
        with live_server(folders[1], SERVER, CIVILITY_DATA=str(folders[1]), **shared) as second:
            assert status(second, job)["state"] == "running"
            first.process.send_signal(signal.SIGKILL)
            first.process.wait()
            assert finish(second, job) == expected(tmp_path)
