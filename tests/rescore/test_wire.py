"""What goes to a cluster's workers and comes back is what a worker here would have got and given."""

from __future__ import annotations

import datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import Unavailable
from service.rescore.cluster.wire import Head, chunk_of, chunk_row, done_of, done_row, end_row, error_row, rows_of
from service.rescore.errors import InputError, RescoreError
from service.rescore.pipeline import Done
from service.rescore.results import Counts
from service.rescore.source import Chunk

TEXTS = st.lists(st.tuples(st.none() | st.text(), st.sampled_from(["a", "b c"]), st.integers(1, 10**12)), max_size=20)


@settings(deadline=None)
@given(TEXTS, st.integers(0, 20))
def test_chunks(rows: list[tuple[str | None, str, int]], cut: int) -> None:
    batch = pa.record_batch({"text": pa.array([text for text, _, _ in rows], pa.string())}).slice(cut)
    places = [(file, row) for _, file, row in rows[cut:]]
    chunk = Chunk.of(batch, places, {0: "no"} if places else {})
    (row,) = rows_of(chunk_row(3, chunk, None).table())
    found = chunk_of(row)
    assert found.batch.equals(batch)
    assert (list(found.places), found.bad, found.size) == (places, chunk.bad, batch.nbytes)


def test_outputs() -> None:
    columns: dict[str, Any] = {"when": [datetime.date(2026, 1, 2)], "flags": [["slur"]], "extra": [{"a": 1.5}]}
    done = Done(
        pa.RecordBatch.from_pylist([{k: v[0] for k, v in columns.items()}]), b"{}\n", Counts(rows=2), b"\x00", 9
    )
    sent = done_row(Head(7, 100), done).table()
    (row,) = rows_of(pa.concat_tables([sent]))
    assert (row.head.number, row.head.expected, row.head.end) == (7, 100, False)
    assert done_of(row) == done


def test_errors_come_in_their_own_words() -> None:
    with pytest.raises(InputError, match=r"^in\.csv: broken$"):
        done_of(rows_of(error_row(1, InputError("in.csv: broken")).table())[0])
    with pytest.raises(RescoreError, match=r"^the engine is not available$"):
        done_of(rows_of(error_row(1, Unavailable("the engine is not available")).table())[0])
    with pytest.raises(RescoreError, match=r"^a worker failed with ValueError$"):
        done_of(rows_of(error_row(1, ValueError("the text of a comment")).table())[0])


def test_the_end() -> None:
    (row,) = rows_of(end_row(9, 8).table())
    assert (row.head.end, row.head.number, row.head.expected) == (True, 9, 8)
