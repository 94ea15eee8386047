"""POST /moderate and posts in a language that the model does not read."""

from __future__ import annotations

from typing import Any

import httpx

from models.fake import FakeModel
from service.settings import Settings
from tests.serving import serving

GERMAN = "Ich verstehe nicht, warum die Brücke schon wieder gesperrt ist."
SLUR = GERMAN + " Das waren bestimmt wieder diese dreckigen kikes aus der Stadt."


async def judged(client: httpx.AsyncClient, *texts: str) -> list[dict[str, Any]]:
    posts = [{"id": str(number), "text": text} for number, text in enumerate(texts)]
    answer = await client.post("/moderate", json={"posts": posts})
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["posts"]
    return found


async def test_what_the_model_does_not_read_has_no_scores() -> None:
    async with serving() as client:
        english, german, short = await judged(client, "I think that the bridge should stay open.", GERMAN, "ok 😀")
    assert (english["language"], english["coverage"]) == ("en", "full")
    assert (german["language"], german["coverage"]) == ("de", "lexicon-only")
    assert (short["language"], short["coverage"]) == (None, "full")
    assert english["scores"] and short["scores"]
    assert german["scores"] == {} and "error" not in german
    assert (german["flags"], german["action"]) == ([], "approve")


async def test_the_lexicon_finds_words_in_any_language() -> None:
    async with serving() as client:
        (post,) = await judged(client, SLUR)
    assert post["coverage"] == "lexicon-only"
    assert "slur" in [flag["type"] for flag in post["flags"]]
    assert all(item["source"].startswith("lexicon:") for flag in post["flags"] for item in flag["evidence"])
    assert post["action"] == "review"


async def test_a_post_in_another_language_does_not_reach_the_model() -> None:
    model = FakeModel()
    async with serving(model) as client:
        warm = len(model.runs)
        await judged(client, GERMAN)
        assert len(model.runs) == warm
        await judged(client, "I think that the bridge should stay open.")
        assert len(model.runs) > warm


async def test_an_operator_may_trust_the_model_with_more_languages() -> None:
    for accepted in ("fr, de", "*"):
        async with serving(settings=Settings(languages=accepted)) as client:
            (post,) = await judged(client, GERMAN)
        assert (post["language"], post["coverage"]) == ("de", "full")
        assert post["scores"]
