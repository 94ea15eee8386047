"""What the processor is best at follows what it lists and what the environment allows."""

from __future__ import annotations

import pytest

from models.backends import processor
from service.engine import EngineSettings

AMX = frozenset({"flags", "avx512_vnni", "amx_bf16"})
VNNI = frozenset({"flags", "avx512_vnni"})
AVX2 = frozenset({"flags", "avx2"})


def seems(monkeypatch: pytest.MonkeyPatch, lists: frozenset[str] | None, limit: str | None) -> None:
    """A processor that lists this, or nothing that can be read, under this limit."""
    monkeypatch.setattr(processor, "_flags", lambda: lists)
    for name in ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"):
        monkeypatch.delenv(name, raising=False)
    if limit is not None:
        monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", limit)


@pytest.mark.parametrize(
    ("lists", "limit", "expected"),
    [
        (AMX, None, 128),
        (AMX, "DEFAULT", 128),
        (AMX, "avx512_core_amx", 128),
        (AMX, "AVX512_CORE_VNNI", 1),
        (AMX, "AVX2", 1),
        (VNNI, None, 1),
        (VNNI, "AVX512_CORE_AMX", 1),
        (None, None, 1),
    ],
)
def test_rows_of_products(
    monkeypatch: pytest.MonkeyPatch, lists: frozenset[str] | None, limit: str | None, expected: int
) -> None:
    seems(monkeypatch, lists, limit)
    assert processor.rows_of_products() == expected


@pytest.mark.parametrize(
    ("lists", "limit", "expected"),
    [
        (VNNI, None, True),
        (VNNI, "AVX512_CORE_VNNI", True),
        (VNNI, "avx2", False),
        (AMX, "AVX512_CORE", False),
        (AVX2, None, False),
        (AVX2, "AVX512_CORE_VNNI", False),
        (None, None, True),
        (None, "AVX2", False),
    ],
)
def test_products_of_8_bits(
    monkeypatch: pytest.MonkeyPatch, lists: frozenset[str] | None, limit: str | None, expected: bool
) -> None:
    seems(monkeypatch, lists, limit)
    assert processor.has_byte_products() is expected


def test_the_older_name_of_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ONEDNN_MAX_CPU_ISA", raising=False)
    monkeypatch.setenv("DNNL_MAX_CPU_ISA", "avx2")
    assert processor.instruction_limit() == "AVX2"


@pytest.mark.parametrize(("lists", "batch", "short"), [(AMX, 512, 128), (AVX2, 256, 64)])
def test_batches_suit_the_processor(
    monkeypatch: pytest.MonkeyPatch, lists: frozenset[str], batch: int, short: int
) -> None:
    """Tokens for each of the two cores that work on a full batch, and of one that is kept short for those who wait."""
    seems(monkeypatch, lists, None)
    monkeypatch.setattr("service.engine.settings.cores", lambda: 4)
    settings = EngineSettings.for_device("cpu")
    assert (settings.batch_tokens, settings.short_tokens) == (2 * batch, short)
