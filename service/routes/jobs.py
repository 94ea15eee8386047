"""/jobs: whole archives in, results as a file out."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from service.errors import ErrorBody, InvalidRequest
from service.jobs.errors import JobNotDone, NotInstalled, RangeNotSatisfiable
from service.jobs.wire import JobAnswer, JobList, JobOptions, State, job_answer
from service.openapi import answers

if TYPE_CHECKING:
    from service.jobs.model import Job
    from service.jobs.service import JobService

NEEDED = ("sqlalchemy", "pyarrow", "fsspec", "python_multipart")
MEDIA_TYPES = {"jsonl": "application/x-ndjson", "parquet": "application/vnd.apache.parquet"}
_BLOCK = 1 << 18
_MOST = 1000
_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)
_ERRORS = (401, 404, 501, 503)
STATES: tuple[State, ...] = ("queued", "running", "done", "failed", "cancelled")

Json = dict[Any, Any]

_JOB: Json = {
    "parameters": [
        {"name": "job", "in": "path", "required": True, "schema": {"type": "string"}, "description": "Its id."}
    ]
}

SUBMIT = """
Score a whole archive in the background, while single requests go on. Send one of:

- the file itself, as the body (JSON lines look like `{"id": 1, "text": "What a lovely day"}`): its content type, or the ending of the query's `name`, says what it is (`.jsonl`, `.csv`,
  `.parquet`; the first two also with `.gz`); options are in the query;
- a form (`multipart/form-data`) with the file in the field `file`, and the options as fields;
- JSON with the `url` of the file, which must begin with an address that the operator allows, and the options.

The answer comes as soon as the input is there; ask `/jobs/{id}`, whose address is in the header `Location`, how far the work
is. A job goes on after a restart of the service where it was. The service keeps input and results until you delete the
job, or until it expires.
"""
RESULTS = """
The input's rows and columns, in order, with a column for each label, `flags`, `evidence`, `action`, `reasons`, `model` and
`policy`: as JSON lines or Parquet, as the job's `format` says. `Range` (one range of bytes) is understood, so that a broken
download can be gone on with. 409 while the job is not done.
"""
REJECTS = """
The rows of the input that could not be used, as JSON lines: `file`, `row`, `reason` and `values`. 409 while the job is not done.
"""
DELETE = """
End a job that is queued or running: it stays in the list as `cancelled`, its input and results are removed. A job that has
ended before is forgotten, with its results: then the answer is 204.
"""


def job_routes(service: JobService | None) -> APIRouter:
    """The surface of jobs. service: None where its libraries are not installed; everything is then answered with 501."""
    router = APIRouter(tags=["jobs"])

    def jobs() -> JobService:
        if service is None:
            raise NotInstalled("jobs need more libraries: pip install 'civility[jobs]'")
        return service

    @router.post(
        "/jobs",
        status_code=202,
        summary="Submit a job",
        description=SUBMIT,
        responses=_answers(JobAnswer, 400, 408, 413, 415, 422, 429, 507, good=202),
        openapi_extra=submit_body(),
    )
    async def submit(request: Request) -> Response:
        job = await jobs().submit(request, owner_of(request))
        return _json(job, 202, {"location": f"/jobs/{job.id}"})

    @router.get(
        "/jobs",
        summary="List jobs",
        description="The newest first. With an API key: those that were submitted with it.",
        responses=_answers(JobList, 422),
        openapi_extra={"parameters": list_query()},
    )
    async def listing(request: Request) -> Response:
        found = await jobs().listed(owner_of(request), *_read_list(request))
        answer = JobList(tuple(map(job_answer, found)))
        return Response(msgspec.json.encode(answer), media_type="application/json")

    @router.get("/jobs/{job}", summary="Status of a job", responses=_answers(JobAnswer), openapi_extra=_JOB)
    async def status(request: Request) -> Response:
        return _json(await jobs().get(request.path_params["job"], owner_of(request)))

    @router.delete(
        "/jobs/{job}",
        summary="Cancel or forget a job",
        description=DELETE,
        responses=_answers(JobAnswer) | {204: {"description": "Forgotten"}},
        openapi_extra=_JOB,
    )
    async def delete(request: Request) -> Response:
        left = await jobs().delete(request.path_params["job"], owner_of(request))
        return Response(status_code=204) if left is None else _json(left)

    @router.get(
        "/jobs/{job}/results",
        summary="Results of a job",
        description=RESULTS,
        responses=_files(MEDIA_TYPES.values(), 409, 416),
        openapi_extra=_JOB,
    )
    async def results(request: Request) -> Response:
        found = await jobs().get(request.path_params["job"], owner_of(request))
        if found.result is None:
            raise _not_done(found)
        kind = found.options.format
        return await _send(
            request, jobs(), found, found.result, found.result_bytes, f"{found.id}.{kind}", MEDIA_TYPES[kind]
        )

    @router.get(
        "/jobs/{job}/rejects",
        summary="Rows that could not be used",
        description=REJECTS,
        responses=_files([MEDIA_TYPES["jsonl"]], 409, 416),
        openapi_extra=_JOB,
    )
    async def rejects(request: Request) -> Response:
        found = await jobs().get(request.path_params["job"], owner_of(request))
        if found.state != "done":
            raise _not_done(found)
        name, media_type = f"{found.id}.rejects.jsonl", MEDIA_TYPES["jsonl"]
        if found.rejects is None:
            return Response(b"", media_type=media_type, headers=_headers(found, name))
        return await _send(request, jobs(), found, found.rejects, found.rejects_bytes, name, media_type)

    return router


def installed() -> bool:
    """Whether the libraries of jobs are there."""
    return all(find_spec(name) is not None for name in NEEDED)


def owner_of(request: Request) -> str | None:
    """The id of the key that was shown; None where none is needed."""
    key: str | None = getattr(request.state, "key", None)
    return key


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last, for a file of that size; None: all of it, as for a range that is not
    understood (RFC 9110, 14.2). Raises `RangeNotSatisfiable`."""
    found = _RANGE.fullmatch(header.strip())
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    start, end = int(first or 0), min(int(last or size - 1) + 1, size)
    if not first:
        start, end = max(0, size - int(last)), size
    elif last and int(last) < start:
        return None
    if start >= end:
        raise RangeNotSatisfiable(
            f"the range {header.strip()[:60]} lies outside of the {size} bytes that there are", size
        )
    return start, end


