"""Large tables in files instead of memory: the same numbers."""

from __future__ import annotations

import tempfile
from array import array

import pytest

from service.memory import mapped


@pytest.mark.parametrize("kind", "HIhi")
def test_a_mapped_table_has_the_same_numbers(kind: str) -> None:
    table = array(kind, range(1000))
    found = mapped(memoryview(table))
    assert found.tolist() == table.tolist()
    assert found.readonly


def test_where_no_file_can_be_written_the_table_itself_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OSError("read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    table = array("I", [1, 2, 3])
    assert mapped(memoryview(table)).tolist() == [1, 2, 3]
