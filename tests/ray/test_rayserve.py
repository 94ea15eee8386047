"""The service behind Ray Serve answers as the plain one does, from two replicas."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.rayserve import application
from service.rescore.cluster.connect import connected
from service.settings import Settings
from tests.ray.support import notes, open_telling
from tests.serving import serving

POSTS = {"posts": [{"id": "1", "text": "You are a pathetic idiot."}, {"id": "2", "text": "nice day"}]}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("told")


@pytest.fixture(scope="module")
def address(cluster: Any, told: Path) -> Iterator[str]:
    from ray import serve

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    options = {"min_replicas": "2", "max_replicas": "2", "num_cpus": "1"}
    settings = Settings(data=told, max_posts=2)
    with connected(cluster.address):
        serve.start(http_options={"host": "127.0.0.1", "port": port})
        serve.run(application(settings, options, open_telling(told)))
        yield f"http://127.0.0.1:{port}"
        serve.shutdown()


async def test_answers_are_those_of_the_plain_service(address: str, told: Path) -> None:
    async with (
        httpx.AsyncClient(base_url=address, timeout=30) as client,
        serving(settings=Settings(max_posts=2)) as plain,
    ):
        for path, body in (
            ("/moderate", POSTS),
            ("/moderate", {"posts": [*POSTS["posts"], {"id": "3", "text": "x"}]}),
            ("/v1/moderations", {"input": "idiot"}),
            ("/nothing", {}),
        ):
            found, expected = await asyncio.gather(client.post(path, json=body), plain.post(path, json=body))
            assert found.status_code == expected.status_code
            assert {**found.json(), "id": ""} == {**expected.json(), "id": ""}
        assert (await client.get("/health/ready")).json() == (await plain.get("/health/ready")).json()
        assert "civility_posts_total" in (await client.get("/metrics")).text


async def test_there_are_two_replicas(address: str, told: Path) -> None:
    texts = iter(range(10_000))
    async with httpx.AsyncClient(base_url=address, timeout=30) as client:
        while len(set(notes(told / "ran"))) < 2:
            await client.post("/moderate", json={"posts": [{"text": f"hello {next(texts)}"}]})
    assert len(set(notes(told / "opened"))) == 2


def test_options() -> None:
    with pytest.raises(ValueError, match="replicas: expected min_replicas, max_replicas"):
        application(Settings(), {"replicas": 3})
