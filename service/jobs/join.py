"""Parts as one file, a part in memory at a time. Where the parts end does not show in the result."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from typing import IO, Any

import pyarrow as pa
from pyarrow import parquet

from service.jobs.store import JobStore
from service.jobs.wire import Format
from service.rescore.formats import write_rows

ROW_GROUP = 50_000
_COPIED = 1 << 20


def join(store: JobStore, job: str, names: Sequence[str], kind: Format, schema: Any, stream: IO[bytes]) -> None:
    """Write the parts of these names, in order, as one file of that kind."""
    if kind == "jsonl":
        append(store, job, names, stream)
        return
    if not names:
        write_rows(stream, kind, schema, [])
        return
    with parquet.ParquetWriter(stream, schema, compression="zstd") as writer:
        for group in _groups(_tables(store, job, names)):
            writer.write_table(group.cast(schema))


def append(store: JobStore, job: str, names: Sequence[str], stream: IO[bytes]) -> None:
    """Write files one after the other."""
    for name in names:
        with store.open(job, name) as part:
            shutil.copyfileobj(part, stream, _COPIED)


def _tables(store: JobStore, job: str, names: Sequence[str]) -> Iterator[Any]:
    for name in names:
        with store.open(job, name) as part:
            yield parquet.read_table(part)


def _groups(tables: Iterator[Any]) -> Iterator[Any]:
    """The same rows in tables of `ROW_GROUP` rows, the last one shorter."""
    waiting: Any = None
    for table in tables:
        waiting = table if waiting is None else pa.concat_tables([waiting, table])
        while len(waiting) >= ROW_GROUP:
            yield waiting.slice(0, ROW_GROUP).combine_chunks()
            waiting = waiting.slice(ROW_GROUP)
    if waiting is not None and len(waiting):
        yield waiting.combine_chunks()
