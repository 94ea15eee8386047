"""What the processor is best at, as far as it says so without any runtime."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

# Rows of a product on matrix units, two cores; see benchmarks/NOTES.md.
ROWS_OF_TILES = 128
_VNNI = frozenset({"avx512_vnni", "avx_vnni"})
_LIMITS_WITHOUT_VNNI = frozenset({"SSE41", "AVX", "AVX2", "AVX512_CORE"})
_LIMITS_WITHOUT_BF16 = _LIMITS_WITHOUT_VNNI | {"AVX2_VNNI", "AVX512_CORE_VNNI"}


def instruction_limit() -> str:
    """What `ONEDNN_MAX_CPU_ISA` (or its older name) allows runtimes to use; empty for everything."""
    return os.environ.get("ONEDNN_MAX_CPU_ISA", os.environ.get("DNNL_MAX_CPU_ISA", "")).upper()


def has_tiles() -> bool:
    """Are there matrix units for bfloat16 (AMX) that may be used? False where that cannot be told."""
    limit = instruction_limit()
    return ("AMX" in limit or limit in ("", "DEFAULT", "ALL")) and "amx_bf16" in (_flags() or ())


def allows_bf16() -> bool:
    """Does the limit leave instructions for bfloat16? Runtimes list what the processor has, whatever the limit, and then compute
    bfloat16 by float32 products and conversions: as slow as float32."""
    return instruction_limit() not in _LIMITS_WITHOUT_BF16


def has_byte_products() -> bool:
    """May there be instructions for products of 8-bit numbers (VNNI) that may be used? True where that cannot be told."""
    if instruction_limit() in _LIMITS_WITHOUT_VNNI:
        return False
    flags = _flags()
    return flags is None or not flags.isdisjoint(_VNNI)


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def batches_at_a_time(threads: int) -> int:
    """How many batches share so many threads. Two threads of one batch wait for each other in every operation, and both
    for whoever else has one of their cores; two batches do not. More of them would make a comment alone slow."""
    return 1 if threads < 2 else 2 if threads < 8 else 4


def length_multiple() -> int:
    """What lengths of batches are padded to a multiple of: the runtime prepares kernels for each shape that it meets.

    8 makes 20 shapes up to 160 tokens instead of 160, at 4 % more tokens and up to 5 % more time. On matrix units, which
    work on whole blocks of rows anyway, 16 costs nothing, and the first post of a shape waits half as often.
    """
    return 16 if has_tiles() else 8


def rows_of_products() -> int:
    """Of how many rows products should have a multiple: 128 on matrix units, else any number is as good."""
    return ROWS_OF_TILES if has_tiles() else 1


@cache
def _flags() -> frozenset[str] | None:
    """What the processor lists; None where that cannot be read, or reads as no processor does."""
    try:
        words = frozenset(Path("/proc/cpuinfo").read_text().split())
    except OSError:
        return None
    return words if "flags" in words else None
