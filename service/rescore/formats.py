"""Output files: record batches as Parquet, CSV or JSON lines, and parts joined into one file. The same rows always give
the same bytes."""

from __future__ import annotations

import csv
import gzip
import io
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Literal

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from service.rescore.errors import OutputError
from service.rescore.kinds import JSON_TEXT

OutputFormat = Literal["parquet", "csv", "jsonl", "csv.gz", "jsonl.gz"]
SUFFIXES: tuple[OutputFormat, ...] = ("parquet", "csv", "jsonl", "csv.gz", "jsonl.gz")

# Scores have this many digits; a 32-bit float would show more in a text.
DIGITS = 4
_COMPRESSION = "zstd"


def output_format(path: Path) -> OutputFormat | None:
    """What a file of this name holds; None: the name is a folder's."""
    return next((suffix for suffix in SUFFIXES[::-1] if path.name.lower().endswith(f".{suffix}")), None)


def write_rows(stream: IO[bytes], kind: OutputFormat, schema: Any, batches: Sequence[Any]) -> None:
    """A whole file with these rows."""
    if kind == "parquet":
        with parquet.ParquetWriter(stream, schema, compression=_COMPRESSION) as writer:
            if batches:
                writer.write_table(pa.Table.from_batches(batches, schema))
        return
    with _maybe_zipped(stream, kind) as plain:
        if kind.startswith("csv"):
            plain.write(csv_header(schema))
        for batch in batches:
            plain.write(_csv(batch) if kind.startswith("csv") else _json_lines(batch))


def join_parts(stream: IO[bytes], kind: OutputFormat, schema: Any, parts: Sequence[Path]) -> None:
    """Parts as one file, a part in memory at a time."""
    if kind == "parquet":
        with parquet.ParquetWriter(stream, schema, compression=_COMPRESSION) as writer:
            for part in parts:
                writer.write_table(parquet.read_table(part).cast(schema))
        return
    if not parts:
        write_rows(stream, kind, schema, [])
    for number, part in enumerate(parts):
        if kind == "csv" and number:
            with part.open("rb") as source:
                source.seek(len(csv_header(schema)))
                shutil.copyfileobj(source, stream, 1 << 20)
        elif kind == "csv.gz" and number:
            with gzip.open(part, "rb") as source, _zipped(stream) as plain:
                source.read(len(csv_header(schema)))
                shutil.copyfileobj(source, plain, 1 << 20)
        else:
            with part.open("rb") as source:
                shutil.copyfileobj(source, stream, 1 << 20)


def csv_header(schema: Any) -> bytes:
    """The first line."""
    return _csv_lines([schema.names])


def check_format(kind: str) -> OutputFormat:
    """The format of that name. Raises `OutputError`."""
    found = next((suffix for suffix in SUFFIXES if suffix == kind), None)
    if found is None:
        raise OutputError(f"--format: expected one of {', '.join(SUFFIXES)}, got {kind!r}")
    return found


def columns_of(batch: Any) -> Iterator[tuple[str, list[Any]]]:
    """Columns as values that JSON has: moments and decimals as texts, scores with the digits that they have."""
    for field, column in zip(batch.schema, batch.columns, strict=True):
        if pa.types.is_temporal(field.type) or pa.types.is_decimal(field.type):
            column = pc.cast(column, pa.string())
        values = column.to_pylist()
        if field.type == pa.float32():
            values = [None if value is None else round(value, DIGITS) for value in values]
        yield field.name, values


def encode_json(value: object) -> str:
    """JSON, with anything that it lacks as a text."""
    return msgspec.json.encode(value, enc_hook=str).decode()


def _csv(batch: Any) -> bytes:
    columns = [
        [encode_json(value) if isinstance(value, list | dict) else value for value in values]
        for _, values in columns_of(batch)
    ]
    return _csv_lines(zip(*columns, strict=True))


def _csv_lines(rows: Any) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _json_lines(batch: Any) -> bytes:
    raw = {field.name for field in batch.schema if (field.metadata or {}).items() >= JSON_TEXT.items()}
    columns = [
        [msgspec.Raw(value.encode()) if name in raw and value is not None else value for value in values]
        for name, values in columns_of(batch)
    ]
    names = batch.schema.names
    rows: Iterator[Mapping[str, Any]] = (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))
    return b"".join(msgspec.json.encode(row, enc_hook=str) + b"\n" for row in rows)


@contextmanager
def _maybe_zipped(stream: IO[bytes], kind: OutputFormat) -> Iterator[IO[bytes]]:
    """`stream` is left open."""
    if not kind.endswith(".gz"):
        yield stream
        return
    with _zipped(stream) as plain:
        yield plain  # type: ignore[misc]  # a GzipFile is a binary stream in all but its class


def _zipped(stream: IO[bytes]) -> gzip.GzipFile:
    """Without time and name, so that the same rows give the same bytes."""
    return gzip.GzipFile(filename="", mode="wb", fileobj=stream, mtime=0)
