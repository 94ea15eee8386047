"""POST /moderate detects what it is given, wherever it stands; `source` overrides it, and what is not so is refused."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.splitting.sources import NAMES
from tests.golden.regenerate import comment, page
from tests.http.test_errors import checked
from tests.serving import serving
from tests.splitting.test_exports import BLOGGER, DISQUS, JSON, LATER, RSS, WXR, YAML

HTML = page(comment(7, "Ann", "The bridge is late again.") + comment(8, "Ben", "And over budget."))
PASTED = "Ann\n2 hours ago\nThe bridge is late again.\n\nBen\n1 hour ago\nAnd over budget.\n"
SOURCES = {
    "plain:header": PASTED,
    "html:li.comment": HTML,
    "wxr": WXR,
    "disqus-xml": DISQUS,
    "blogger-atom": BLOGGER,
    "rss": RSS,
    "yaml:staticman": YAML,
    **{f"json:{name}": json.dumps(document) for name, (document, _) in JSON.items()},
    **{kind: json.dumps(document) for kind, (document, _) in LATER.items()},
}


async def ask(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/moderate", json=fields)
    assert answer.status_code == 200, answer.text
    return json.loads(answer.content)


def told(answer: dict[str, Any]) -> list[tuple[str, str | None, str]]:
    return [(post["id"], post["author"], post["text"]) for post in answer["posts"]]


@pytest.mark.parametrize("kind", SOURCES)
async def test_any_kind_is_detected_in_any_place(client: httpx.AsyncClient, kind: str) -> None:
    answer = await ask(client, text=SOURCES[kind])
    assert answer["source"]["kind"] == kind
    assert answer["posts"]
    assert answer["source"]["notes"] == [] or "left out" in answer["source"]["notes"][0]
    for place in ("html", "export") if kind not in ("plain:header", "yaml:staticman") else ():
        assert told(await ask(client, **{place: SOURCES[kind]})) == told(answer)
    assert told(await ask(client, text=SOURCES[kind], source="auto")) == told(answer)
    assert told(await ask(client, text=SOURCES[kind], source=kind)) == told(answer)
    bare = await client.post("/moderate", content=SOURCES[kind].encode(), headers={"content-type": "text/plain"})
    assert told(bare.json()) == told(answer)


@pytest.mark.parametrize("kind", [kind for kind in SOURCES if kind.startswith("json:")])
async def test_json_of_a_system_can_be_the_body(client: httpx.AsyncClient, kind: str) -> None:
    body = {"content": SOURCES[kind].encode(), "headers": {"content-type": "application/json"}}
    for source in ("auto", kind, kind.removeprefix("json:")):
        answer = await client.post("/moderate", params={"source": source}, **body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["source"]["kind"] == kind
    checked(await client.post("/moderate", **body), 422, "invalid_request")  # without `source` it is our own request


async def test_with_a_source_our_own_request_is_still_read(client: httpx.AsyncClient) -> None:
    for body in ({"posts": [{"id": "a", "text": "Hello"}]}, [{"id": "a", "text": "Hello"}]):
        for source in ("auto", "posts"):
            answer = await client.post("/moderate", params={"source": source}, json=body)
            assert [post["id"] for post in answer.json()["posts"]] == ["a"]


async def test_text_can_be_insisted_on(client: httpx.AsyncClient) -> None:
    for place in ("text", "html", "export"):
        answer = await ask(client, **{place: "<p>You are <b>wrong</b></p>"}, source="text")
        assert [post["text"] for post in answer["posts"]] == ["<p>You are <b>wrong</b></p>"]
    bare = await client.post(
        "/moderate", params={"source": "text"}, content=HTML.encode(), headers={"content-type": "text/html"}
    )
    assert bare.json()["source"]["kind"].startswith("plain:")


@pytest.mark.parametrize(
    "text",
    ["<p>You are an idiot</p>", '{"a": "you idiot"}', '["lol", 1]', "<rss>you idiot", "<!-- idiot -->", '[{"x": 1}]'],
)
async def test_somebodys_words_are_moderated_whatever_they_look_like(client: httpx.AsyncClient, text: str) -> None:
    answer = await ask(client, text=text)
    assert [post["text"] for post in answer["posts"]] == [text]
    assert "has been read as text" in answer["source"]["notes"][0]


async def test_a_page_without_comments_stays_one(client: httpx.AsyncClient) -> None:
    answer = await ask(client, text=page(""))
    assert (answer["posts"], answer["source"]["kind"]) == ([], "html:none")


@pytest.mark.parametrize(
    ("fields", "status", "code", "said"),
    [
        ({"text": PASTED, "source": "htlm"}, 422, "unknown_source", 'did you mean "html"?'),
        ({"text": PASTED, "source": "redit"}, 422, "unknown_source", 'did you mean "reddit"?'),
        ({"text": PASTED, "source": ""}, 422, "unknown_source", "expected one of auto, text, html"),
        ({"text": PASTED, "source": "posts"}, 422, "unknown_source", "the request has text"),
        ({"posts": [{"id": "1", "text": "x"}], "source": "text"}, 422, "unknown_source", "the request has posts"),
        ({"text": PASTED, "source": 3}, 422, "invalid_request", "source"),
        ({"text": PASTED, "source": "html"}, 400, "malformed_html", 'did you mean source "text"?'),
        ({"text": PASTED, "source": "reddit"}, 400, "malformed_json", 'did you mean source "text"?'),
        ({"text": HTML, "source": "json"}, 400, "malformed_json", 'did you mean source "html"?'),
        ({"text": HTML, "source": "wxr"}, 400, "forbidden_xml", 'did you mean source "html"?'),
        ({"text": DISQUS, "source": "wxr"}, 400, "wrong_source", 'did you mean source "disqus-xml"?'),
        ({"text": SOURCES["json:youtube"], "source": "reddit"}, 400, "wrong_source", 'mean source "youtube"?'),
        ({"text": SOURCES["json:isso"], "source": "html"}, 400, "wrong_source", 'did you mean source "json"?'),
    ],
)
async def test_what_is_not_of_the_kind_is_refused(
    client: httpx.AsyncClient, fields: dict[str, Any], status: int, code: str, said: str
) -> None:
    answer = await client.post("/moderate", json=fields)
    found = checked(answer, status, code)
    assert said in found.message
    assert found.field == ("source" if status == 422 else "text")


async def test_an_unknown_source_in_the_address_is_refused(client: httpx.AsyncClient) -> None:
    for kind in ("text/plain", "application/json", "text/html"):
        answer = await client.post(
            "/moderate", params={"source": "wrx"}, content=b'{"text": "a"}', headers={"content-type": kind}
        )
        assert 'did you mean "wxr"?' in checked(answer, 422, "unknown_source").message


async def test_a_format_that_cannot_be_told_is_taken_at_the_callers_word(client: httpx.AsyncClient) -> None:
    answer = await ask(client, text=json.dumps([{"message": "Hello", "name": "Anna"}]), source="remark42")
    assert answer["source"]["kind"] == "json:remark42"
    assert told(answer) == [("1", "Anna", "Hello")]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(min_size=1, max_size=60) | st.sampled_from([*SOURCES.values()]),
    st.sampled_from(["text", "html", "export"]),
    st.sampled_from(NAMES) | st.text(max_size=8),
)
async def test_any_content_and_any_source_get_an_answer_or_a_named_refusal(text: str, place: str, source: str) -> None:
    async with serving() as client:
        answer = await client.post("/moderate", json={place: text, "source": source})
    assert answer.status_code in (200, 400, 422), answer.text
    assert answer.status_code == 200 or answer.json()["error"]["code"] != "unsplittable"
