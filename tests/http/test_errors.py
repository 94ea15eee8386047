"""Every error has one shape, names what is wrong, and leaves the service as it was."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator

import httpx
import msgspec
import pytest

from models.fake import FakeModel, Fault
from models.types import Attribution, Encoded, Scores
from service import errors
from service.app import create_app
from service.errors import ErrorBody, ErrorDetail, ServiceError
from service.settings import Settings
from tests.serving import serving

JSON = "application/json"
BOMB = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]>
<rss><channel><title>&lol2;</title></channel></rss>"""
XXE = """<?xml version="1.0"?><!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]><rss><channel>&f;</channel></rss>"""
POST = {"id": "1", "text": "x"}


def body(**fields: object) -> bytes:
    return json.dumps(fields).encode()


CASES = {
    "empty JSON": (JSON, b"", 400, "empty_body", None),
    "blank JSON": (JSON, b" \n", 400, "empty_body", None),
    "empty text body": ("text/plain", b"", 400, "empty_body", None),
    "empty text": (JSON, body(text=" "), 400, "empty_body", "text"),
    "no posts": (JSON, body(posts=[]), 400, "empty_body", "posts"),
    "no input": (JSON, body(policy="default"), 422, "one_input_expected", None),
    "two inputs": (JSON, body(text="a", html="b"), 422, "one_input_expected", "html"),
    "cut JSON": (JSON, b'{"text": "abc', 400, "malformed_json", None),
    "JSON with a tail": (JSON, b'{"text": "abc"} x', 400, "malformed_json", None),
    "JSON, single quotes": (JSON, b"{'text': 'abc'}", 400, "malformed_json", None),
    "lone surrogate": (JSON, b'{"text": "\\ud800"}', 400, "malformed_json", None),
    "deep JSON": (JSON, b'{"text":' + b"[" * 100_000, 422, "invalid_request", "text"),
    "JSON list": (JSON, b"[]", 422, "invalid_request", None),
    "number for text": (JSON, body(text=1), 422, "invalid_request", "text"),
    "unknown field": (JSON, body(text="a", polcy="x"), 422, "invalid_request", "polcy"),
    "post without text": (JSON, body(posts=[POST, {"id": "2"}]), 422, "invalid_request", "posts[1].text"),
    "post with null": (JSON, body(posts=[{"id": "2", "text": None}]), 422, "invalid_request", "posts[0].text"),
    "duplicate ids": (JSON, body(posts=[POST, {"id": "2", "text": "y"}, POST]), 422, "duplicate_ids", "posts[2].id"),
    "same id as a number": (JSON, body(posts=[POST, {"id": 1, "text": "y"}]), 422, "duplicate_ids", "posts[1].id"),
    "unknown policy": (JSON, body(text="a", policy="nope"), 422, "unknown_policy", "policy"),
    "latin-1 in JSON": (JSON, b'{"text": "caf\xe9"}', 400, "not_utf8", None),
    "latin-1 text": ("text/plain", b"caf\xe9", 400, "not_utf8", None),
    "UTF-16 text": ("text/plain", "Hello".encode("utf-16"), 400, "not_utf8", None),
    "latin-1 declared": ("text/plain; charset=iso-8859-1", b"caf\xe9", 415, "unsupported_charset", "content-type"),
    "form": ("application/x-www-form-urlencoded", b"text=a", 415, "unsupported_media_type", "content-type"),
    "no content type": ("", b"Hello", 415, "unsupported_media_type", "content-type"),
    "cut XML": ("application/xml", b"<rss><channel>", 400, "malformed_xml", None),
    "not an export": (JSON, body(export="<a><b/></a>"), 400, "unknown_export", "export"),
    "entities": ("application/xml", BOMB.encode(), 400, "forbidden_xml", None),
    "external entity": ("text/xml", XXE.encode(), 400, "forbidden_xml", None),
    "entities in JSON": (JSON, body(export=BOMB), 400, "forbidden_xml", "export"),
    "not HTML": ("text/html", b"Hello", 400, "malformed_html", None),
}


def subclasses(kind: type[ServiceError]) -> Iterator[type[ServiceError]]:
    for child in kind.__subclasses__():
        yield child
        yield from subclasses(child)


