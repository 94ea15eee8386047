"""Reading POST /jobs: a file as the body, or as a part of a form, on its way to the store, never whole in memory."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack
from typing import Any

import msgspec
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from service.errors import BadRequest, BodyTimeout, EmptyBody, InvalidRequest
from service.jobs.errors import JobTooLarge
from service.jobs.inputs import check_ending
from service.jobs.model import Job
from service.jobs.queue import JobQueue
from service.jobs.store import JobStore
from service.jobs.wire import JobOptions
from service.reading import invalid_request
from service.settings import Settings, variable

_FIELD_BYTES = 4096
_TOLD_S = 5.0
_HEADERS_BYTES = 16_384


def read_options(values: Mapping[str, str]) -> JobOptions:
    """Options from a query or a form, where everything is text. Raises `InvalidRequest`."""
    try:
        return msgspec.convert(dict(values), JobOptions, strict=False)
    except msgspec.ValidationError as error:
        raise invalid_request(str(error)) from None


async def body_chunks(request: Request, settings: Settings) -> AsyncIterator[bytes]:
    """The body as it arrives. Raises `JobTooLarge`; `BodyTimeout` where nothing arrives for `body_timeout_s`."""
    declared = request.headers.get("content-length", "")
    size = 0
    if declared.isascii() and declared.isdigit() and int(declared) > settings.job_bytes:
        raise _too_large(int(declared), settings)
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(settings.body_timeout_s):
                chunk = await anext(stream, None)
        except TimeoutError:
            raise BodyTimeout(
                f"nothing arrived for {settings.body_timeout_s:g} s, after {size} bytes of the body"
            ) from None
        if chunk is None:
            return
        size += len(chunk)
        if size > settings.job_bytes:
            raise _too_large(size, settings)
        if chunk:
            yield chunk


class Upload:
    """A file on its way into the store, for one job. `async with`: what is not finished is not there."""

    def __init__(self, job: Job, queue: JobQueue, store: JobStore) -> None:
        self.size = 0
        self.name = ""
        self._job = job
        self._queue = queue
        self._store = store
        self._stack = ExitStack()
        self._stream: Any = None
        self._told = time.monotonic()

    async def __aenter__(self) -> Upload:
        return self

    async def __aexit__(self, *error: Any) -> None:
        await asyncio.to_thread(self._stack.__exit__, *error)

    async def begin(self, ending: str) -> None:
        """Open the file. Raises `OSError`."""
        self.name = f"input{ending}"
        self._stream = await asyncio.to_thread(self._stack.enter_context, self._store.create(self._job.id, self.name))

    async def write(self, block: bytes) -> None:
        """Append. Raises `OSError`, `JobStorageFull`, `JobNotFound`."""
        self.size += len(block)
        await asyncio.to_thread(self._stream.write, block)
        if time.monotonic() - self._told > _TOLD_S:
            self._told = time.monotonic()
            await asyncio.to_thread(self._queue.receiving, self._job.id, self.size)


async def read_form(request: Request, chunks: AsyncIterator[bytes], upload: Upload) -> tuple[JobOptions, str]:
    """A form with one file and the options; the options and the file's own name.

    Raises `BadRequest`, `InvalidRequest`, `UnsupportedMediaType`, and what `upload` raises.
    """
    form = _Form(request)
    async for chunk in chunks:
        for kind, value in form.feed(chunk):
            if kind == "begin":
                await upload.begin(check_ending(form.fields.get("name") or form.file_name, form.file_type, ""))
            else:
                await upload.write(value)
    form.finish()
    if not upload.name:
        raise InvalidRequest("file: expected a file in the form", "file")
    if not upload.size:
        raise EmptyBody("file: the file is empty", "file")
    return read_options(form.fields), form.file_name


class _Form:
    """A parser of multipart/form-data that gives the file's bytes as they come and keeps the small fields."""

    def __init__(self, request: Request) -> None:
        _, options = parse_options_header(request.headers.get("content-type", ""))
        if not options.get(b"boundary"):
            raise BadRequest("the content-type of a form needs a boundary", "content-type")
        self.fields: dict[str, str] = {}
        self.file_name = self.file_type = ""
        self._events: list[tuple[str, bytes]] = []
        self._headers: dict[bytes, bytes] = {}
        self._header: tuple[bytes, bytes] = (b"", b"")
        self._field: str | None = None
        self._value = b""
        self._files = 0
        self._ended = False
        self._parser = MultipartParser(
            options[b"boundary"],
            {
                "on_part_begin": self._on_part,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header,
                "on_headers_finished": self._on_headers,
                "on_part_data": self._on_data,
                "on_part_end": self._on_part_end,
                "on_end": self._on_end,
            },
        )

    def feed(self, chunk: bytes) -> list[tuple[str, bytes]]:
        """What came: ("begin", b"") for the file, then ("data", bytes) of it. Raises `BadRequest`, `InvalidRequest`."""
        self._events = []
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise BadRequest("the body is not a form of the boundary that its content-type names") from None
        return self._events

    def finish(self) -> None:
        """Raises `BadRequest` where the end is missing."""
        if not self._ended:
            raise BadRequest("the form ends in the middle")

    def _on_part(self) -> None:
        self._headers, self._field, self._value = {}, None, b""

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header = (self._header[0] + data[start:end], self._header[1])
        self._check_headers()

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header = (self._header[0], self._header[1] + data[start:end])
        self._check_headers()

    def _check_headers(self) -> None:
        if sum(map(len, self._header)) + sum(map(len, self._headers.values())) > _HEADERS_BYTES:
            raise BadRequest(f"the headers of a part of the form have more than {_HEADERS_BYTES} bytes")

    def _on_header(self) -> None:
        self._headers[self._header[0].lower()] = self._header[1]
        self._header = (b"", b"")

    def _on_headers(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" not in options and name != "file":
            self._field = name
            return
        self._files += 1
        if name != "file" or self._files > 1:
            raise InvalidRequest(f"{name[:40]!r}: expected one file in the form, in the field 'file'", "file")
        self.file_name = options.get(b"filename", b"").decode("utf-8", "replace")
        self.file_type = self._headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
        self._events.append(("begin", b""))

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._field is None:
            self._events.append(("data", data[start:end]))
            return
        self._value += data[start:end]
        if len(self._value) > _FIELD_BYTES:
            raise InvalidRequest(
                f"{self._field[:40]}: {len(self._value)} bytes or more; at most {_FIELD_BYTES} are allowed",
                self._field[:40],
            )

    def _on_part_end(self) -> None:
        if self._field is None:
            return
        if len(self.fields) >= len(JobOptions.__struct_fields__):
            raise InvalidRequest(f"{self._field[:40]}: more fields than there are options", self._field[:40])
        try:
            self.fields[self._field] = self._value.decode()
        except UnicodeDecodeError:
            raise BadRequest(f"{self._field[:40]}: not UTF-8", self._field[:40]) from None

    def _on_end(self) -> None:
        self._ended = True


def _too_large(size: int, settings: Settings) -> JobTooLarge:
    return JobTooLarge(
        f"the input has {size} bytes or more; at most {settings.job_bytes} are allowed ({variable('job_bytes')})"
    )
