"""Sources: an input as Arrow record batches of the size of one request, in the input's order, with each row's place.

A source is read from the beginning every time, so that the same chunks come out of every run over the same input.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import parquet

from service.rescore.errors import InputError
from service.rescore.files import File, Format, find_files
from service.rescore.kinds import batch_of, kind_of, schema_of
from service.rescore.records import (
    Position,
    Record,
    Records,
    mask_password,
    read_csv,
    read_csv_header,
    read_json_lines,
    read_query,
)

# One chunk is one request to the pipeline; the second limit is for long posts and is in bytes of the row or of the text.
CHUNK_ROWS = 1000
CHUNK_BYTES = 2_000_000
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows in order. batch: the input's columns. places: file and row of each. bad: row of the batch -> why not.
    size: bytes of the batch as it was read, which decide where a part ends."""

    batch: Any
    places: Sequence[tuple[str, int]]
    bad: Mapping[int, str]
    size: int

    @classmethod
    def of(cls, batch: Any, places: Sequence[tuple[str, int]], bad: Mapping[int, str]) -> Chunk:
        """A chunk that was just read."""
        return cls(batch, places, bad, batch.nbytes)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows. sample: share of the rows, the same ones every time; limit: how many at most, after sampling."""

    limit: int | None = None
    sample: float = 1.0

    def mask(self, first: int, count: int) -> NDArray[np.bool_]:
        """Which of the rows `first` to `first + count` are in the sample: splitmix64 of the row's number."""
        if self.sample >= 1.0:
            return np.ones(count, bool)
        mixed = (np.arange(first, first + count, dtype=np.uint64) + np.uint64(1)) * _GOLDEN
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray((mixed ^ (mixed >> np.uint64(31))) < np.uint64(int(self.sample * (2**64 - 1))))

    def expected(self, rows: int | None) -> int | None:
        """How many of `rows` will be taken, about."""
        if rows is None:
            return self.limit
        taken = round(rows * self.sample)
        return taken if self.limit is None else min(taken, self.limit)


