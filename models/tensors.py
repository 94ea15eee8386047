"""Tensors of a safetensors file, large int8 ones as views of the mapped file: pages that are read, not memory that is held."""

from __future__ import annotations

import json
import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open


class MappedFile:
    """A file's tensors; the int8 ones stand in the file; nothing that is written to them reaches it.

    Views are valid as long as this object lives.
    """

    def __init__(self, path: Path) -> None:
        """Raises `FileNotFoundError`, `SafetensorError` for another kind of file, `ValueError` for one that cannot be mapped."""
        tensors: dict[str, NDArray[Any]] = {}
        with safe_open(path, framework="numpy") as file, path.open("rb") as raw:
            self._map = mmap.mmap(raw.fileno(), 0, access=mmap.ACCESS_COPY)
            size = int.from_bytes(self._map[:8], "little")
            header = json.loads(self._map[8 : 8 + size])
            for name in file.keys():  # noqa: SIM118  # it is no dictionary
                facts = header[name]
                if facts["dtype"] == "I8":
                    start, end = facts["data_offsets"]
                    view = np.frombuffer(self._map, np.int8, end - start, 8 + size + start)
                    tensors[name] = view.reshape(facts["shape"])
                else:
                    tensors[name] = file.get_tensor(name)
        self.tensors: Mapping[str, NDArray[Any]] = tensors

    def forget(self) -> None:
        """Give back the pages that were read so far; those that are needed again are read again."""
        if hasattr(self._map, "madvise"):
            self._map.madvise(mmap.MADV_DONTNEED)
