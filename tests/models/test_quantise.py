"""Weight-only int8: within half a scale, row by row, and only what is stored so is widened."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from models.quantise import Widened, quantise, widen

MATRICES = arrays(
    np.float32, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.floats(-1e5, 1e5, width=32)
)


@given(MATRICES, st.sampled_from([1.0, 1e-3, 1e-6, 1e-9]))
@example(np.array([[1e-44]], np.float32), 1.0)
@settings(max_examples=150, deadline=None)
def test_error_is_at_most_half_a_scale(matrix: Any, size: float) -> None:
    matrix = (matrix * np.float32(size)).astype(np.float32)
    values, scale = quantise(matrix)
    assert values.dtype == np.int8
    assert scale.dtype == np.float16
    found = widen({"m": values, "m.scale": scale})["m"]
    step = scale.astype(np.float64)[:, None]
    assert (np.abs(found.astype(np.float64) - matrix) <= 0.5 * step * (1 + 1e-5)).all()
    # The scale is no larger than it must be: one step of float16 above the row's maximum in 127 parts.
    least = np.abs(matrix).max(axis=1).astype(np.float64) / 127
    assert (scale.astype(np.float64) <= least * (1 + 2**-10) + 2.0**-24).all()


@given(MATRICES)
@settings(max_examples=50, deadline=None)
def test_what_is_widened_is_stored_again_without_loss(matrix: Any) -> None:
    once = widen(dict(zip(("m", "m.scale"), quantise(matrix), strict=True)))["m"]
    values, scale = quantise(once)
    again = widen({"m": values, "m.scale": scale})["m"]
    np.testing.assert_allclose(again, once, atol=0.51 * float(scale.max(initial=0)))


def test_only_int8_matrices_are_widened() -> None:
    values, scale = quantise(np.array([[1.0, -2.0], [0.0, 0.0]]))
    tensors: dict[str, Any] = {
        "a": values,
        "a.scale": scale,
        "b": np.ones(3, np.float16),
        "gate.scale": np.ones(2, np.float32),
    }
    found = widen(tensors)
    assert set(found) == {"a", "b", "gate.scale"}
    assert found["b"] is tensors["b"]
    np.testing.assert_allclose(found["a"], [[1.0, -2.0], [0.0, 0.0]], atol=0.01)
    assert found["a"].dtype == np.float32
    lazy = Widened(tensors)
    assert len(lazy) == 3
    assert lazy.narrow("a") is values
    assert lazy.narrow("b") is None


def test_scales_that_do_not_fit() -> None:
    values, _ = quantise(np.ones((3, 2)))
    with pytest.raises(ValueError, match=r"a\.scale: expected one number for each of \(3,\) rows, got \(2,\)"):
        widen({"a": values, "a.scale": np.ones(2, np.float16)})
    with pytest.raises(KeyError, match=r"a\.scale"):
        widen({"a": values})


@pytest.mark.parametrize("matrix", [np.ones(3), np.array([[np.nan]]), np.array([[np.inf, 0]]), np.array([[1e9]])])
def test_what_cannot_be_stored(matrix: Any) -> None:
    with pytest.raises(ValueError, match="matrix: "):
        quantise(matrix)