class Source(Protocol):
    """An input. identity: what must be the same for a run to go on. columns: names, in order."""

    @property
    def identity(self) -> Mapping[str, Any]: ...

    @property
    def columns(self) -> Sequence[str]: ...

    def schema(self, text: str) -> Any:
        """The Arrow schema of `chunks`, for this text column. Raises `InputError` where it holds no text."""
        ...

    def chunks(self, text: str, selection: Selection, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """The rows, from the beginning, at most `rows` in a chunk. Raises `InputError`."""
        ...

    def expected(self) -> int | None:
        """Rows of the whole input, as far as can be said now."""
        ...


def open_source(location: str, query: str | None = None) -> Source:
    """Files, or a database where a query is given. Raises `InputError`."""
    if query is not None:
        asked = {"database": mask_password(location), "query": query}
        return RecordSource(partial(read_query, location, query), asked, None, 0)
    kind, files = find_files(location)
    identity = {"files": [[file.path, file.size, file.modified] for file in files]}
    return _parquet(files, identity) if kind == "parquet" else _records(kind, files, identity)


def _records(kind: Format, files: Sequence[File], identity: Mapping[str, Any]) -> Source:
    size = sum(file.size for file in files)
    if kind == "jsonl":
        return RecordSource(partial(read_json_lines, files), identity, None, size)
    names = dict.fromkeys(name for file in files for name in read_csv_header(file)[1])
    kinds = {name: {"str"} for name in names}
    return RecordSource(partial(read_csv, files), identity, kinds, size)


class RecordSource:
    """JSON lines, CSV or a query. kinds: of each column's values; None: the input is read once to see them."""

    def __init__(
        self, records: Records, identity: Mapping[str, Any], kinds: dict[str, set[str]] | None, size: int
    ) -> None:
        self.identity = identity
        self._records = records
        self._size = size
        self._position = Position()
        self._rows: int | None = None
        self._kinds = kinds if kinds is not None else self._look()

    @property
    def columns(self) -> Sequence[str]:
        """Names in the order of their first appearance."""
        return list(self._kinds)

    def schema(self, text: str) -> Any:
        """Types that every value of a column fits."""
        return schema_of(self._kinds, text)

    def chunks(self, text: str, selection: Selection, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """Blocks of records."""
        schema = self.schema(text)
        block: list[Record] = []
        size = 0
        for record in self._selected(selection):
            block.append(record)
            size += record.size
            if len(block) >= rows or size >= CHUNK_BYTES:
                yield _chunk_of(block, schema, text)
                block, size = [], 0
        if block:
            yield _chunk_of(block, schema, text)

    def expected(self) -> int | None:
        """Exact once the input has been read to its end, before that by the bytes read, which a buffer is ahead of."""
        if self._rows is not None or not 0 < self._position.bytes < self._size:
            return self._rows
        return self._position.rows * self._size // self._position.bytes

    def _selected(self, selection: Selection) -> Iterator[Record]:
        taken = 0
        self._position = Position()
        mask: list[bool] = []
        for number, record in enumerate(self._records(self._position)):
            if taken == selection.limit:
                return
            if number % CHUNK_ROWS == 0:
                mask = selection.mask(number, CHUNK_ROWS).tolist()
            if mask[number % CHUNK_ROWS]:
                taken += 1
                yield record
        self._rows = self._position.rows

    def _look(self) -> dict[str, set[str]]:
        kinds: dict[str, set[str]] = {}
        position = Position()
        for record in self._records(position):
            for name, value in record.values.items():
                kinds.setdefault(name, set()).add(kind_of(value))
        self._rows = position.rows
        return kinds


def _chunk_of(block: Sequence[Record], schema: Any, text: str) -> Chunk:
    batch, bad = batch_of([record.values for record in block], schema, text)
    bad |= {row: record.bad for row, record in enumerate(block) if record.bad is not None}
    return Chunk.of(batch, [(record.file, record.row) for record in block], bad)


def _parquet(files: Sequence[File], identity: Mapping[str, Any]) -> Source:
    schemas = []
    rows = 0
    for file in files:
        with _parquet_file(file) as opened:
            schemas.append(pa.schema([_plain_field(field) for field in opened.schema_arrow]))
            rows += opened.metadata.num_rows
    try:
        schema = pa.unify_schemas(schemas, promote_options="permissive")
    except pa.ArrowInvalid as error:
        raise InputError(f"the files' columns do not fit together: {error}") from None
    return ParquetSource(files, identity, schema, rows)


class ParquetSource:
    """Parquet files with one schema, to which each file's columns are brought; a column that a file lacks is null."""

    def __init__(self, files: Sequence[File], identity: Mapping[str, Any], schema: Any, rows: int) -> None:
        self.identity = identity
        self._files = files
        self._schema = schema
        self._rows = rows

    @property
    def columns(self) -> Sequence[str]:
        """The schema's names."""
        return list(self._schema.names)

    def schema(self, text: str) -> Any:
        """The files' own schema."""
        found = self._schema.field(text).type
        if found not in (pa.string(), pa.large_string()):
            raise InputError(f"the column {text!r} holds {found}, not text; name another with --text-column")
        return self._schema

    def chunks(self, text: str, selection: Selection, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """Pieces of the files' batches, gathered to the size of a request where sampling leaves little of each."""
        waiting: list[Any] = []
        places: list[tuple[str, int]] = []
        size = 0
        for piece, where, bytes_ in self._pieces(text, selection, rows):
            if waiting and (len(places) + len(where) > rows or size + bytes_ > CHUNK_BYTES):
                yield Chunk.of(pa.concat_batches(waiting), places, {})
                waiting, places, size = [], [], 0
            waiting.append(piece)
            places = [*places, *where]
            size += bytes_
        if waiting:
            yield Chunk.of(pa.concat_batches(waiting), places, {})

    def expected(self) -> int | None:
        """As the files say."""
        return self._rows

    def _pieces(self, text: str, selection: Selection, rows: int) -> Iterator[tuple[Any, list[tuple[str, int]], int]]:
        before = taken = 0
        for file in self._files:
            row = 0
            with _parquet_file(file) as opened:
                for batch in opened.iter_batches(rows):
                    chosen = np.flatnonzero(selection.mask(before + row, len(batch)))
                    if selection.limit is not None:
                        chosen = chosen[: selection.limit - taken]
                    if len(chosen):
                        fitted = _fitted(
                            batch.take(pa.array(chosen)) if len(chosen) < len(batch) else batch, self._schema
                        )
                        yield from _cut(fitted, [(file.path, row + 1 + int(at)) for at in chosen], text)
                    taken += len(chosen)
                    row += len(batch)
                    if taken == selection.limit:
                        return
            before += row


def _cut(batch: Any, places: list[tuple[str, int]], text: str) -> Iterator[tuple[Any, list[tuple[str, int]], int]]:
    """A batch in pieces within the limit of bytes; a single larger row stays whole."""
    lengths = pc.fill_null(pc.binary_length(batch.column(text)), 0).to_pylist()
    start = size = 0
    for at, length in enumerate(lengths):
        if at > start and size + length > CHUNK_BYTES:
            yield batch.slice(start, at - start), places[start:at], size
            start, size = at, 0
        size += length
    yield batch.slice(start), places[start:], size


def _fitted(batch: Any, schema: Any) -> Any:
    """A batch with exactly the columns of `schema`."""
    names = set(batch.schema.names)
    return pa.record_batch(
        [
            batch.column(field.name).cast(field.type) if field.name in names else pa.nulls(len(batch), field.type)
            for field in schema
        ],
        schema=schema,
    )


def _plain_field(field: Any) -> Any:
    """Dictionary columns as what they hold; metadata of other tools is not ours to keep true."""
    held = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    return pa.field(field.name, held)


def _parquet_file(file: File) -> Any:
    try:
        return parquet.ParquetFile(file.filesystem.open_input_file(file.path), pre_buffer=False)
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{os.fspath(file.path)}: {error}") from None
