"""POST /moderate with a fake model: inputs, the answer's shape, what happens to single posts."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from models.fake import FakeModel, Fault
from tests.golden.regenerate import comment, page
from tests.serving import serving

POST_KEYS = [
    "id",
    "index",
    "author",
    "created_at",
    "parent_id",
    "start",
    "end",
    "text",
    "quotes",
    "language",
    "coverage",
    "scores",
    "flags",
    "action",
    "reasons",
]

EXPORT = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><wp:wxr_version>1.2</wp:wxr_version><item><title>A bridge</title><wp:post_id>1</wp:post_id>
<wp:comment><wp:comment_id>7</wp:comment_id><wp:comment_author>Ann</wp:comment_author>
<wp:comment_content>You are an idiot.</wp:comment_content><wp:comment_approved>1</wp:comment_approved>
<wp:comment_parent>0</wp:comment_parent></wp:comment>
<wp:comment><wp:comment_id>8</wp:comment_id><wp:comment_author>Ben</wp:comment_author>
<wp:comment_content>The bridge looks fine.</wp:comment_content><wp:comment_approved>1</wp:comment_approved>
<wp:comment_parent>7</wp:comment_parent></wp:comment>
</item></channel></rss>"""

HTML = page(comment(7, "Ann", "You are an idiot.") + comment(8, "Ben", "The bridge looks fine."))

TEXT = "You are an idiot.\n\nThe bridge looks fine.\n"

POSTS = [
    {"id": "a", "text": "You are an idiot.", "author": "Ann", "created_at": "2026-01-02T03:04:05Z"},
    {"id": 2, "text": "The bridge looks fine.", "author": "Ben", "parent_id": "a"},
]


async def ask(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/moderate", json=fields)
    assert answer.status_code == 200, answer.text
    return json.loads(answer.content)


@pytest.mark.parametrize(
    ("kind", "content"),
    [({"text": TEXT}, "text/plain"), ({"html": HTML}, "text/html"), ({"export": EXPORT}, "application/xml")],
)
async def test_bare_bodies_and_json_give_the_same_posts(
    client: httpx.AsyncClient, kind: dict[str, str], content: str
) -> None:
    by_json = await ask(client, **kind)
    (value,) = kind.values()
    bare = await client.post("/moderate", content=value.encode(), headers={"content-type": f"{content}; charset=UTF-8"})
    assert bare.status_code == 200
    assert json.loads(bare.content)["posts"] == by_json["posts"]
    assert [post["text"] for post in by_json["posts"]] == ["You are an idiot.", "The bridge looks fine."]
    assert [post["action"] for post in by_json["posts"]][1] == "approve"
    assert by_json["posts"][0]["flags"][0]["type"] == "harassment"


async def test_posts_pass_through(client: httpx.AsyncClient) -> None:
    answer = await ask(client, posts=POSTS)
    first, second = answer["posts"]
    assert list(first) == POST_KEYS
    assert (first["id"], first["author"], first["created_at"], first["parent_id"]) == (
        "a",
        "Ann",
        "2026-01-02T03:04:05Z",
        None,
    )
    assert (second["id"], second["index"], second["parent_id"]) == ("2", 1, "a")
    assert (first["start"], first["end"]) == (None, None)
    assert list(answer) == ["id", "model", "policy", "source", "article", "posts"]
    assert answer["model"] == {"name": "fake", "version": "1"}
    assert answer["policy"]["name"] == "default"
    assert answer["source"]["kind"] == "posts"


async def test_offsets_of_posts_slice_the_request(client: httpx.AsyncClient) -> None:
    text = "😀 first: an idiot wrote this\n\nsecond, with é and 漢字\n"
    answer = await ask(client, text=text)
    for post in answer["posts"]:
        assert text[post["start"] : post["end"]] == post["text"]
        for flag in post["flags"]:
            for item in flag["evidence"]:
                assert post["text"][item["start"] : item["end"]] == item["text"]


async def test_a_byte_order_mark_is_no_part_of_the_text(client: httpx.AsyncClient) -> None:
    bare = await client.post("/moderate", content=b"\xef\xbb\xbfHello there", headers={"content-type": "text/plain"})
    assert json.loads(bare.content)["posts"][0]["text"] == "Hello there"
    as_json = await client.post(
        "/moderate", content=b'\xef\xbb\xbf{"text": "Hello there"}', headers={"content-type": "application/json"}
    )
    assert json.loads(as_json.content)["posts"][0]["text"] == "Hello there"


async def test_a_blank_post_is_approved_without_scores(client: httpx.AsyncClient) -> None:
    answer = await ask(client, posts=[{"id": "1", "text": ""}, {"id": "2", "text": "idiot"}])
    blank, other = answer["posts"]
    assert (blank["scores"], blank["flags"], blank["action"]) == ({}, [], "approve")
    assert other["scores"]["insult"] > 0.5


async def test_a_post_that_fails_fails_alone() -> None:
    model = FakeModel(faults={"cursed": Fault("run", ValueError("cursed words"))})
    async with serving(model) as client:
        answer = await ask(client, posts=[*POSTS, {"id": "c", "text": "a cursed post"}])
    fine, _, failed = answer["posts"]
    assert "error" not in fine
    assert fine["scores"]["insult"] > 0.5
    assert failed["error"]["code"] == "scoring_failed"
    assert "cursed" not in failed["error"]["message"]
    assert failed["scores"] == {}
    assert failed["action"] == "review"
    assert failed["reasons"] == ["not scored"]


async def test_labels_that_a_model_does_not_give_are_absent() -> None:
    async with serving(FakeModel(labels=("toxicity", "insult"))) as client:
        answer = await ask(client, posts=POSTS)
    assert set(answer["posts"][0]["scores"]) == {"toxicity", "insult"}
    assert answer["posts"][0]["flags"][0]["type"] == "harassment"


async def test_the_request_id_is_in_the_header(client: httpx.AsyncClient) -> None:
    response = await client.post("/moderate", json={"text": "Hello"})
    assert response.headers["x-request-id"] == response.json()["id"]


async def test_a_policy_is_chosen_by_name(client: httpx.AsyncClient) -> None:
    assert (await ask(client, text="Hello", policy="default"))["policy"]["name"] == "default"
    bare = await client.post("/moderate?policy=default", content="Hello", headers={"content-type": "text/plain"})
    assert bare.status_code == 200
