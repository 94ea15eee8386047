"""Keys: needed as soon as one exists, refused in each surface's shape, held to their rates, never kept in the clear."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from service import cli
from service.keys import FILE, Bucket, KeyStore, KeyStoreError, find_key
from service.settings import Settings
from tests.serving import serving

ANALYZE = "/v1alpha1/comments:analyze"
BODIES = {
    "/moderate": {"text": "Hello"},
    ANALYZE: {"comment": {"text": "Hello"}, "requestedAttributes": {"TOXICITY": {}}},
    "/v1/moderations": {"input": "Hello"},
    "/coral/moderate": {"comment": {"body": "Hello"}},
}
OPEN = ("/health/live", "/health/ready", "/metrics", "/docs", "/openapi.json", "/$discovery/rest?version=v1alpha1")


def bearer(text: str) -> dict[str, str]:
    return {"authorization": f"Bearer {text}"}


async def test_without_keys_any_key_or_none_is_good(tmp_path: Path) -> None:
    async with serving(settings=Settings(data=tmp_path)) as client:
        for path, body in BODIES.items():
            for headers in ({}, bearer("sk-anything")):
                assert (await client.post(path, json=body, headers=headers)).status_code in (200, 204)


async def test_a_key_is_needed_as_soon_as_one_exists_until_it_is_revoked(tmp_path: Path) -> None:
    store = KeyStore(tmp_path)
    async with serving(settings=Settings(data=tmp_path)) as client:

        async def statuses(headers: dict[str, str], query: str = "") -> set[int]:
            return {
                (await client.post(path + query, json=body, headers=headers)).status_code
                for path, body in BODIES.items()
            }

        assert await statuses({}) == {200, 204}
        key, text = store.create("one", 0.0)
        other, second = store.create("two", 1.0)
        assert await statuses({}) == {401, 403}
        for headers in (bearer(text), {"x-goog-api-key": text}, {"x-api-key": text}):
            assert await statuses(headers) == {200, 204}
        assert await statuses({}, f"?key={text}") == {200, 204}
        assert await statuses(bearer("wrong")) == {400, 401}
        store.revoke(key.id, 2.0)
        assert await statuses(bearer(text)) == {400, 401}
        assert await statuses(bearer(second)) == {200, 204}
        store.revoke(other.id, 3.0)
        assert await statuses(bearer(second)) == {400, 401}
        assert await statuses({}) == {401, 403}
        for path in OPEN:
            assert (await client.get(path)).status_code == 200
        assert (await client.get(f"{OPEN[-1]}&key=wrong")).status_code == 400


async def test_refusals_have_each_surfaces_shape(tmp_path: Path) -> None:
    KeyStore(tmp_path).create("one", 0.0)
    async with serving(settings=Settings(data=tmp_path)) as client:

        async def refused(path: str, headers: dict[str, str]) -> httpx.Response:
            return await client.post(path, json=BODIES[path], headers=headers)

        wrong = (await refused(ANALYZE, bearer("wrong"))).json()
        assert wrong["error"] == {
            "code": 400,
            "message": "API key not valid. Please pass a valid API key.",
            "status": "INVALID_ARGUMENT",
            "details": [
                {
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": "API_KEY_INVALID",
                    "domain": "googleapis.com",
                }
            ],
        }
        missing = await refused(ANALYZE, {})
        assert (missing.status_code, missing.json()["error"]["status"]) == (403, "PERMISSION_DENIED")
        openai = await refused("/v1/moderations", bearer("wrong"))
        assert openai.status_code == 401
        assert openai.json()["error"] | {"message": ""} == {
            "message": "",
            "type": "invalid_request_error",
            "param": None,
            "code": "invalid_api_key",
        }
        own = await refused("/moderate", {})
        assert own.json()["error"]["code"] == "missing_api_key"
        assert own.headers["www-authenticate"] == "Bearer"
        assert own.headers["x-request-id"]


async def test_a_key_is_held_to_its_rate(tmp_path: Path) -> None:
    store = KeyStore(tmp_path)
    _, text = store.create("one", 0.0, per_minute=2)
    _, free = store.create("two", 0.0)
    async with serving(settings=Settings(data=tmp_path)) as client:
        for path in ("/moderate", "/v1/moderations"):
            assert (await client.post(path, json=BODIES[path], headers=bearer(text))).status_code == 200
        answers = {path: await client.post(path, json=body, headers=bearer(text)) for path, body in BODIES.items()}
        assert {answer.status_code for answer in answers.values()} == {429}
        assert all(1 <= int(answer.headers["retry-after"]) <= 30 for answer in answers.values())
        assert answers["/moderate"].json()["error"]["code"] == "rate_limited"
        assert answers["/v1/moderations"].json()["error"]["code"] == "rate_limit_exceeded"
        google = answers[ANALYZE].json()["error"]
        assert google["status"] == "RESOURCE_EXHAUSTED"
        assert google["message"] == (
            "Quota exceeded for quota metric 'Analysis requests (AnalyzeComment)' and limit 'Analysis requests "
            "(AnalyzeComment) per minute' of service 'commentanalyzer.googleapis.com' for consumer 'project_number:0'."
        )
        assert google["details"][0]["metadata"]["quota_limit_value"] == "2"
        for _ in range(5):
            assert (await client.post("/moderate", json=BODIES["/moderate"], headers=bearer(free))).status_code == 200


async def test_keys_that_cannot_be_read_let_nobody_in(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"not a database at all, but long enough to have a header")
    async with serving(settings=Settings(data=tmp_path)) as client:
        assert (await client.post("/moderate", json=BODIES["/moderate"])).status_code == 503
        assert (await client.get("/health/live")).status_code == 200


async def test_coral_signs_in_place_of_a_key(tmp_path: Path) -> None:
    KeyStore(tmp_path).create("one", 0.0)
    async with serving(settings=Settings(data=tmp_path, coral_secret="s")) as client:
        answer = await client.post("/coral/moderate", json=BODIES["/coral/moderate"])
        assert answer.json()["error"]["code"] == "invalid_signature"
    async with serving(settings=Settings(data=tmp_path, coral_secret=" , ")) as client:
        answer = await client.post("/coral/moderate", json=BODIES["/coral/moderate"])
        assert answer.json()["error"]["code"] == "missing_api_key"


@pytest.mark.parametrize(
    "prefix",
    ["/docs", "/docs/static", "/health", "/metrics", "/openapi.json", "/$discovery/rest%3F", "/coral/moderate%3F"],
)
async def test_no_prefix_opens_perspective_without_a_key(tmp_path: Path, prefix: str) -> None:
    KeyStore(tmp_path).create("one", 0.0)
    async with serving(settings=Settings(data=tmp_path, coral_secret="s")) as client:
        for method in ("analyze", "suggestscore"):
            answer = await client.post(f"{prefix}/comments:{method}", json=BODIES[ANALYZE])
            assert (answer.status_code, answer.json()["error"]["status"]) == (403, "PERMISSION_DENIED")


async def test_googles_clients_may_send_a_token_beside_the_key(tmp_path: Path) -> None:
    _, text = KeyStore(tmp_path).create("one", 0.0)
    async with serving(settings=Settings(data=tmp_path)) as client:
        for path, headers in ((f"{ANALYZE}?key={text}", {}), (ANALYZE, {"x-goog-api-key": text})):
            answer = await client.post(path, json=BODIES[ANALYZE], headers=headers | bearer("ya29.token"))
            assert answer.status_code == 200


def test_the_command(tmp_path: Path) -> None:
    def run(*arguments: str) -> str:
        result = CliRunner().invoke(cli.app, ["keys", *arguments], env={"CIVILITY_DATA": str(tmp_path)})
        assert result.exit_code == (1 if "nobody" in arguments else 0), result.output
        return result.output

    assert "no keys" in run("list")
    text = run("create", "newsroom", "--per-minute", "60").splitlines()[0]
    (key,) = KeyStore(tmp_path).read()
    assert find_key([key], text) == key
    assert text.encode() not in (tmp_path / FILE).read_bytes()
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0
    shown = run("list")
    assert "newsroom" in shown
    assert text not in shown
    run("revoke", key.id)
    assert find_key(KeyStore(tmp_path).read(), text) is None
    assert "nobody" in run("revoke", "nobody")
    with pytest.raises(KeyStoreError):
        KeyStore(tmp_path).revoke(key.id, 1.0)


@given(st.integers(1, 120), st.lists(st.floats(0, 30), min_size=1, max_size=200))
def test_no_window_of_a_minute_has_more_than_twice_the_rate(per_minute: int, gaps: list[float]) -> None:
    bucket, now, taken = Bucket(per_minute, per_minute, 0.0), 0.0, []
    for gap in gaps:
        now += gap
        wait = bucket.take(now)
        assert wait >= 0
        if wait:
            assert Bucket(per_minute, bucket.level, now).take(now + wait + 1e-6) == 0
        else:
            taken.append(now)
    for begin in taken:
        assert sum(begin <= at < begin + 60 for at in taken) <= 2 * per_minute
