"""What the processor is best at follows what it lists and what the environment allows."""

from __future__ import annotations

import pytest

from models.backends import processor


@pytest.mark.parametrize(
    ("lists", "limit", "expected"),
    [
        (True, None, 128),
        (True, "DEFAULT", 128),
        (True, "avx512_core_amx", 128),
        (True, "AVX512_CORE_VNNI", 1),
        (True, "AVX2", 1),
        (False, None, 1),
        (False, "AVX512_CORE_AMX", 1),
    ],
)
def test_rows_of_products(monkeypatch: pytest.MonkeyPatch, lists: bool, limit: str | None, expected: int) -> None:
    monkeypatch.setattr(processor, "_lists_tiles", lambda: lists)
    for name in ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"):
        monkeypatch.delenv(name, raising=False)
    if limit is not None:
        monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", limit)
    assert processor.rows_of_products() == expected


def test_the_older_name_of_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ONEDNN_MAX_CPU_ISA", raising=False)
    monkeypatch.setenv("DNNL_MAX_CPU_ISA", "avx2")
    assert processor.instruction_limit() == "AVX2"
