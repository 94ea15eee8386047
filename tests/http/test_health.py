"""Health and metrics."""

from __future__ import annotations

import httpx

from models.fake import FakeModel
from tests.serving import serving


async def test_alive_and_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/live")).json() == {"status": "live"}
    ready = await client.get("/health/ready")
    assert ready.json() == {"status": "ready", "model": {"name": "fake", "version": "1"}}


async def test_not_ready_until_the_model_is_warm() -> None:
    model = FakeModel()
    async with serving(model) as client:
        assert model.runs  # before the first request
        assert (await client.get("/health/ready")).status_code == 200


async def test_metrics_count_what_happened(client: httpx.AsyncClient) -> None:
    posts = [{"id": "1", "text": "one two three"}, {"id": "2", "text": "You are an idiot"}]
    assert (await client.post("/moderate", json={"posts": posts})).status_code == 200
    assert (await client.post("/moderate", json={})).status_code == 422
    assert (await client.get("/some/path")).status_code == 404
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    assert 'civility_requests_total{route="/moderate",status="200"} 1.0' in lines
    assert 'civility_requests_total{route="/moderate",status="422"} 1.0' in lines
    assert 'civility_requests_total{route="other",status="404"} 1.0' in lines
    assert "civility_posts_total 2.0" in lines
    assert "civility_ready 1.0" in lines
    for stage in ("split", "encode", "queue", "run", "decode", "flags", "total"):
        (count,) = (line for line in lines if line.startswith(f'civility_stage_seconds_count{{stage="{stage}"}}'))
        assert float(count.split()[-1]) >= 1
    assert "/some/path" not in answer.text
