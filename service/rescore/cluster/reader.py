"""The input as a source of Ray Data: one task, on the driver's machine, that gives a chunk at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ray.data import Datasource, ReadTask
from ray.data.block import BlockMetadata

from service.rescore.cluster.wire import chunk_row, end_row, error_row
from service.rescore.reading import Reading


class ChunkSource(Datasource):  # type: ignore[misc]  # Ray has no types
    """What is left of `reading`. One task, since only a pass from the beginning cuts the chunks where the local engine
    does, and since a reader is some hundred times as fast as a worker."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def get_name(self) -> str:
        """In Ray's own reports."""
        return "Comments"

    def estimate_inmemory_data_size(self) -> int | None:
        """Unknown: it is streamed."""
        return None

    def get_read_tasks(self, parallelism: int, **_: Any) -> list[Any]:
        """The one task."""
        reading = self._reading
        return [ReadTask(lambda: _tables(reading), BlockMetadata(None, None, None, None))]


def _tables(reading: Reading) -> Iterator[Any]:
    number = reading.taken
    try:
        for chunk in reading.rest():
            yield chunk_row(number, chunk, reading.source.expected()).table()
            number += 1
    except Exception as error:
        yield error_row(number, error).table()
    else:
        yield end_row(number, reading.source.expected()).table()
