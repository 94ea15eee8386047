"""Acceptance: a real kind of section, an article and bare comments below it, through the service with its own model."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from models.model import Model
from tests.serving import serving

Json = dict[str, Any]

EXPECTED: Json = json.loads((Path(__file__).parents[1] / "data" / "section_01.expected.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def text(data: Path) -> str:
    return (data / "section_01.txt").read_text("utf-8")


@pytest.fixture(scope="module")
def answer(embedded: Model, text: str) -> Json:
    async def asked() -> Json:
        async with serving(embedded) as client:
            response = await client.post("/moderate", json={"text": text})
            assert response.status_code == 200
            found: Json = response.json()
            return found

    return asyncio.run(asked())


def test_the_article_is_set_apart(answer: Json, text: str) -> None:
    article = text[answer["article"]["start"] : answer["article"]["end"]].strip()
    assert article.startswith(EXPECTED["article"]["starts"])
    assert article.endswith(EXPECTED["article"]["ends"])


def test_the_posts_are_found(answer: Json, text: str) -> None:
    posts = answer["posts"]
    assert len(posts) in (12, 13)
    assert len(posts) == len(EXPECTED["posts"])
    for post, expected in zip(posts, EXPECTED["posts"], strict=True):
        assert post["text"].startswith(expected["starts"])
        assert len(post["text"].splitlines()) == expected["lines"]
        assert text[post["start"] : post["end"]] == post["text"]


@pytest.mark.parametrize("index", range(len(EXPECTED["posts"])))
def test_the_flags_are_right(answer: Json, index: int) -> None:
    expected, post = EXPECTED["posts"][index], answer["posts"][index]
    found = {flag["type"]: flag for flag in post["flags"]}
    for flag in found.values():
        assert flag["evidence"]
        for item in flag["evidence"]:
            assert post["text"][item["start"] : item["end"]] == item["text"]
    if expected["flags"] is None:
        return
    if expected.get("expected_failure_allowed") and set(found) != set(expected["flags"]):
        pytest.xfail(f"an insult without an insulting word: {found}, scores {post['scores']}")
    assert set(found) == set(expected["flags"]), post["scores"]
    assert found or post["action"] == "approve"
    for kind, words in expected["evidence"].items():
        shown = " … ".join(item["text"] for item in found[kind]["evidence"])
        for word in words:
            assert word in shown