def _read_list(request: Request) -> tuple[State | None, int, int]:
    """State, limit and offset. Raises `InvalidRequest`."""
    numbers = []
    for name, default, least, most in (("limit", 100, 1, _MOST), ("offset", 0, 0, 10**9)):
        text = request.query_params.get(name, str(default))
        if not (text.isascii() and text.isdigit() and len(text) < 12 and least <= int(text) <= most):
            raise InvalidRequest(f"{name}: expected {least} to {most}, got {text[:40]!r}", name)
        numbers.append(int(text))
    asked = request.query_params.get("state")
    state = next((state for state in STATES if state == asked), None)
    if asked is not None and state is None:
        raise InvalidRequest(f"state: expected one of {', '.join(STATES)}, got {asked[:40]!r}", "state")
    return state, numbers[0], numbers[1]


async def _send(request: Request, jobs: JobService, job: Job, file: str, size: int, shown: str, kind: str) -> Response:
    """A file of the store, or the range of it that was asked for."""
    header = request.headers.get("range", "")
    if request.headers.get("if-range", _tag(job)) != _tag(job):
        header = ""
    span = byte_range(header, size)
    start, end = span if span is not None else (0, size)
    stream = await jobs.open(job, file)
    headers = _headers(job, shown) | {"content-length": str(end - start)}
    if span is not None:
        headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
    return StreamingResponse(_blocks(stream, start, end), 200 if span is None else 206, headers, media_type=kind)


async def _blocks(stream: Any, start: int, end: int) -> AsyncIterator[bytes]:
    """Bytes of an open file, which is then closed."""
    try:
        await asyncio.to_thread(stream.seek, start)
        while start < end:
            block = await asyncio.to_thread(stream.read, min(_BLOCK, end - start))
            if not block:
                raise RuntimeError("the file is shorter than the queue says")
            start += len(block)
            yield block
    finally:
        stream.close()


def _headers(job: Job, shown: str) -> dict[str, str]:
    return {
        "accept-ranges": "bytes",
        "etag": _tag(job),
        "content-disposition": f'attachment; filename="{shown}"',
        "cache-control": "private, no-store",
    }


def _tag(job: Job) -> str:
    return f'"{job.id}"'


def _not_done(job: Job) -> JobNotDone:
    if job.state in ("failed", "cancelled"):
        return JobNotDone(f"the job is {job.state}; it has no results")
    return JobNotDone(f"the job is {job.state}; its results are there once it is done")


def _json(job: Job, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(job_answer(job)), status, headers, media_type="application/json")


# The description


def _answers(wire: type[msgspec.Struct], *errors: int, good: int = 200) -> Json:
    found = answers(wire, *sorted({*errors, *_ERRORS}))
    shown = found.pop(200)
    return {good: shown} | found


def _files(kinds: Iterable[str], *errors: int) -> Json:
    found = answers(ErrorBody, *sorted({*errors, *_ERRORS}))
    binary = {"schema": {"type": "string", "format": "binary"}}
    return found | {
        200: {"description": "The file", "content": dict.fromkeys(kinds, binary)},
        206: {"description": "The range of it that was asked for"},
    }


def _parameter(name: str, schema: Json, description: str) -> Json:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


def list_query() -> list[Json]:
    """The query of GET /jobs."""
    return [
        _parameter("state", {"type": "string", "enum": list(STATES)}, "Only these."),
        _parameter("limit", {"type": "integer", "minimum": 1, "maximum": _MOST, "default": 100}, "Jobs at most."),
        _parameter("offset", {"type": "integer", "minimum": 0, "default": 0}, "Leave out the first ones."),
    ]


def submit_body() -> Json:
    """The request body of POST /jobs in all its content types, and its query."""
    _, schemas = msgspec.json.schema_components([JobOptions])
    options: Json = schemas["JobOptions"]["properties"]
    binary = {"type": "string", "format": "binary"}
    form = {"type": "object", "properties": {"file": binary, **options}, "required": ["file"]}
    content: Json = {"multipart/form-data": {"schema": form}}
    content["application/json"] = {
        "schema": {"$ref": "#/components/schemas/UrlJob"},
        "example": {"url": "https://files.example.org/exports/comments.parquet", "format": "parquet"},
    }
    for kind in ("application/x-ndjson", "text/csv", "application/vnd.apache.parquet", "application/octet-stream"):
        content[kind] = {"schema": binary}
    parameters = [
        _parameter(name, {key: part for key, part in schema.items() if key != "description"}, schema["description"])
        for name, schema in options.items()
    ]
    return {"requestBody": {"required": True, "content": content}, "parameters": parameters}
