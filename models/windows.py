"""Cut a token sequence into overlapping windows of the model's input length. Pure; nothing is ever dropped."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.types import Window


def window_ranges(tokens: int, capacity: int, stride: int) -> list[tuple[int, int]]:
    """Return half-open ranges of at most `capacity` tokens that cover `tokens`; neighbours share `stride` tokens.

    The first window is full wherever there are enough tokens, so that it equals what a model that cuts would see. No
    tokens give one empty range. Raises `ValueError` unless 0 <= stride < capacity.
    """
    if not 0 <= stride < capacity:
        raise ValueError(f"stride: expected 0 to {capacity - 1}, got {stride}")
    step = capacity - stride
    starts = range(0, max(tokens - stride, 1), step)
    return [(start, min(start + capacity, tokens)) for start in starts]


def make_windows(
    ids: NDArray[np.int64],
    offsets: NDArray[np.int32],
    *,
    prefix: tuple[int, ...],
    suffix: tuple[int, ...],
    length: int,
    stride: int,
) -> tuple[Window, ...]:
    """Cut the tokens of one post (without special tokens) into windows of at most `length` ids.

    ids: int64 [n]; offsets: int32 [n, 2] in code points of the post. prefix, suffix: special token ids that the model
    expects around its input; their offsets are empty and stand at the window's edges.
    """
    ranges = window_ranges(len(ids), length - len(prefix) - len(suffix), stride)
    made = []
    for index, (start, end) in enumerate(ranges):
        inner = offsets[start:end]
        left, right = (int(inner[0, 0]), int(inner[-1, 1])) if len(inner) else (0, 0)
        made.append(
            Window(
                ids=np.concatenate([np.array(prefix, np.int64), ids[start:end], np.array(suffix, np.int64)]),
                offsets=np.concatenate(
                    [
                        np.full((len(prefix), 2), left, np.int32),
                        inner,
                        np.full((len(suffix), 2), right, np.int32),
                    ]
                ),
                index=index,
            )
        )
    return tuple(made)
