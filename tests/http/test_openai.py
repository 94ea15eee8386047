"""OpenAI's moderations with a fake model: mapping, inputs, errors."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from models.fake import FakeModel, Fault
from service.openai import CATEGORIES
from service.settings import Settings
from tests.serving import serving

PATH = "/v1/moderations"
WORDS = {
    "idiot": {"toxicity": 3.0, "insult": 2.0},
    "hateful": {"identity_attack": 3.0, "toxicity": 2.0},
    "destroy": {"threat": 2.5, "toxicity": 1.0},
    "lewd": {"sexual_explicit": 3.0},
}
Json = dict[str, Any]


async def ask(client: httpx.AsyncClient, given: object, **fields: object) -> Json:
    answer = await client.post(PATH, json={"input": given, **fields})
    assert answer.status_code == 200, answer.text
    return json.loads(answer.content)


def error_of(answer: httpx.Response, status: int = 400) -> Json:
    assert answer.status_code == status, answer.text
    error: Json = answer.json()["error"]
    assert list(error) == ["message", "type", "param", "code"]
    assert answer.headers["x-request-id"]
    return error


async def test_categories_come_from_labels() -> None:
    async with serving(FakeModel(WORDS)) as client:
        text = "hateful idiot, I destroy you"
        (result,) = (await ask(client, text))["results"]
        answer = await client.post("/moderate", json={"posts": [{"id": 1, "text": text}]})
    scores = answer.json()["posts"][0]["scores"]
    assert all(list(result[name]) == list(CATEGORIES) for name in result if name != "flagged")
    expected = {
        "harassment": max(scores["toxicity"], scores["insult"]),
        "harassment/threatening": scores["threat"],
        "hate": scores["identity_attack"],
        "hate/threatening": min(scores["identity_attack"], scores["threat"]),
        "violence": scores["threat"],
    }
    for name in CATEGORIES:
        assert result["category_scores"][name] == pytest.approx(expected.get(name, 0.0), abs=1e-4)
        assert result["categories"][name] is (name in expected)
        assert result["category_applied_input_types"][name] == (["text"] if name in expected else [])
    assert result["flagged"] is True


async def test_what_is_not_scored_is_named() -> None:
    async with serving(FakeModel(WORDS)) as client:
        headers = (await client.post(PATH, json={"input": "Hello"})).headers
        unscored = headers["x-civility-unscored"].split(", ")
        assert "sexual" in unscored
        assert "harassment" not in unscored
    async with serving(FakeModel(WORDS, labels=("toxicity", "sexual_explicit"))) as client:
        answer = await client.post(PATH, json={"input": "lewd"})
        assert set(CATEGORIES) - set(answer.headers["x-civility-unscored"].split(", ")) == {"harassment", "sexual"}
        assert answer.json()["results"][0]["categories"]["sexual"] is True
    async with serving(FakeModel(WORDS, labels=("threat",))) as client:
        answer = await client.post(PATH, json={"input": "destroy"})
        assert set(CATEGORIES) - set(answer.headers["x-civility-unscored"].split(", ")) == {"violence"}


async def test_inputs(client: httpx.AsyncClient) -> None:
    several = await ask(client, ["you idiot", "Hello", ""], model="omni-moderation-latest")
    assert [result["flagged"] for result in several["results"]] == [True, False, False]
    assert several["model"] == "fake-1"
    assert several["id"].startswith("modr-")
    assert several["results"][2]["category_applied_input_types"]["hate"] == []
    parts = [{"type": "text", "text": "Hello"}, {"type": "text", "text": "you idiot"}]
    (result,) = (await ask(client, parts))["results"]
    assert result["flagged"]
    for name in ("omni-moderation-2024-09-26", "text-moderation-latest", "text-moderation-stable", None):
        await ask(client, "Hello", model=name, user="unknown fields are ignored")


async def test_the_threshold_is_a_setting() -> None:
    async with serving(settings=Settings(openai_threshold=0.99)) as client:
        (result,) = (await ask(client, "you idiot"))["results"]
    assert result["flagged"] is False
    assert result["category_scores"]["harassment"] > 0.9


IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
BAD: dict[str, tuple[bytes, str | None]] = {
    "nothing": (b"", None),
    "no JSON": (b"{", None),
    "a list": (b"[]", None),
    "no input": (b"{}", "input"),
    "null": (b'{"input": null}', "input"),
    "a number": (b'{"input": 1}', "input"),
    "no strings": (b'{"input": []}', "input"),
    "numbers": (b'{"input": [1]}', "input"),
    "an image": (json.dumps({"input": [{"type": "text", "text": "a"}, IMAGE]}).encode(), "input"),
    "an unknown part": (b'{"input": [{"type": "audio"}]}', "input"),
    "a part without text": (b'{"input": [{"type": "text"}]}', "input"),
    "a mixture": (b'{"input": ["a", {"type": "text", "text": "b"}]}', "input"),
    "model": (b'{"input": "a", "model": 4}', "model"),
    "lone surrogate": (b'{"input": "\\ud83d"}', None),
}


@pytest.mark.parametrize("case", BAD)
async def test_bad_requests(client: httpx.AsyncClient, case: str) -> None:
    content, param = BAD[case]
    error = error_of(await client.post(PATH, content=content))
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", param, None)


async def test_other_failures_have_the_shape() -> None:
    model = FakeModel(faults={"cursed": Fault("run", ValueError("cursed")), "fatal": Fault("run", SystemExit())})
    async with serving(model, Settings(max_posts=2, max_characters=50)) as client:
        assert error_of(await client.post(PATH, json={"input": ["a"] * 3}), 413)["type"] == "invalid_request_error"
        assert error_of(await client.post(PATH, json={"input": "a" * 51}), 413)["type"] == "invalid_request_error"
        assert error_of(await client.get("/v1/models"), 404)["code"] is None
        assert error_of(await client.post(PATH, json={"input": "cursed"}), 500)["type"] == "server_error"
        error_of(await client.post(PATH, json={"input": "fatal"}), 503)
