"""Weight-only int8 storage: half of float16's bytes in a model's file. Pure; the backends compute in floats.

In a safetensors file, a matrix `NAME` is then int8 [rows, columns] and `NAME.scale` float16 [rows]: symmetric, one scale a
row. Scales are fixed in the file, so a score does not depend on what else is in a batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

SCALE = ".scale"
_LEVELS = 127


def quantise(matrix: NDArray[Any]) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """Values int8 [rows, columns] and scales float16 [rows]; `values * scale` is within half a scale of `matrix`.

    Scales are rounded up to float16, so that nothing is clipped, also in rows of very small numbers. Raises `ValueError`
    for what is no matrix, or has numbers that are not finite or too large for a scale.
    """
    if matrix.ndim != 2:
        raise ValueError(f"matrix: expected 2 dimensions, got {matrix.ndim}")
    wide = matrix.astype(np.float32)
    exact = np.abs(wide).max(axis=1, initial=0.0).astype(np.float64) / _LEVELS
    if not (exact <= np.finfo(np.float16).max).all():
        raise ValueError("matrix: a number is not finite or too large")
    scale = exact.astype(np.float16)
    scale = np.where(scale.astype(np.float64) < exact, np.nextafter(scale, np.float16(np.inf)), scale)
    divisor = np.where(scale > 0, scale, 1).astype(np.float32)[:, None]
    return np.rint(wide / divisor).astype(np.int8), scale


class Widened(Mapping[str, NDArray[Any]]):
    """Tensors as stored, with int8 matrices widened to float32 when they are asked for, and without their scales.

    One matrix at a time is wide, so that a reader that copies each one needs no more memory than for the file and one.
    keep_narrow: a wish of the reader's, that matrices stay int8 in what it builds wherever that computes the same.
    """

    def __init__(self, tensors: Mapping[str, NDArray[Any]], *, keep_narrow: bool = False) -> None:
        self._keep_narrow = keep_narrow
        self._tensors = tensors
        self._scales = {name + SCALE for name, value in tensors.items() if value.dtype == np.int8}

    def __getitem__(self, name: str) -> NDArray[Any]:
        values = self._tensors[name]
        if values.dtype != np.int8:
            return values
        return values.astype(np.float32) * self.scale(name).astype(np.float32)[:, None]

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._tensors if name not in self._scales)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def narrow(self, name: str) -> NDArray[np.int8] | None:
        """The int8 values of a matrix that is stored so, else None."""
        values = self._tensors[name]
        return values if values.dtype == np.int8 else None

    def kept(self, names: Sequence[str]) -> list[NDArray[np.int8]] | None:
        """The int8 values of matrices that are all stored so and are to stay so, else None."""
        values = [self.narrow(name) for name in names] if self._keep_narrow else [None]
        kept = [value for value in values if value is not None]
        return kept if len(kept) == len(values) else None

    def scale(self, name: str) -> NDArray[np.float16]:
        """The scales [rows] of an int8 matrix. Raises `KeyError`, or `ValueError` where they do not fit it."""
        scale, rows = self._tensors[name + SCALE], self._tensors[name].shape[:1]
        if scale.shape != rows or self._tensors[name].ndim != 2:
            raise ValueError(f"{name}{SCALE}: expected one number for each of {rows} rows, got {scale.shape}")
        return scale


def widen(tensors: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """All tensors, int8 matrices as float32, without the scales. Others are as stored."""
    return dict(Widened(tensors))