def test_the_tree_is_drawn_as_it_is() -> None:
    drawn = errors.__doc__ or ""
    public = [kind for kind in subclasses(ServiceError) if not kind.__name__.startswith("_")]
    assert len(public) > 15
    for kind in public:
        line = next(line for line in drawn.splitlines() if f" {kind.__name__} " in line)
        assert f" {kind.status} " in line
        assert kind is errors.Unsplittable or f" {kind.code}" in line
        assert 400 <= kind.status < 600
    codes = [kind.code for kind in public]
    assert len(set(codes)) == len(codes)


def checked(answer: httpx.Response, status: int, code: str) -> ErrorDetail:
    """The error of an answer that has the one shape."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    found = msgspec.json.decode(answer.content, type=ErrorBody).error
    assert set(json.loads(answer.content)["error"]) <= {"code", "message", "field"}
    assert found.code == code, found
    return found


@pytest.mark.parametrize("case", CASES)
async def test_bad_bodies(client: httpx.AsyncClient, case: str) -> None:
    content_type, content, status, code, field = CASES[case]
    headers = {"content-type": content_type} if content_type else {}
    answer = await client.post("/moderate", content=content, headers=headers)
    found = checked(answer, status, code)
    assert found.field == field
    assert len(found.message) < 300


async def test_a_compressed_body_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/moderate", content=b"x", headers={"content-type": JSON, "content-encoding": "gzip"})
    checked(answer, 415, "unsupported_encoding")


async def test_the_frameworks_own_refusals_have_the_shape(client: httpx.AsyncClient) -> None:
    checked(await client.get("/nowhere"), 404, "not_found")
    checked(await client.get("/docs/static/nothing.js"), 404, "not_found")
    wrong = await client.get("/moderate")
    checked(wrong, 405, "method_not_allowed")
    assert wrong.headers["allow"] == "POST"


async def test_bytes_are_limited_with_and_without_a_length() -> None:
    async def chunks(count: int) -> AsyncIterator[bytes]:
        for _ in range(count):
            yield b"a" * 10

    async with serving(settings=Settings(max_bytes=100)) as client:
        kind = {"content-type": "text/plain"}
        assert (await client.post("/moderate", content=b"a" * 100, headers=kind)).status_code == 200
        assert (await client.post("/moderate", content=chunks(10), headers=kind)).status_code == 200
        for content in (b"a" * 101, chunks(11), b"a" * 100_000, chunks(1000)):
            found = checked(await client.post("/moderate", content=content, headers=kind), 413, "body_too_large")
            assert "at most 100" in found.message
        told = await client.post("/moderate", content=b"a" * 101, headers=kind | {"expect": "100-continue"})
        assert "has 101 bytes" in checked(told, 413, "body_too_large").message


async def test_posts_are_limited() -> None:
    async with serving(settings=Settings(max_posts=3, max_characters=10)) as client:
        posts = [{"id": str(index), "text": "short"} for index in range(4)]
        assert (await client.post("/moderate", json={"posts": posts[:3]})).status_code == 200
        found = checked(await client.post("/moderate", json={"posts": posts}), 413, "too_many_posts")
        assert found.field == "posts"
        assert "4 posts; at most 3" in found.message
        posts[2]["text"] = "😀" * 10
        assert (await client.post("/moderate", json={"posts": posts[:3]})).status_code == 200
        posts[2]["text"] = "😀" * 11
        found = checked(await client.post("/moderate", json={"posts": posts[:3]}), 413, "post_too_long")
        assert found.field == "posts[2].text"
        assert "11 characters; at most 10" in found.message
        found = checked(await client.post("/moderate", json={"text": "a long line of text"}), 413, "post_too_long")
        assert found.field == "text"


async def test_lines_are_limited() -> None:
    async with serving(settings=Settings(max_lines=3)) as client:
        assert (await client.post("/moderate", json={"text": "a\n\nb"})).status_code == 200
        found = checked(await client.post("/moderate", json={"text": "a\n\n\nb"}), 413, "too_many_lines")
        assert found.field == "text"
        assert "4 lines; at most 3" in found.message


async def test_a_slow_body_is_given_up() -> None:
    async def never() -> AsyncIterator[bytes]:
        yield b"a"
        await asyncio.Event().wait()

    async with serving(settings=Settings(body_timeout_s=0.01)) as client:
        answer = await client.post("/moderate", content=never(), headers={"content-type": "text/plain"})
        assert "1 bytes" in checked(answer, 408, "body_timeout").message


async def test_a_full_queue_says_when_to_come_back() -> None:
    model = FakeModel()
    async with serving(model, Settings(queue_tokens=8)) as client:
        while model.entered.acquire(blocking=False):
            pass  # the runs of the warm-up
        model.gate.clear()
        first = asyncio.create_task(client.post("/moderate", json={"text": "one two three four five six"}))
        await asyncio.to_thread(model.entered.acquire)
        refused = await client.post("/moderate", json={"text": "and another one"})
        checked(refused, 429, "overloaded")
        assert int(refused.headers["retry-after"]) >= 1
        model.gate.set()
        assert (await first).status_code == 200


@pytest.mark.parametrize(("kept", "runs"), [(1 << 20, 1), (0, 2)])
async def test_scores_of_repeated_posts_are_kept_unless_that_is_turned_off(kept: int, runs: int) -> None:
    model = FakeModel()
    async with serving(model, Settings(cache_bytes=kept)) as client:
        model.runs.clear()
        for _ in range(2):
            assert (await client.post("/moderate", json={"text": "the same post"})).status_code == 200
        assert len(model.runs) == runs


async def test_what_is_not_scored_in_time_is_an_error() -> None:
    model = FakeModel()
    async with serving(model, Settings(deadline_s=0.05)) as client:
        model.gate.clear()
        checked(await client.post("/moderate", json={"text": "one two"}), 504, "deadline_passed")
        model.gate.set()


async def test_an_engine_that_died_is_unavailable() -> None:
    model = FakeModel(faults={"fatal": Fault("run", SystemExit())})
    async with serving(model) as client:
        assert (await client.get("/health/ready")).status_code == 200
        assert (await client.post("/moderate", json={"text": "fatal"})).status_code == 503
        again = await client.post("/moderate", json={"text": "Hello"})
        checked(again, 503, "unavailable")
        assert "retry-after" in again.headers
        checked(await client.get("/health/ready"), 503, "unavailable")
        assert (await client.get("/health/live")).status_code == 200


async def test_before_it_is_started_the_service_is_alive_and_not_ready() -> None:
    app = create_app(Settings(), FakeModel())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://civility.test") as client:
        assert (await client.get("/health/live")).status_code == 200
        checked(await client.get("/health/ready"), 503, "unavailable")
        checked(await client.post("/moderate", json={"text": "Hello"}), 503, "unavailable")


class Broken(FakeModel):
    """A model whose attribution fails with the post's text in the message."""

    def attribute(self, encoded: Encoded, scores: Scores, label: str) -> tuple[Attribution, ...]:
        raise ValueError(encoded.text)


