"""Coral's external moderation phase: signature, replies by action, time on the embedded model."""

from __future__ import annotations

import hashlib
import hmac
import json
import statistics
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.fake import FakeModel, Fault
from models.model import Model
from service.settings import Settings
from tests.serving import serving

PATH = "/coral/moderate"
INSULT = "You pathetic idiot"
POLICY = """name = "strict"
version = "1"
[terms]
block = ["zebra"]
action = "reject"
[[rules]]
name = "insult"
when = 'harassment >= 0.5'
action = "reject"
"""


def request(body: str, **fields: Any) -> bytes:
    """A request as Coral writes it."""
    whole = {
        "action": "NEW",
        "comment": {"body": body, "parentID": None},
        "author": {"id": "baf4e943", "role": "COMMENTER"},
        "story": {"id": "245b3856", "url": "https://news.example.com/posts/a-story/"},
        "site": {"id": "a4bede88"},
        "tenantID": "19ba5794",
        "tenantDomain": "coral.example.com",
    }
    return json.dumps(whole | fields, indent=2).encode()


def signed(body: bytes, *secrets: str) -> dict[str, str]:
    marks = [hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets]
    return {"x-coral-signature": ",".join(f"sha256={mark}" for mark in marks), "content-type": "application/json"}


async def test_no_opinion_on_a_harmless_comment(client: httpx.AsyncClient) -> None:
    for body in ("A fine day", "", "<p>A <b>fine</b> day</p>"):
        answer = await client.post(PATH, content=request(body))
        assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize("body", [INSULT, f"<p>{INSULT}</p><p>really</p>", "You path<b>etic</b>&nbsp;idiot"])
async def test_review_withholds(client: httpx.AsyncClient, body: str) -> None:
    answer = await client.post(PATH, content=request(body))
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "status": "SYSTEM_WITHHELD",
        "actions": [{"actionType": "FLAG", "reason": "COMMENT_DETECTED_TOXIC"}],
    }


@pytest.mark.parametrize(
    "body",
    [
        f"<{INSULT}>",
        f"<b>So:</b> <{INSULT}> &amp; more",
        f"<b {INSULT}>",
        f"<!-- {INSULT} -->",
        f"<style>{INSULT}</style>",
        f"</{INSULT}",
        f'<a href="https://example.org/" rel="nofollow">So</a> <{INSULT}',
    ],
)
async def test_words_in_angle_brackets_are_read(client: httpx.AsyncClient, body: str) -> None:
    assert (await client.post(PATH, content=request(body))).status_code == 200


@pytest.mark.parametrize(
    "body", ["<b " * 30_000, "<b a=" * 20_000, "<b a='" * 16_000, "<p <" * 20_000, "<b" + " " * 90_000]
)
async def test_markup_that_never_ends_takes_no_long_time(client: httpx.AsyncClient, body: str) -> None:
    began = time.perf_counter()
    await client.post(PATH, content=request(body))
    assert time.perf_counter() - began < 5.0


async def test_words_that_are_quoted_are_not_the_authors(client: httpx.AsyncClient) -> None:
    quoting = f"<blockquote>{INSULT}</blockquote><p>I do not agree with this.</p>"
    assert (await client.post(PATH, content=request(quoting))).status_code == 204


async def test_reject_gives_a_reason_where_it_is_clear(tmp_path: Path) -> None:
    file = tmp_path / "strict.toml"
    file.write_text(POLICY)
    async with serving(settings=Settings(policy=(file,))) as client:
        clear = (await client.post(PATH, content=request(INSULT))).json()
        assert clear["status"] == "REJECTED"
        assert clear["moderationAction"] == {
            "status": "REJECTED",
            "rejectionReason": {"code": "HARASSMENT_BULLYING"},
        }
        unclear = (await client.post(PATH, content=request("a zebra"))).json()
        assert (unclear["status"], "moderationAction" in unclear) == ("REJECTED", False)
        default = (await client.post(f"{PATH}?policy=default", content=request(INSULT))).json()
        assert default["status"] == "SYSTEM_WITHHELD"
        assert (await client.post(f"{PATH}?policy=nope", content=request(INSULT))).status_code == 422


async def test_signatures() -> None:
    body = request("A fine day")
    async with serving(settings=Settings(coral_secret="old, new")) as client:
        for headers in (signed(body, "old"), signed(body, "new"), signed(body, "other", "new")):
            assert (await client.post(PATH, content=body, headers=headers)).status_code == 204
        wrong = [{}, signed(body, "other"), signed(body + b" ", "old"), signed(body, ""), {"x-coral-signature": "é"}]
        for headers in [
            *wrong,
            {"x-coral-signature": "sha256="},
            {"x-coral-signature": signed(body, "old")["x-coral-signature"][7:]},
        ]:
            raw = [(name.encode(), value.encode()) for name, value in headers.items()]
            answer = await client.post(PATH, content=body, headers=raw)
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_signature")
        unreadable = await client.post(PATH, content=b"{", headers=signed(b"", "old"))
        assert unreadable.status_code == 401  # the signature is looked at first
    async with serving() as client:
        assert (await client.post(PATH, content=body, headers=signed(body, "any"))).status_code == 204


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"comment": {}}',
        b'{"comment": {"body": 1}}',
        b'{"comment": {"body": "\\ud83d"}}',
        b"\xff",
    ],
)
async def test_malformed_requests(client: httpx.AsyncClient, content: bytes) -> None:
    answer = await client.post(PATH, content=content)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"]


async def test_a_comment_that_cannot_be_scored_is_withheld() -> None:
    async with serving(FakeModel(faults={"cursed": Fault("run", ValueError())})) as client:
        answer = await client.post(PATH, content=request("a cursed comment"))
    assert answer.json()["status"] == "SYSTEM_WITHHELD"


async def test_it_stays_inside_the_time_limit_of_coral(embedded: Model) -> None:
    """800 ms; 100 comments, one after another, each of its own."""
    seconds = []
    async with serving(embedded) as client:
        await client.post(PATH, content=request("warm"))
        for number in range(100):
            words = f"Comment {number} on the bridge that the council of the town wants to build. " * (1 + number % 8)
            began = time.perf_counter()
            answer = await client.post(PATH, content=request(words))
            seconds.append(time.perf_counter() - began)
            assert answer.status_code in (200, 204)
    assert statistics.quantiles(seconds, n=100)[98] < 0.8
