"""Disk: files that are there whole or not at all, whatever happens in between."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import IO

from service.rescore.errors import OutputError

TEMPORARY = ".part-of-a-file"


class Disk:
    """Writes and removes. watch: told each step before it is done, for those who count or end them."""

    def __init__(self, watch: Callable[[str], None] = lambda _: None) -> None:
        self._watch = watch

    def replace(self, path: Path, write: Callable[[IO[bytes]], object]) -> int:
        """Write a file beside its place, force it to the disk, and put it there. Gives its size."""
        beside = path.with_name(f".{path.name}{TEMPORARY}")
        self._watch(f"write {path.name}")
        with beside.open("wb") as stream:
            write(stream)
            stream.flush()
            self._watch(f"sync {path.name}")
            os.fsync(stream.fileno())
            size = stream.tell()
        self._watch(f"rename {path.name}")
        beside.replace(path)
        self.sync_folder(path.parent)
        return size

    def remove(self, path: Path) -> None:
        """Remove a file, if it is there."""
        self._watch(f"remove {path.name}")
        path.unlink(missing_ok=True)

    def remove_folder(self, path: Path) -> None:
        """Remove a folder with all that is in it, if it is there."""
        self._watch(f"remove {path.name}")
        shutil.rmtree(path, ignore_errors=True)

    def sync_folder(self, folder: Path) -> None:
        """Force the folder's own entries to the disk: without it, a rename may be lost with the power."""
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class Lock:
    """One process at a time. The system gives it back when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise OutputError(f"{path.parent}: another process is writing there") from None

    def release(self) -> None:
        """Let others write."""
        self._file.close()
