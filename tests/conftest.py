"""Fixtures that all tests share: where the real models are, and whether they are there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.model import Model
from models.registry import open_model


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of the tests' own data."""
    return Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def embedded() -> Iterator[Model]:
    """The model that comes with the package, opened once."""
    model = open_model()
    yield model
    model.close()
