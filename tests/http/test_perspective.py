"""The Perspective surface with a fake model: values, spans, thresholds, languages, exact errors, feedback."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.fake import FakeModel, Fault
from service.feedback import FILE, read_feedback
from service.perspective.answer import utf16_offsets
from service.settings import Settings
from service.text.split_sentences import split_sentences
from tests.serving import serving

ANALYZE = "/v1alpha1/comments:analyze"
SUGGEST = "/v1alpha1/comments:suggestscore"
TEXT = "What kind of idiot name is foo? Sorry, I like your name."
ALL = ("TOXICITY", "SEVERE_TOXICITY", "IDENTITY_ATTACK", "INSULT", "PROFANITY", "THREAT")
Json = dict[str, Any]


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(settings=Settings(data=tmp_path)) as started:
        yield started


def request(text: str = TEXT, *attributes: str, **fields: Any) -> Json:
    names = attributes or ("TOXICITY",)
    return {"comment": {"text": text}, "requestedAttributes": {name: {} for name in names}, **fields}


async def ask(client: httpx.AsyncClient, body: Json, path: str = ANALYZE) -> Json:
    answer = await client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json; charset=UTF-8"
    return json.loads(answer.content)


def error_of(answer: httpx.Response, code: int = 400) -> Json:
    """The error, whose shape clients rely on."""
    assert answer.status_code == code, answer.text
    assert answer.headers["content-type"] == "application/json; charset=UTF-8"
    error: Json = answer.json()["error"]
    assert error["code"] == code
    assert set(error) == {"code", "message", "status", "details"}
    assert error["details"][0]["@type"].startswith("type.googleapis.com/")
    return error


async def test_every_attribute_comes_from_its_label(client: httpx.AsyncClient) -> None:
    names = (*ALL, *(f"{name}_EXPERIMENTAL" for name in ALL))
    answer = await ask(client, request("a damn idiot, I will destroy it", *names))
    posts = (
        await client.post("/moderate", json={"posts": [{"id": 1, "text": "a damn idiot, I will destroy it"}]})
    ).json()
    scores = posts["posts"][0]["scores"]
    values = {name: found["summaryScore"]["value"] for name, found in answer["attributeScores"].items()}
    assert list(values) == list(names)
    for name, label in zip(
        ALL, ("toxicity", "severe_toxicity", "identity_attack", "insult", "obscene", "threat"), strict=True
    ):
        assert values[name] == values[f"{name}_EXPERIMENTAL"] == pytest.approx(scores[label], abs=1e-4)
    assert answer["languages"] == answer["detectedLanguages"] == ["en"]
    assert "clientToken" not in answer


async def test_without_span_annotations_one_span_covers_the_text(client: httpx.AsyncClient) -> None:
    found = (await ask(client, request("😀 idiot")))["attributeScores"]["TOXICITY"]
    assert found["summaryScore"]["type"] == "PROBABILITY"
    assert found["spanScores"] == [{"begin": 0, "end": 8, "score": found["summaryScore"]}]


async def test_spans_are_sentences_in_utf16(client: httpx.AsyncClient) -> None:
    found = (await ask(client, request(TEXT, spanAnnotations=True)))["attributeScores"]["TOXICITY"]
    assert [(span["begin"], span["end"]) for span in found["spanScores"]] == [(0, 31), (32, 56)]
    first, second = (span["score"]["value"] for span in found["spanScores"])
    assert first > 0.9 > 0.1 > second
    text = "😀 An idiot wrote this.  👩‍👩‍👧 Fine otherwise.\n\nNo end"
    found = (await ask(client, request(text, spanAnnotations=True)))["attributeScores"]["TOXICITY"]
    units = text.encode("utf-16-le")
    cut = [units[2 * span["begin"] : 2 * span["end"]].decode("utf-16-le") for span in found["spanScores"]]
    assert cut == ["😀 An idiot wrote this.", "👩‍👩‍👧 Fine otherwise.", "No end"]


async def test_thresholds_leave_attributes_out(client: httpx.AsyncClient) -> None:
    body = request("you idiot", "TOXICITY", "THREAT")
    body["requestedAttributes"]["THREAT"] = {"scoreThreshold": 0.5}
    assert list((await ask(client, body))["attributeScores"]) == ["TOXICITY"]
    body["requestedAttributes"]["TOXICITY"] = {"scoreThreshold": 1, "scoreType": "PROBABILITY"}
    answer = await ask(client, body | {"clientToken": "t1"})
    assert answer == {"languages": ["en"], "detectedLanguages": ["en"], "clientToken": "t1"}


async def test_slur_and_conspiracy_are_our_own(client: httpx.AsyncClient) -> None:
    text = "wake up sheeple, the deep state planned it"
    found = (await ask(client, request(text, "SLUR", "CONSPIRACY")))["attributeScores"]
    assert found["CONSPIRACY"]["summaryScore"]["value"] > 0.5
    assert found["SLUR"]["summaryScore"]["value"] == 0.0
    calm = (await ask(client, request("a fine day", "CONSPIRACY")))["attributeScores"]
    assert 0.0 < calm["CONSPIRACY"]["summaryScore"]["value"] < 0.2


async def test_what_the_model_does_not_give_is_no_attribute() -> None:
    async with serving(FakeModel(labels=("toxicity", "insult"))) as client:
        for name in ("THREAT", "CONSPIRACY", "PROFANITY_EXPERIMENTAL"):
            error = error_of(await client.post(ANALYZE, json=request(TEXT, name)))
            assert error["message"] == f"Unknown requested attribute: {name}"
        answer = await ask(client, request(TEXT, "INSULT", "THREAT", dropUnsupportedAttributes=True))
        assert list(answer["attributeScores"]) == ["INSULT"]


async def test_drop_unsupported_attributes(client: httpx.AsyncClient) -> None:
    names = ("SEXUALLY_EXPLICIT", "SPAM", "TOXICITY", "RESPECT_EXPERIMENTAL")
    answer = await ask(client, request(TEXT, *names, dropUnsupportedAttributes=True))
    assert list(answer["attributeScores"]) == ["TOXICITY"]
    assert "attributeScores" not in await ask(client, request(TEXT, "SPAM", dropUnsupportedAttributes=True))
    error = error_of(await client.post(ANALYZE, json=request(TEXT, "NONSENSE", dropUnsupportedAttributes=True)))
    assert error["message"] == "Unknown requested attribute: NONSENSE"
    german = request("Guten Tag", "TOXICITY", languages=["de"], dropUnsupportedAttributes=True)
    assert "attributeScores" not in await ask(client, german)


@pytest.mark.parametrize("text", ["lol wut r u doin m8", "😀😀", "ok", "?!", "ur gr8 thx", "12345"])
async def test_short_and_misspelt_texts_are_not_rejected(client: httpx.AsyncClient, text: str) -> None:
    assert (await ask(client, request(text)))["detectedLanguages"] == ["en"]


async def test_languages(client: httpx.AsyncClient) -> None:
    answer = await ask(client, request(TEXT, languages=["en-GB", "EN"]))
    assert answer["languages"] == ["en-GB", "EN"]
    error = error_of(await client.post(ANALYZE, json=request(TEXT, "THREAT", languages=["th", "en"])))
    assert error["message"] == "Attribute THREAT does not support request languages: th, en"
    (detail,) = error["details"]
    assert detail["errorType"] == "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"
    assert detail["languageNotSupportedByAttributeError"] == {
        "attribute": "THREAT",
        "detectedLanguages": ["en"],
        "requestedLanguages": ["th", "en"],
    }
    german = "Das ist doch wirklich eine ganz hervorragende Nachricht für alle."
    error = error_of(await client.post(ANALYZE, json=request(german)))
    assert error["message"] == "Attribute TOXICITY does not support request languages: de"
    assert error["details"][0]["languageNotSupportedByAttributeError"] == {
        "attribute": "TOXICITY",
        "detectedLanguages": ["de"],
    }


@pytest.mark.parametrize("languages", ["*", "de, fr"])
async def test_an_operator_can_accept_more_languages(languages: str) -> None:
    async with serving(settings=Settings(languages=languages)) as client:
        answer = await ask(client, request("Guten Tag, du idiot", languages=["de"]))
        assert answer["languages"] == ["de"]
        assert answer["attributeScores"]["TOXICITY"]["summaryScore"]["value"] > 0.9


LONG = "é" * 10_240
BAD = {
    "no comment": ({"requestedAttributes": {"TOXICITY": {}}}, "Comment must be non-empty.", "COMMENT_EMPTY"),
    "empty": (request(""), "Comment must be non-empty.", "COMMENT_EMPTY"),
    "blank": (request(" \n"), "Comment must be non-empty.", "COMMENT_EMPTY"),
    "null": ({"comment": None}, "Comment must be non-empty.", "COMMENT_EMPTY"),
    "too long": (request(LONG + "a"), "Comment text too long.", "COMMENT_TOO_LONG"),
    "no attributes": ({"comment": {"text": TEXT}}, "Missing requested_attributes", "NO_REQUESTED_ATTRIBUTES"),
    "none": (
        {"comment": {"text": TEXT}, "requestedAttributes": {}},
        "Missing requested_attributes",
        "NO_REQUESTED_ATTRIBUTES",
    ),
    "unscored": (request(TEXT, "TOXICITY", "FLIRTATION"), "Unknown requested attribute: FLIRTATION", "INVALID_REQUEST"),
    "unknown": (request(TEXT, "toxicity"), "Unknown requested attribute: toxicity", "INVALID_REQUEST"),
    "score type": (
        {"comment": {"text": TEXT}, "requestedAttributes": {"INSULT": {"scoreType": "RAW"}}},
        "Requested score type RAW is not supported by attribute INSULT",
        "INVALID_REQUEST",
    ),
    "HTML": (
        request() | {"comment": {"text": "<p>", "type": "HTML"}},
        "Currently, only 'PLAIN_TEXT' comments are supported",
        "INVALID_REQUEST",
    ),
    "text type": (request() | {"comment": {"text": "a", "type": "MARKDOWN"}}, "Unknown text type", "INVALID_REQUEST"),
    "both contexts": (
        request(context={"entries": [], "articleAndParentComment": {}}),
        "Context can have either entries or article_and_parent_comment, but both fields were populated.",
        "INVALID_REQUEST",
    ),
    "threshold": (
        {"comment": {"text": TEXT}, "requestedAttributes": {"INSULT": {"scoreThreshold": 1.5}}},
        "Score threshold of attribute INSULT must be between 0 and 1.",
        "INVALID_REQUEST",
    ),
}


@pytest.mark.parametrize("case", BAD)
async def test_errors_have_the_documented_words(client: httpx.AsyncClient, case: str) -> None:
    body, message, kind = BAD[case]
    error = error_of(await client.post(ANALYZE, json=body))
    assert (error["message"], error["status"]) == (message, "INVALID_ARGUMENT")
    assert error["details"] == [
        {"@type": "type.googleapis.com/google.commentanalyzer.v1alpha1.Error", "errorType": kind}
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b'{"comment": "x"}',
        b'{"comment": {"text": 1}}',
        b"[" * 100_000,
        b'{"comment": {"text": "\\ud83d"}}',
        b'{"clientToken": "\\ud83d", "comment": {"text": "a"}}',
        b'{"comment": {"text": "a"}, "requestedAttributes": ["TOXICITY"]}',
        b'{"languages": "en"}',
    ],
)
@pytest.mark.parametrize("path", [ANALYZE, SUGGEST])
async def test_malformed_bodies(client: httpx.AsyncClient, path: str, content: bytes) -> None:
    assert error_of(await client.post(path, content=content))["details"][0]["errorType"] == "INVALID_REQUEST"


async def test_an_empty_body_says_that_the_comment_is_empty(client: httpx.AsyncClient) -> None:
    assert error_of(await client.post(ANALYZE))["details"][0]["errorType"] == "COMMENT_EMPTY"


async def test_the_longest_comment_and_large_contexts_are_taken(client: httpx.AsyncClient) -> None:
    entries = [{"text": "x" * 1_000_000, "type": "PLAIN_TEXT"}] * 3
    await ask(client, request(LONG, context={"entries": entries}, languages=["en"]))


async def test_whatever_the_content_type_the_prefix_and_the_query(client: httpx.AsyncClient) -> None:
    content = json.dumps(request(TEXT, sessionId="s", communityId="c", unknown=1)).encode()
    expected = (await client.post(ANALYZE, content=content)).json()
    for path in ("/comments:analyze", "/a/b/c/comments:analyze", "/v1alpha1/comments%3Aanalyze"):
        for headers in ({}, {"content-type": "text/plain"}, {"content-type": "application/json; charset=utf-8"}):
            answer = await client.post(
                f"{path}?key=any&alt=json&prettyPrint=false&$.xgafv=1", content=content, headers=headers
            )
            assert answer.status_code == 200
            assert answer.json() == expected


async def test_other_failures_have_the_shape() -> None:
    model = FakeModel(faults={"cursed": Fault("run", ValueError("cursed")), "fatal": Fault("run", SystemExit())})
    async with serving(model, Settings(max_bytes=500)) as client:
        assert error_of(await client.post(ANALYZE, json=request("x" * 600)))["status"] == "INVALID_ARGUMENT"
        assert error_of(await client.get(ANALYZE), 405)["status"] == "UNIMPLEMENTED"
        for path in ("/v1alpha1/comments:batch", "/v1alpha1/", "/$discovery/apis"):
            assert error_of(await client.post(path), 404)["status"] == "NOT_FOUND"
        assert error_of(await client.post(ANALYZE, json=request("a cursed text")), 500)["status"] == "INTERNAL"
        down = await client.post(ANALYZE, json=request("a fatal text"))
        assert error_of(down, 503)["status"] == "UNAVAILABLE"
        assert "retry-after" in down.headers


async def test_discovery_points_at_the_server_that_was_asked(client: httpx.AsyncClient) -> None:
    path = "/$discovery/rest?version=v1alpha1&key=any"
    document = (await client.get(path)).json()
    assert document["rootUrl"] == document["baseUrl"] == "http://civility.test/"
    assert document["resources"]["comments"]["methods"]["analyze"]["path"] == "v1alpha1/comments:analyze"
    for name, schema in document["schemas"].items():
        assert schema["id"] == name
    assert (await client.get(path.replace("$", "%24"))).json() == document
    forwarded = {"x-forwarded-proto": "https, http", "x-forwarded-host": "api.example.org:8443"}
    assert (await client.get(path, headers=forwarded)).json()["rootUrl"] == "https://api.example.org:8443/"
    hostile = {"x-forwarded-host": "a.example/b?<script>", "x-forwarded-proto": "javascript"}
    assert (await client.get(path, headers=hostile)).json()["rootUrl"] == "http://civility.test/"
    assert error_of(await client.get("/$discovery/rest?version=v2"), 404)["status"] == "NOT_FOUND"
    async with serving(settings=Settings(public_url="https://example.org/civility")) as other:
        document = (await other.get(path, headers=forwarded)).json()
        assert document["rootUrl"] == "https://example.org/civility/"


def feedback(**fields: Any) -> Json:
    return {"comment": {"text": TEXT}, "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}}, **fields}


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_feedback_is_kept_and_cannot_be_changed(client: httpx.AsyncClient, tmp_path: Path) -> None:
    context = {"entries": [{"text": '{"url":"https://example.org/?commentID=1"}'}]}
    answer = await ask(
        client, feedback(languages=["en"], communityId="Coral:x", clientToken="comment:1", context=context), SUGGEST
    )
    assert answer == {"clientToken": "comment:1", "requestedLanguages": ["en"], "detectedLanguages": ["en"]}
    (kept,) = read_feedback(tmp_path)
    assert (kept.text, kept.value("TOXICITY"), kept.value("THREAT")) == (TEXT, 1.0, None)
    assert (kept.languages, kept.community_id, kept.client_token) == (("en",), "Coral:x", "comment:1")
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0
    with sqlite3.connect(tmp_path / FILE) as file:
        for change in ("DELETE FROM feedback", "UPDATE feedback SET text = ''"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                file.execute(change)
    file.close()


async def test_feedback_is_not_kept_where_that_is_not_wanted(client: httpx.AsyncClient, tmp_path: Path) -> None:
    await ask(client, feedback(doNotStore=True), SUGGEST)
    await ask(client, request(doNotStore=True))
    await ask(client, request())
    async with serving(settings=Settings(data=tmp_path, feedback=False)) as off:
        await ask(off, feedback(), SUGGEST)
    assert files(tmp_path) == []


async def test_do_not_store_leaves_nothing_in_memory_either() -> None:
    model = FakeModel()
    async with serving(model) as client:
        warm = len(model.runs)
        for _ in range(2):
            await ask(client, request(doNotStore=True))
        assert len(model.runs) == warm + 2
        for _ in range(2):
            await ask(client, request())
        assert len(model.runs) == warm + 3


async def test_feedback_that_cannot_be_kept_is_an_error(tmp_path: Path) -> None:
    async with serving(settings=Settings(data=tmp_path, feedback_bytes=20_000)) as client:
        for _ in range(100):
            answer = await client.post(SUGGEST, json=feedback())
            if answer.status_code != 200:
                break
        assert error_of(answer, 503)["status"] == "UNAVAILABLE"
    assert (tmp_path / FILE).stat().st_size <= 20_000
    blocked = tmp_path / "file"
    blocked.touch()
    async with serving(settings=Settings(data=blocked / "folder")) as client:
        error_of(await client.post(SUGGEST, json=feedback()), 503)


SPAN = {"begin": 0, "end": 4, "score": {"value": 1}}


@pytest.mark.parametrize(
    "scores",
    [
        None,
        {},
        {"TOXICITY": None},
        {"TOXICITY": {}},
        {"TOXICITY": {"spanScores": []}},
        {"TOXICITY": {"summaryScore": {}}},
        {"TOXICITY": {"summaryScore": {"value": 2}}},
        {"TOXICITY": {"summaryScore": {"value": 1, "type": "RAW"}}},
        {"TOXICITY": {"spanScores": [{"begin": 0, "score": {"value": 1}}]}},
        {"TOXICITY": {"spanScores": [{"begin": 0, "end": 4}]}},
        {"TOXICITY": {"spanScores": [SPAN, SPAN | {"end": -1}]}},
        {"TOXICITY": {"spanScores": [SPAN | {"end": 2**31}]}},
    ],
)
async def test_malformed_feedback(client: httpx.AsyncClient, tmp_path: Path, scores: object) -> None:
    body = {"comment": {"text": TEXT}, "attributeScores": scores}
    assert error_of(await client.post(SUGGEST, json=body))["details"][0]["errorType"] == "INVALID_REQUEST"
    assert files(tmp_path) == []


async def test_feedback_on_parts_of_a_text(client: httpx.AsyncClient, tmp_path: Path) -> None:
    await ask(client, feedback(attributeScores={"TOXICITY": {"spanScores": [SPAN]}}), SUGGEST)
    (kept,) = read_feedback(tmp_path)
    assert kept.value("TOXICITY") is None
    assert kept.scores["TOXICITY"]["spanScores"][0]["end"] == 4


@given(st.text(alphabet='aB.!? \n\t😀é\u0301\u200d’"()\r\u2028\x0b\x00.1', max_size=60))
@settings(max_examples=100)
def test_sentences_cover_all_words(text: str) -> None:
    cursor = 0
    for start, end in split_sentences(text):
        assert cursor <= start < end <= len(text)
        assert text[start:end].strip() == text[start:end]
        assert not text[cursor:start].strip()
        cursor = end
    assert not text[cursor:].strip()


@given(st.text(max_size=40))
@settings(max_examples=100)
def test_utf16_offsets(text: str) -> None:
    offsets = utf16_offsets(text)
    assert offsets == [len(text[:index].encode("utf-16-le", "surrogatepass")) // 2 for index in range(len(text) + 1)]