async def test_an_unexpected_error_is_answered_and_logged_without_the_text(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving(Broken()) as client:
        answer = await client.post("/moderate", json={"text": "Zaphod is a pathetic idiot"})
        found = checked(answer, 500, "internal_error")
        assert "x-request-id" in found.message
        assert answer.headers["x-request-id"] in caplog.text
    assert "ValueError" in caplog.text
    assert "Zaphod" not in caplog.text + answer.text


async def test_logs_hold_nothing_of_the_posts(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    model = FakeModel(faults={"Trillian": Fault("run", ValueError("Trillian"))})
    async with serving(model) as client:
        for fields in (
            {"text": "Zaphod is a pathetic idiot"},
            {"posts": [{"id": "Zaphod", "author": "Zaphod", "text": "Zaphod and Trillian"}]},
            {"html": "<p>Zaphod"},
            {"export": "<rss>Zaphod"},
            {"text": "Zaphod", "policy": "Zaphod"},
        ):
            await client.post("/moderate?key=Zaphod", json=fields)
        await client.post("/moderate?q=Zaphod", content=b"Zaphod\xff", headers={"content-type": "text/plain"})
        await client.get("/Zaphod")
    ours = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore", "asyncio"))]
    logged = "\n".join(f"{record.name} {record.getMessage()} {record.exc_info}" for record in ours)
    assert "route=/moderate status=200" in logged
    assert "the model failed on one post" in logged
    for word in ("Zaphod", "Trillian"):
        assert word not in logged
