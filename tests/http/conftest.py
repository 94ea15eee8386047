"""The service in this process, around a fake model."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.serving import serving


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service with a fake model and default settings."""
    async with serving() as started:
        yield started
