"""Chunks and their outputs as rows of a Ray data set, each a row of its own: a head in JSON, and Arrow's stream format.

Errors that have a meaning for the operator travel as rows too, so that they arrive in order and in their own words.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from service.errors import ServiceError
from service.rescore.errors import InputError, RescoreError
from service.rescore.pipeline import Done
from service.rescore.results import Counts
from service.rescore.source import Chunk


class Head(msgspec.Struct, omit_defaults=True):
    """number: of the chunk in the input. expected: rows of the input. end: the chunk would be after the last one.

    Of a chunk: places (file, rows), bad, size. Of an output: counts, digest, size. Of an error: its kind and message.
    """

    number: int
    expected: int | None = None
    end: bool = False
    size: int = 0
    places: list[tuple[str, list[int]]] = []
    bad: dict[int, str] = {}
    counts: Counts | None = None
    digest: bytes = b""
    kind: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row. body: Arrow record batch as a stream; rejects: JSON lines."""

    head: Head
    body: Any = b""
    rejects: Any = b""

    def table(self) -> Any:
        """As a table of one row."""
        columns = {"head": msgspec.msgpack.encode(self.head), "body": self.body, "rejects": self.rejects}
        return pa.table({name: _cell(value) for name, value in columns.items()})


def rows_of(table: Any) -> list[Row]:
    """The rows of a table, without copies of their bodies."""
    found = []
    for at in range(len(table)):
        head, body, rejects = (table.column(name)[at].as_buffer() for name in ("head", "body", "rejects"))
        found.append(Row(msgspec.msgpack.decode(head, type=Head), body, rejects))
    return found


def chunk_row(number: int, chunk: Chunk, expected: int | None) -> Row:
    """A chunk for the workers."""
    places = [(file, [row for _, row in some]) for file, some in groupby(chunk.places, lambda place: place[0])]
    return Row(Head(number, expected, size=chunk.size, places=places, bad=dict(chunk.bad)), _stream(chunk.batch))


def chunk_of(row: Row) -> Chunk:
    """The chunk of a `chunk_row`."""
    head = row.head
    places = [(file, number) for file, numbers in head.places for number in numbers]
    return Chunk(_batch(row.body), places, head.bad, head.size)


def done_row(head: Head, done: Done) -> Row:
    """The output of the chunk with that head."""
    said = Head(head.number, head.expected, size=done.size, counts=done.counts, digest=done.digest)
    return Row(said, _stream(done.rows), done.rejects)


def done_of(row: Row) -> Done:
    """The output of a `done_row`. Raises the error of an `error_row`."""
    if row.head.kind:
        raise (InputError if row.head.kind == "input" else RescoreError)(row.head.message)
    assert row.head.counts is not None  # an output has counts
    return Done(_batch(row.body), bytes(row.rejects), row.head.counts, row.head.digest, row.head.size)


def error_row(number: int, error: Exception) -> Row:
    """An error in the place of a chunk or an output. Of one that is not ours only the class is told: others may quote texts."""
    if isinstance(error, RescoreError):
        return Row(Head(number, kind="input" if isinstance(error, InputError) else "other", message=str(error)))
    said = error.message if isinstance(error, ServiceError) else f"a worker failed with {type(error).__name__}"
    return Row(Head(number, kind="other", message=said))


def end_row(number: int, expected: int | None) -> Row:
    """What comes after the last chunk, so that a stream that breaks off is not taken for a whole one."""
    return Row(Head(number, expected, end=True))


def _cell(value: Any) -> Any:
    """Bytes or a buffer as a column of one row, without a copy."""
    content = pa.py_buffer(value)
    ends = pa.py_buffer(np.array([0, content.size], np.int64))
    return pa.Array.from_buffers(pa.large_binary(), 1, [None, ends, content])


def _stream(batch: Any) -> Any:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue()


def _batch(body: Any) -> Any:
    with pa.ipc.open_stream(body) as reader:
        return reader.read_next_batch()
