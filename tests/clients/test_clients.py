"""Real clients from the package registries, unmodified, against a live server with the embedded model."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import perspective
import pytest
from googleapiclient import discovery
from googleapiclient.errors import HttpError
from PyPerspective import Perspective as pyperspective

from service.keys import KeyStore
from tests.http.live import Live, live_server

HERE = Path(__file__).parent
TEXT = "You are a stupid idiot. Thank you 😀 all the same!"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("clients")
    with live_server(folder, CIVILITY_DATA=str(folder / "data")) as started:
        yield started


def check_scores(scores: dict[str, Any]) -> None:
    """TOXICITY by sentence, in UTF-16 code units."""
    found = scores["TOXICITY"]
    assert found["summaryScore"]["value"] > 0.5
    units = TEXT.encode("utf-16-le")
    spans = [units[2 * span["begin"] : 2 * span["end"]].decode("utf-16-le") for span in found["spanScores"]]
    assert spans == ["You are a stupid idiot.", "Thank you 😀 all the same!"]


def test_google_api_python_client(server: Live) -> None:
    client = discovery.build(
        "commentanalyzer",
        "v1alpha1",
        developerKey="any",
        discoveryServiceUrl=f"{server.url}/$discovery/rest?version=v1alpha1",
        static_discovery=False,
    )
    body: dict[str, Any] = {
        "comment": {"text": TEXT},
        "requestedAttributes": {"TOXICITY": {}, "SLUR": {"scoreThreshold": 0.5}},
        "spanAnnotations": True,
        "clientToken": "t",
    }
    answer = client.comments().analyze(body=body).execute()
    check_scores(answer["attributeScores"])
    assert (list(answer["attributeScores"]), answer["clientToken"]) == (["TOXICITY"], "t")
    feedback = {"comment": {"text": TEXT}, "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}}}
    assert client.comments().suggestscore(body=feedback).execute()["requestedLanguages"] == ["en"]
    with pytest.raises(HttpError) as refused:
        client.comments().analyze(body=body | {"requestedAttributes": {"SPAM": {}}}).execute()
    assert refused.value.reason == "Unknown requested attribute: SPAM"
    assert refused.value.error_details[0]["errorType"] == "INVALID_REQUEST"
    client.close()


def test_perspective_from_pypi(server: Live) -> None:
    client = perspective.PerspectiveAPI("any")
    client.api_client.url = f"{server.url}/v1alpha1/{{endpoint}}"
    scores = client.score(TEXT, tests=["TOXICITY", "SEVERE_TOXICITY"])
    assert scores["TOXICITY"] > 0.5
    assert set(scores) == {"TOXICITY", "SEVERE_TOXICITY"}


def test_pyperspective_from_pypi(server: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyperspective, "base_url", f"{server.url}/v1alpha1/comments:analyze")
    client = pyperspective.Perspective("any")
    comment = client.get_score(TEXT, tests=["TOXICITY", "INSULT"])
    assert comment["TOXICITY"].score > 0.5
    assert str(comment["INSULT"][0]) == TEXT
    assert comment.detected_langs == ["en"]


def test_pyperspective_knows_a_wrong_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    KeyStore(tmp_path / "data").create("one", 0.0)
    with live_server(tmp_path, CIVILITY_DATA=str(tmp_path / "data")) as server:
        monkeypatch.setattr(pyperspective, "base_url", f"{server.url}/v1alpha1/comments:analyze")
        with pytest.raises(pyperspective.InvalidAuthKey):
            pyperspective.Perspective("wrong")
        with openai.OpenAI(base_url=f"{server.url}/v1", api_key="wrong", max_retries=0) as client:
            with pytest.raises(openai.AuthenticationError) as refused:
                client.moderations.create(input="Hello")
            assert refused.value.code == "invalid_api_key"


def test_openai_python(server: Live) -> None:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0) as client:
        one = client.moderations.create(input=TEXT, model="omni-moderation-latest")
        assert one.model.startswith("civility")
        assert one.results[0].flagged
        assert one.results[0].categories.harassment
        assert one.results[0].category_scores.harassment > 0.5
        assert one.results[0].category_applied_input_types.illicit == []
        assert [result.flagged for result in client.moderations.create(input=[TEXT, "A fine day."]).results] == [
            True,
            False,
        ]
        with pytest.raises(openai.BadRequestError) as refused:
            client.moderations.create(input=[{"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}])
        assert refused.value.param == "input"
        assert refused.value.request_id


def run_node(script: str, server: Live) -> dict[str, Any]:
    """What a Node client prints. `make test` installs its packages where there is npm."""
    node = shutil.which("node")
    if node is None or not (HERE / "node_modules").is_dir():
        missing = "no node, or no packages in tests/clients/node_modules: make test installs them where npm is"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    shown = subprocess.run(
        [node, script, server.url, TEXT], cwd=HERE, capture_output=True, text=True, timeout=120, check=False
    )
    assert shown.returncode == 0, shown.stderr
    return dict(json.loads(shown.stdout))


def test_googleapis_common(server: Live) -> None:
    shown = run_node("google.mjs", server)
    check_scores(shown["analyzed"]["attributeScores"])
    assert shown["analyzed"]["clientToken"] == "agent_request1"
    assert shown["suggested"] == {"clientToken": "c1", "requestedLanguages": ["en"], "detectedLanguages": ["en"]}
    assert shown["message"] == "Missing requested_attributes"


def test_openai_node(server: Live) -> None:
    shown = run_node("openai.mjs", server)
    assert shown["one"]["results"][0]["categories"]["harassment"] is True
    assert [result["flagged"] for result in shown["two"]["results"]] == [True, False]
    assert shown["refused"] == "BadRequestError 400 input"
