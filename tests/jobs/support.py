"""What tests of jobs share: inputs, and waiting for a job's end."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.rescore.support import rows

NDJSON = {"content-type": "application/x-ndjson"}
OPEN = ("queued", "running")


def lines(count: int) -> bytes:
    """Comments as JSON lines; every seventh cannot be used."""
    return "".join(json.dumps(row) + "\n" for row in rows(count)).encode()


def decoded(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.splitlines()]


async def ended(client: httpx.AsyncClient, job: str) -> dict[str, Any]:
    """The job's status once it has ended."""
    while (found := (await client.get(f"/jobs/{job}")).json())["state"] in OPEN:
        pass
    answer: dict[str, Any] = found
    return answer
