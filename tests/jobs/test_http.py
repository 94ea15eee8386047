"""POST /jobs and what belongs to it, with a fake model in this process."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pytest
from fastapi import FastAPI, Request
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from models.fake import LABELS, FakeModel
from service.app import create_app
from service.errors import ServiceError
from service.jobs.errors import RangeNotSatisfiable
from service.keys import KeyStore
from service.routes.jobs import byte_range, job_routes
from service.settings import Settings, SettingsError
from tests.jobs.support import NDJSON, decoded, ended, lines
from tests.serving import serving

POST = {"posts": [{"id": "1", "text": "hello"}]}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", max_characters=200)


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(settings=settings) as started:
        yield started


@asynccontextmanager
async def held(settings: Settings) -> AsyncIterator[tuple[httpx.AsyncClient, FakeModel]]:
    """A service whose model does not answer until its gate is set."""
    model = FakeModel()
    async with serving(model, settings) as started:
        while not (await started.get("/health/ready")).is_success:
            pass
        while model.entered.acquire(blocking=False):
            pass  # the runs of the warm-up
        model.gate.clear()
        try:
            yield started, model
        finally:
            model.gate.set()


async def submit(client: httpx.AsyncClient, content: bytes = b"", **options: Any) -> str:
    answer = await client.post("/jobs", content=content or lines(21), headers=NDJSON, params=options)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/jobs/{answer.json()['id']}"
    return str(answer.json()["id"])


CSV = b"id,body\n1,you idiot\n2,nice day\n"
JSONL = b'{"id": 1, "body": "you idiot"}\n{"id": 2, "body": "nice day"}\n'


def as_parquet(content: bytes) -> bytes:
    target = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(decoded(content)), target)
    return target.getvalue()


PARQUET = as_parquet(JSONL)


@pytest.mark.parametrize(
    ("name", "kind", "headers", "content"),
    [
        (None, "application/x-ndjson", {}, JSONL),
        (None, "text/csv", {}, CSV),
        (None, "text/csv", {"content-encoding": "gzip"}, gzip.compress(CSV)),
        (None, "application/vnd.apache.parquet", {}, PARQUET),
        ("x.jsonl", "application/octet-stream", {}, JSONL),
        ("x.jsonl.gz", "application/gzip", {}, gzip.compress(JSONL)),
        ("x.csv.gz", "", {}, gzip.compress(CSV)),
        ("x.parquet", "", {}, PARQUET),
    ],
)
async def test_files_as_bodies(
    client: httpx.AsyncClient, name: str | None, kind: str, headers: dict[str, str], content: bytes
) -> None:
    params = {"format": "jsonl"} | ({"name": name} if name else {})
    answer = await client.post("/jobs", content=content, headers=headers | {"content-type": kind}, params=params)
    assert answer.status_code == 202, answer.text
    job = answer.json()["id"]
    done = await ended(client, job)
    assert (done["state"], done["rows"]["done"], done["rows"]["total"]) == ("done", 2, 2)
    results = await client.get(f"/jobs/{job}/results")
    assert results.headers["content-type"] == "application/x-ndjson"
    found = decoded(results.content)
    assert [(str(row["id"]), bool(row["flags"])) for row in found] == [("1", True), ("2", False)]
    assert set(found[0]) >= {"id", "body", *LABELS, "flags", "evidence", "action", "reasons", "model", "policy"}


async def test_a_form_and_its_options(client: httpx.AsyncClient) -> None:
    content = b"who;words;more\nann;you idiot;x\nbob;nice day;y\ncy;hello;z\n"
    answer = await client.post(
        "/jobs",
        files={"file": ("archive of 2026.csv", content)},
        data={"text_column": "words", "author_column": "who", "limit": "2", "format": "parquet", "policy": "default"},
    )
    assert answer.status_code == 202, answer.text
    assert answer.json()["name"] == "archive of 2026.csv"
    done = await ended(client, answer.json()["id"])
    assert (done["state"], done["rows"]["done"], done["flags"]) == ("done", 2, {"harassment": 1})
    assert (done["model"], done["policy"]) == ("fake 1", "default 1")
    assert done["expires_at"] > done["finished_at"] >= done["started_at"] >= done["created_at"]
    results = await client.get(f"/jobs/{done['id']}/results")
    assert len(results.content) == done["result_bytes"]
    found = parquet.read_table(io.BytesIO(results.content)).to_pylist()
    assert [row["who"] for row in found] == ["ann", "bob"]
    assert [row["flags"] for row in found] == [["harassment"], []]


async def test_rejects_and_ranges(client: httpx.AsyncClient) -> None:
    job = await submit(client, name="mine.jsonl")
    done = await ended(client, job)
    assert (done["rows"]["done"], done["rows"]["rejected"]) == (21, 3)
    answer = await client.get(f"/jobs/{job}/rejects")
    assert [(row["file"], row["row"]) for row in decoded(answer.content)] == [
        ("mine.jsonl", 4),
        ("mine.jsonl", 11),
        ("mine.jsonl", 18),
    ]
    whole = (await client.get(f"/jobs/{job}/results")).content
    assert len(decoded(whole)) == 18
    middle = await client.get(f"/jobs/{job}/results", headers={"range": "bytes=10-29"})
    assert (middle.status_code, middle.content) == (206, whole[10:30])
    assert middle.headers["content-range"] == f"bytes 10-29/{len(whole)}"
    rest = await client.get(f"/jobs/{job}/results", headers={"range": f"bytes={len(whole) - 5}-"})
    assert rest.content == whole[-5:]
    other = await client.get(f"/jobs/{job}/results", headers={"range": "bytes=0-1", "if-range": '"another"'})
    assert other.status_code == 200
    beyond = await client.get(f"/jobs/{job}/results", headers={"range": f"bytes={len(whole)}-"})
    assert (beyond.status_code, beyond.json()["error"]["code"]) == (416, "range_not_satisfiable")
    clean = await submit(client, JSONL)
    await ended(client, clean)
    assert (await client.get(f"/jobs/{clean}/rejects")).content == b""


@given(st.integers(1, 50), st.integers(0, 60), st.integers(0, 60), st.sampled_from(["both", "first", "last"]))
def test_a_range_lies_within_the_file(size: int, first: int, last: int, given_: str) -> None:
    text = {"both": f"{first}-{last}", "first": f"{first}-", "last": f"-{last}"}[given_]
    content = range(size)
    wanted = {"both": content[first : last + 1], "first": content[first:], "last": content[max(0, size - last) :]}[
        given_
    ]
    try:
        found = byte_range(f"bytes={text}", size)
    except RangeNotSatisfiable:
        assert not len(wanted)
        return
    if given_ == "both" and last < first:
        assert found is None
    else:
        assert found is not None
        assert content[slice(*found)] == wanted


async def test_bad_requests_are_named(client: httpx.AsyncClient) -> None:
    cases: list[tuple[dict[str, Any], int, str, str | None]] = [
        ({"content": b"x", "headers": {"content-type": "text/html"}}, 415, "unsupported_media_type", "content-type"),
        ({"content": b"x", "params": {"name": "x.txt"}}, 415, "unsupported_media_type", "content-type"),
        ({"content": b"", "headers": NDJSON}, 400, "empty_body", None),
        (
            {"content": b"x", "headers": NDJSON | {"content-encoding": "br"}},
            415,
            "unsupported_encoding",
            "content-encoding",
        ),
        ({"content": JSONL, "headers": NDJSON, "params": {"format": "xlsx"}}, 422, "invalid_request", "format"),
        ({"content": JSONL, "headers": NDJSON, "params": {"limit": "0"}}, 422, "invalid_request", "limit"),
        ({"content": JSONL, "headers": NDJSON, "params": {"limt": "1"}}, 422, "invalid_request", "limt"),
        ({"content": JSONL, "headers": NDJSON, "params": {"policy": "nope"}}, 422, "unknown_policy", "policy"),
        ({"files": {"data": ("x.csv", CSV)}}, 422, "invalid_request", "file"),
        ({"files": {"file": ("x.csv", b"")}}, 400, "empty_body", "file"),
        ({"files": {"file": ("x.txt", CSV)}}, 415, "unsupported_media_type", "content-type"),
        ({"files": {"file": ("x.csv", CSV)}, "data": {"limit": "no"}}, 422, "invalid_request", "limit"),
        ({"files": {"file": ("x.csv", CSV)}, "data": {"policy": "x" * 5000}}, 422, "invalid_request", "policy"),
        ({"files": {"file": ("x.csv", CSV)}, "params": {"limit": "1"}}, 422, "invalid_request", None),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400, "bad_request", "content-type"),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data; boundary=a"}}, 400, "bad_request", None),
        ({"json": {}}, 422, "invalid_request", "url"),
        ({"json": {"url": "https://example.org/a.csv"}}, 422, "url_not_allowed", "url"),
        ({"content": b"", "headers": {"content-type": "application/json"}}, 400, "empty_body", None),
    ]
    for request, status, code, field in cases:
        answer = await client.post("/jobs", **request)
        assert answer.status_code == status, (request, answer.text)
        assert (answer.json()["error"]["code"], answer.json()["error"].get("field")) == (code, field), answer.text
    assert (await client.get("/jobs")).json() == {"jobs": []}
    for query in ("limit=0", "limit=x", "offset=-1", "state=gone", "limit=5000"):
        assert (await client.get(f"/jobs?{query}")).status_code == 422
    for path in ("x", "0" * 32, "%00"):
        for call in (client.get(f"/jobs/{path}"), client.delete(f"/jobs/{path}"), client.get(f"/jobs/{path}/results")):
            assert (await call).json()["error"]["code"] == "job_not_found"


async def test_a_job_that_cannot_be_done_says_why(client: httpx.AsyncClient) -> None:
    for content, kind, options, message in (
        (b"a,b\n1,2\n", "text/csv", {}, "text_column"),
        (CSV, "text/csv", {"text_column": "x"}, "text_column: there is no column 'x'"),
        (b"PAR1 or not", "application/vnd.apache.parquet", {"name": "my.parquet"}, "my.parquet"),
    ):
        answer = await client.post("/jobs", content=content, headers={"content-type": kind}, params=options)
        done = await ended(client, answer.json()["id"])
        assert (done["state"], done["error"]["code"]) == ("failed", "invalid_input")
        assert message in done["error"]["message"]
        refused = await client.get(f"/jobs/{done['id']}/results")
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "job_not_done")
    failed = (await client.get("/jobs?state=failed&limit=2")).json()["jobs"]
    assert [job["state"] for job in failed] == ["failed"] * 2


async def test_limits_are_named(settings: Settings) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * 1000

    async with held(replace(settings, job_bytes=2000, job_queue=1, job_workers=0)) as (client, _):
        for content in (b"x" * 2001, pieces()):
            answer = await client.post("/jobs", content=content, headers=NDJSON)
            assert (answer.status_code, answer.json()["error"]["code"]) == (413, "job_too_large")
            assert "at most 2000 are allowed (CIVILITY_JOB_BYTES)" in answer.json()["error"]["message"]
        await submit(client, JSONL)
        answer = await client.post("/jobs", content=JSONL, headers=NDJSON)
        assert (answer.status_code, answer.json()["error"]["code"]) == (429, "job_queue_full")
        assert int(answer.headers["retry-after"]) >= 1
    full = replace(settings, data=settings.data / "2", job_disk_bytes=10, job_workers=0)
    async with serving(settings=full) as client:
        await submit(client, JSONL)
        answer = await client.post("/jobs", content=JSONL, headers=NDJSON)
        assert (answer.status_code, answer.json()["error"]["code"]) == (507, "job_storage_full")
        assert len((await client.get("/jobs")).json()["jobs"]) == 1


async def test_single_requests_go_on_while_a_job_runs_and_it_can_be_cancelled(settings: Settings) -> None:
    async with held(settings) as (client, model):
        job = await submit(client, lines(2000))
        while not model.entered.acquire(blocking=False):
            await client.get(f"/jobs/{job}")
        single = asyncio.create_task(client.post("/moderate", json=POST))
        shown = await client.get(f"/jobs/{job}/results")
        assert (shown.status_code, shown.json()["error"]["message"].split(";")[0]) == (409, "the job is running")
        model.gate.set()
        assert (await single).status_code == 200
        answer = await client.delete(f"/jobs/{job}")
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
        assert (await client.get(f"/jobs/{job}/results")).status_code == 409
        assert list((settings.data / "jobs").glob(f"{job}/*")) == []
        assert (await client.delete(f"/jobs/{job}")).status_code == 204
        assert (await client.get(f"/jobs/{job}")).status_code == 404
        metrics = (await client.get("/metrics")).text
        assert 'civility_bulk_jobs_ended_total{state="cancelled"} 1.0' in metrics


async def test_results_are_deleted_with_the_job(client: httpx.AsyncClient, settings: Settings) -> None:
    job = await submit(client)
    await ended(client, job)
    folder = settings.data / "jobs" / job
    while len(list(folder.iterdir())) > 2:  # what it was joined from goes once the job is known to be done
        await client.get(f"/jobs/{job}")
    assert sorted(path.name.partition("-")[0] for path in folder.iterdir()) == ["rejects", "results"]
    assert (await client.delete(f"/jobs/{job}")).status_code == 204
    assert not folder.exists()
    assert (await client.get(f"/jobs/{job}/results")).status_code == 404


async def test_jobs_are_their_keys_own(settings: Settings) -> None:
    store = KeyStore(settings.data)
    _, ann = store.create("ann", 0.0)
    _, bob = store.create("bob", 0.0)
    async with serving(settings=settings) as client:
        assert (await client.get("/jobs")).status_code == 401
        client.headers["authorization"] = f"Bearer {ann}"
        job = await submit(client)
        await ended(client, job)
        theirs = {"authorization": f"Bearer {bob}"}
        for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/results"), ("GET", "/rejects")):
            answer = await client.request(method, f"/jobs/{job}{path}", headers=theirs)
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "job_not_found")
        assert (await client.get("/jobs", headers=theirs)).json() == {"jobs": []}
        assert [found["id"] for found in (await client.get("/jobs")).json()["jobs"]] == [job]


async def test_a_service_that_is_closed_in_the_middle_goes_on_later(settings: Settings, tmp_path: Path) -> None:
    content = lines(1200)
    async with held(replace(settings, job_part_rows=300, drain_s=0.1)) as (client, model):
        job = await submit(client, content, format="parquet")
        model.gate.set()
        while (await client.get(f"/jobs/{job}")).json()["rows"]["done"] < 300:
            pass
        model.gate.clear()
    async with serving(settings=settings) as client:
        done = await ended(client, job)
        assert (done["state"], done["rows"]["done"]) == ("done", 1200)
        broken = (await client.get(f"/jobs/{job}/results")).content
        again = await submit(client, content, format="parquet")
        await ended(client, again)
        assert (await client.get(f"/jobs/{again}/results")).content == broken


async def test_an_upload_that_breaks_off_leaves_nothing(client: httpx.AsyncClient, settings: Settings) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield JSONL
        raise ConnectionError

    assert (await client.post("/jobs", content=broken(), headers=NDJSON)).status_code == 500
    answer = await client.post(
        "/jobs",
        content=b'--a\r\ncontent-disposition: form-data; name="file"; filename="x.csv"\r\n\r\nid,text\n1,he',
        headers={"content-type": "multipart/form-data; boundary=a"},
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")
    assert (await client.get("/jobs")).json() == {"jobs": []}
    assert [path.name for path in (settings.data / "jobs").iterdir()] == ["civility-jobs"]


async def test_nothing_is_made_before_the_first_job(client: httpx.AsyncClient, settings: Settings) -> None:
    assert (await client.get("/jobs")).json() == {"jobs": []}
    assert not settings.data.exists()


async def test_jobs_in_an_object_store_and_a_shared_database(
    settings: Settings, database_url: str, tmp_path: Path
) -> None:
    shared = replace(settings, database_url=database_url, job_store=f"memory://{tmp_path.name}/jobs")
    async with serving(settings=shared) as client:
        job = await submit(client, lines(50), format="parquet")
        done = await ended(client, job)
        assert (done["state"], done["rows"]["rejected"]) == ("done", 7), done
        content = (await client.get(f"/jobs/{job}/results")).content
        assert parquet.read_table(io.BytesIO(content)).num_rows == 43
        assert (await client.delete(f"/jobs/{job}")).status_code == 204
    other = replace(shared, database_url=f"sqlite:///{tmp_path}/other.db")
    with pytest.raises(SettingsError, match="another database"):
        create_app(other, FakeModel())


async def test_a_database_that_is_away_is_unavailable(settings: Settings) -> None:
    away = replace(settings, database_url="postgresql://me@127.0.0.1:1/x?connect_timeout=1")
    async with serving(settings=away) as client:
        answer = await client.get("/jobs")
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
        assert (await client.post("/moderate", json=POST)).status_code == 200


async def test_without_the_libraries_the_answer_names_them() -> None:
    app = FastAPI()
    app.include_router(job_routes(None))

    async def shown(_: Request, error: Exception) -> httpx.Response | Any:
        from fastapi.responses import Response

        assert isinstance(error, ServiceError)
        return Response(error.body(), error.status)

    app.add_exception_handler(ServiceError, shown)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://civility.test") as client:
        answer = await client.post("/jobs", content=JSONL, headers=NDJSON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (501, "not_installed")
    assert "civility[jobs]" in json.loads(answer.content)["error"]["message"]
