"""What the service does for its resident memory: few heaps, large tables in files, and back to the system what loading has
left behind."""

from __future__ import annotations

import ctypes
import gc
import mmap
import tempfile

_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # of glibc's malloc.h
_ARENAS = 2
_OWN_PAGES = 1 << 20  # bytes


def few_heaps() -> bool:
    """Let all threads share two of glibc's heaps: by default there are eight a core, and each keeps its own leftovers. And
    give blocks of a megabyte and more pages of their own, which go back when the block is freed: by default glibc stops that
    with the first large block that is freed, and weights that were read once stay as holes.

    Call it before threads are started. False where the C library is not glibc; then nothing is changed.
    """
    library = _glibc()
    if library is None:
        return False
    return bool(library.mallopt(_M_ARENA_MAX, _ARENAS) and library.mallopt(_M_MMAP_THRESHOLD, _OWN_PAGES))


def give_back() -> bool:
    """Free what nobody refers to, and give whole free pages back to the system. Takes up to some tens of milliseconds.

    False where the C library is not glibc; then only Python's garbage is freed.
    """
    gc.collect()
    library = _glibc()
    return library is not None and library.malloc_trim(0) >= 0


def mapped(table: memoryview) -> memoryview:
    """A read-only copy of a table, in a temporary file without a name: the system keeps those pages in memory that are read.

    The table itself, of the same format in one dimension, where no file can be written. For tables of tens of megabytes of
    which little is used.
    """
    try:
        with tempfile.TemporaryFile() as file:
            file.write(table)
            file.flush()
            pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):
        return table
    return memoryview(pages).cast(table.format)  # type: ignore[call-overload, no-any-return]  # any native format


def _glibc() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(None)
    except OSError:
        return None
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
