"""Windows of different lengths into one rectangular batch, with the mask that keeps padding out of every score. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.types import Window

Side = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Batch:
    """ids: int64 [windows, tokens], padded. mask: int64 of the same shape, 1 at real tokens. lengths: real tokens each."""

    ids: NDArray[np.int64]
    mask: NDArray[np.int64]
    lengths: tuple[int, ...]
    side: Side

    def rows(self, values: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Undo the padding of per-token values [windows, tokens, ...]: one array a window, of its own length."""
        width = self.ids.shape[1]
        if self.side == "right":
            return [row[:length] for row, length in zip(values, self.lengths, strict=True)]
        return [row[width - length :] for row, length in zip(values, self.lengths, strict=True)]


def pad(
    windows: Sequence[Window], *, pad_id: int, multiple: int = 1, limit: int | None = None, side: Side = "right"
) -> Batch:
    """Pad windows to the longest, rounded up to `multiple` but not beyond `limit` (the model's positions).

    Rounding bounds the number of distinct shapes that a runtime prepares and caches kernels for. Raises `ValueError`
    for no windows.
    """
    if not windows:
        raise ValueError("windows: expected at least one")
    lengths = tuple(len(window) for window in windows)
    longest = max(lengths)
    width = -(-longest // multiple) * multiple
    if limit is not None:
        width = max(longest, min(width, limit))
    ids = np.full((len(windows), width), pad_id, np.int64)
    mask = np.zeros((len(windows), width), np.int64)
    for row, window in enumerate(windows):
        place = slice(0, lengths[row]) if side == "right" else slice(width - lengths[row], width)
        ids[row, place] = window.ids
        mask[row, place] = 1
    return Batch(ids, mask, lengths, side)
