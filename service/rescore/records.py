"""Records of JSON lines, CSV files and queries: one dictionary a row, with its place, streaming."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
import pyarrow as pa

from service.rescore.errors import InputError
from service.rescore.files import File

LONGEST_LINE = 64 * 1024 * 1024
_BUFFER = 1 << 16
_FETCHED = 1000


@dataclass(frozen=True, slots=True)
class Record:
    """One row. row: its line in JSON lines, else its number among the data rows, from 1. bad: why it cannot be used."""

    file: str
    row: int
    values: Mapping[str, Any]
    size: int
    bad: str | None = None


class Position:
    """How far reading has come, for the estimate of what is left."""

    def __init__(self) -> None:
        self.rows = 0
        self.bytes = 0


Records = Callable[[Position], Iterator[Record]]


def read_json_lines(files: Sequence[File], position: Position) -> Iterator[Record]:
    """The objects of JSON-lines files; blank lines are skipped."""
    for file in files:
        with _opened(file, position) as stream:
            for number, line in enumerate(iter(partial(stream.readline, LONGEST_LINE + 1), b""), 1):
                if len(line) > LONGEST_LINE:
                    raise InputError(f"{file.path}: line {number} is longer than {LONGEST_LINE} bytes")
                if line.strip():
                    position.rows += 1
                    yield _json_record(file.path, number, line)


def read_csv_header(file: File) -> tuple[str, list[str]]:
    """A CSV file's delimiter and column names. Raises `InputError`."""
    with _opened(file, Position()) as stream:
        first = stream.readline(LONGEST_LINE).decode("utf-8-sig", "surrogateescape")
    delimiter = max(",;\t|", key=first.count)
    with _csv_rows(file, delimiter, Position()) as rows:
        header = next(rows, [])
    if not header:
        raise InputError(f"{file.path}: the file is empty; the first line must name the columns")
    twice = next((name for name in header if header.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"{file.path}: the column {twice!r} appears twice")
    return delimiter, header


def read_csv(files: Sequence[File], position: Position) -> Iterator[Record]:
    """The rows of CSV files with a header. All values are texts, so that none is changed; an empty cell is null."""
    for file in files:
        delimiter, header = read_csv_header(file)
        with _csv_rows(file, delimiter, position) as rows:
            next(rows, None)
            number = 0
            for cells in rows:
                if not cells:  # a blank line
                    continue
                number += 1
                position.rows += 1
                bad = None
                if len(cells) != len(header):
                    bad = f"{len(cells)} fields instead of {len(header)}"
                values = {name: cell or None for name, cell in zip(header, cells, strict=False)}
                yield Record(file.path, number, values, sum(map(len, cells)), bad)


def read_query(url: str, query: str, position: Position) -> Iterator[Record]:
    """The rows of a database query, streamed. Values that JSON does not have become texts. Raises `InputError`."""
    try:
        import sqlalchemy
    except ImportError:
        raise InputError("a query needs SQLAlchemy: pip install 'civility[rescore]'") from None
    try:
        engine = sqlalchemy.create_engine(url)
    except (sqlalchemy.exc.ArgumentError, ImportError) as error:
        raise InputError(f"{mask_password(url)}: {error}") from None
    try:
        with engine.connect() as connection:
            streaming = connection.execution_options(stream_results=True, max_row_buffer=_FETCHED)
            for row in streaming.execute(sqlalchemy.text(query)).mappings():
                position.rows += 1
                values = {str(name): _plain(value) for name, value in row.items()}
                yield Record("query", position.rows, values, sum(len(str(value)) for value in values.values()))
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise InputError(f"{mask_password(url)}: {str(error).splitlines()[0]}") from None
    finally:
        engine.dispose()


def mask_password(url: str) -> str:
    """A database's URL as it may be shown and kept."""
    head, at, tail = url.rpartition("@")
    scheme, slashes, login = head.partition("://")
    return f"{scheme}{slashes}{login.partition(':')[0]}{at}{tail}" if at else url


def _json_record(file: str, number: int, line: bytes) -> Record:
    try:
        value = msgspec.json.decode(line.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Record(file, number, {}, len(line), "not JSON")
    if not isinstance(value, dict):
        return Record(file, number, {}, len(line), "not a JSON object")
    return Record(file, number, value, len(line))


def _plain(value: object) -> object:
    """What a driver returns as what JSON has."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


@contextmanager
def _opened(file: File, position: Position) -> Iterator[io.BufferedReader]:
    """The file's bytes, decompressed; `position.bytes` follows what has been read of the file itself."""
    try:
        raw = file.filesystem.open_input_file(file.path)
    except OSError as error:
        raise InputError(f"{file.path}: {error}") from None
    before = position.bytes
    plain = pa.CompressedInputStream(raw, "gzip") if file.path.lower().endswith(".gz") else raw
    try:
        yield io.BufferedReader(_Counted(plain, lambda: _advance(position, before + raw.tell())), _BUFFER)
    except OSError as error:
        raise InputError(f"{file.path}: {error}") from None
    finally:
        position.bytes = before + file.size
        plain.close()


def _advance(position: Position, place: int) -> None:
    position.bytes = place


class _Counted(io.RawIOBase):
    """An Arrow stream as Python's, which reports each read."""

    def __init__(self, stream: Any, moved: Callable[[], None]) -> None:
        self._stream = stream
        self._moved = moved

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        read = self._stream.read(len(buffer))
        buffer[: len(read)] = read
        self._moved()
        return len(read)


@contextmanager
def _csv_rows(file: File, delimiter: str, position: Position) -> Iterator[Iterator[list[str]]]:
    csv.field_size_limit(LONGEST_LINE)
    with _opened(file, position) as stream:
        text = io.TextIOWrapper(stream, "utf-8-sig", "surrogateescape", newline="")
        rows = csv.reader(text, delimiter=delimiter)
        try:
            yield rows
        except csv.Error as error:
            raise InputError(f"{file.path}: line {rows.line_num}: {error}") from None
        finally:
            text.detach()
