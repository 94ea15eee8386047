"""Tensors of a mapped file are those that a plain reader gives, also after its pages were given back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from models.tensors import MappedFile


def test_same_as_a_plain_reader(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    stored = {
        "odd.bias": random.normal(size=3).astype(np.float32),
        "matrix": random.integers(-127, 128, (5, 7)).astype(np.int8),
        "matrix.scale": random.normal(size=5).astype(np.float16),
        "table": random.integers(-127, 128, (300, 64)).astype(np.int8),
    }
    save_file(stored, tmp_path / "model.safetensors")
    mapped, plain = MappedFile(tmp_path / "model.safetensors"), load_file(tmp_path / "model.safetensors")
    mapped.forget()
    assert mapped.tensors.keys() == plain.keys()
    for name, value in plain.items():
        assert mapped.tensors[name].dtype == value.dtype
        np.testing.assert_array_equal(mapped.tensors[name], value)


def test_other_files(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        MappedFile(tmp_path / "absent.safetensors")
    (tmp_path / "broken.safetensors").write_bytes(b"\x00" * 40)
    with pytest.raises(SafetensorError):
        MappedFile(tmp_path / "broken.safetensors")
