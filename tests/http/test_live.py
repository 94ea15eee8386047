"""A real server process with the embedded model: what it must show before anyone trusts it."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.http.live import Live, live_server

LIMIT = 8 * 1024 * 1024
PLAIN = {"content-type": "text/plain"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live_server(tmp_path_factory.mktemp("server")) as started:
        yield started


def is_ready(server: Live) -> bool:
    return httpx.get(f"{server.url}/health/ready").status_code == 200


def test_the_section_is_answered_within_three_seconds(server: Live, data: Path) -> None:
    text = (data / "section_01.txt").read_bytes()
    assert is_ready(server)
    began = time.perf_counter()
    answer = httpx.post(f"{server.url}/moderate", content=text, headers=PLAIN, timeout=30)
    assert answer.status_code == 200
    assert time.perf_counter() - began < 3.0
    assert 12 <= len(answer.json()["posts"]) <= 13


def test_the_line_to_try_works(server: Live) -> None:
    (line,) = (line for line in server.banner.splitlines() if "curl" in line)
    command = line.partition("Try it:")[2].strip()
    shown = subprocess.run(["bash", "-c", command], capture_output=True, check=True, timeout=30)
    assert json.loads(shown.stdout)["posts"][0]["flags"]


def test_a_body_one_byte_over_the_limit(server: Live) -> None:
    answer = httpx.post(f"{server.url}/moderate", content=b"a " * (LIMIT // 2) + b"b", headers=PLAIN, timeout=60)
    assert answer.status_code == 413
    assert answer.json()["error"]["message"] == f"the body has {LIMIT + 1} bytes; at most {LIMIT} are allowed"
    assert is_ready(server)


def test_one_post_too_many(server: Live) -> None:
    posts = [{"id": str(number), "text": "A short comment."} for number in range(10_001)]
    answer = httpx.post(f"{server.url}/moderate", json={"posts": posts}, timeout=60)
    assert answer.status_code == 413
    assert answer.json()["error"]["field"] == "posts"
    assert is_ready(server)


def malformed(seed: int) -> list[tuple[str, bytes]]:
    """Fifty broken bodies: good ones cut, spoilt or mislabelled at random places."""
    good = {
        "application/json": json.dumps(
            {"posts": [{"id": "1", "text": "Hello"}, {"id": "2", "text": "there"}]}
        ).encode(),
        "application/xml": b"<?xml version='1.0'?><rss version='2.0'><channel><item><title>x</title></item></channel></rss>",
        "text/plain": "Grüße aus dem Café, schöne Straße übrigens".encode(),
    }
    chance = random.Random(seed)
    bodies = []
    for number in range(50):
        kind = chance.choice(sorted(good))
        body = good[kind]
        place = chance.randrange(1, len(body) - 1)
        spoilt = (body[:place] + b"\xff\xfe" + body[place:], body[:place] + b"\xc3" + body[place:] + b"\x80")[
            number % 2
        ]
        bodies.append((kind, body[:place] if number % 5 == 0 and kind != "text/plain" else spoilt))
    return bodies


def test_malformed_bodies_are_told_what_is_wrong(server: Live) -> None:
    with httpx.Client(base_url=server.url, timeout=30) as client:
        for kind, body in malformed(seed=2):
            answer = client.post("/moderate", content=body, headers={"content-type": kind})
            assert 400 <= answer.status_code < 500, (kind, body, answer.text)
            assert answer.json()["error"]["code"]
    assert is_ready(server)


async def test_a_hundred_clients_are_all_answered(server: Live) -> None:
    async with httpx.AsyncClient(
        base_url=server.url, timeout=120, limits=httpx.Limits(max_connections=None, max_keepalive_connections=None)
    ) as client:

        async def one(number: int) -> httpx.Response:
            posts = [
                {"id": f"{number}.{n}", "text": f"Comment {n} of client {number} on the bridge."} for n in range(5)
            ]
            return await client.post("/moderate", json={"posts": posts})

        answers = await asyncio.gather(*(one(number) for number in range(100)))
    for number, answer in enumerate(answers):
        assert answer.status_code == 200
        assert [post["id"] for post in answer.json()["posts"]] == [f"{number}.{n}" for n in range(5)]
    assert is_ready(server)


def test_a_client_that_hangs_up_in_its_body_disturbs_nobody(server: Live) -> None:
    address = urlsplit(server.url)
    for _ in range(20):
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.sendall(
                b"POST /moderate HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 99\r\n\r\nab"
            )
    assert is_ready(server)
    assert "Traceback" not in server.log.read_text()


def test_sigterm_finishes_what_was_accepted(tmp_path: Path) -> None:
    posts = [{"id": str(n), "text": f"Number {n}: a comment about the bridge, of average length."} for n in range(300)]
    body = json.dumps({"posts": posts}).encode()
    with live_server(tmp_path) as server:
        address = urlsplit(server.url)
        with socket.create_connection((address.hostname, address.port), timeout=120) as connection:
            connection.sendall(
                b"POST /moderate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
                b"expect: 100-continue\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
            )
            assert connection.recv(100).startswith(b"HTTP/1.1 100")  # the service is in the middle of the request
            connection.sendall(body[:-1])
            server.process.terminate()
            connection.sendall(body[-1:])
            received = b"".join(iter(lambda: connection.recv(65536), b""))
        assert server.process.wait(60) == 0
        assert "Traceback" not in server.log.read_text()
    head, _, content = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert len(json.loads(content)["posts"]) == 300


def test_sigterm_of_an_idle_service(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        assert server.terminate() == 0
