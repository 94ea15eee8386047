"""What the service does for its resident memory: few arenas, and back to the system what loading has left behind."""

from __future__ import annotations

import ctypes
import gc

_M_ARENA_MAX = -8  # of glibc's malloc.h
_ARENAS = 2


def few_arenas() -> bool:
    """Let all threads share two of glibc's heaps: by default there are eight a core, and each keeps its own leftovers.

    Call it before threads are started. False where the C library is not glibc; then nothing is changed.
    """
    library = _glibc()
    return library is not None and library.mallopt(_M_ARENA_MAX, _ARENAS) == 1


def give_back() -> bool:
    """Free what nobody refers to, and give whole free pages back to the system. Takes up to some tens of milliseconds.

    False where the C library is not glibc; then only Python's garbage is freed.
    """
    gc.collect()
    library = _glibc()
    return library is not None and library.malloc_trim(0) >= 0


def _glibc() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(None)
    except OSError:
        return None
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
