"""Feedback in the database that replicas share: kept, in order, and never changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from service import cli
from service.database import DatabaseError, open_database
from service.feedback import Feedback, FeedbackError, all_feedback, open_feedback
from service.feedback_database import SharedFeedback
from service.settings import Settings
from tests.serving import serving

SUGGEST = "/v1alpha1/comments:suggestscore"


def said(text: str) -> dict[str, object]:
    return {"comment": {"text": text}, "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}}}


async def test_two_replicas_keep_feedback_in_one_place(database_url: str, tmp_path: Path) -> None:
    replicas = [Settings(data=tmp_path / name, database_url=database_url) for name in ("one", "two")]
    for number, settings in enumerate(replicas):
        async with serving(settings=settings) as client:
            assert (await client.post(SUGGEST, json=said(f"text {number}\0"))).status_code == 200
        assert not (settings.data / "feedback.db").exists()
    kept = list(all_feedback(replicas[0]))
    assert [item.text.rstrip("\0\ufffd") for item in kept] == ["text 0", "text 1"]
    assert kept[0].value("TOXICITY") == 1.0
    assert 0 < kept[0].received_at <= kept[1].received_at
    environment = {"CIVILITY_DATABASE_URL": database_url, "CIVILITY_DATA": str(tmp_path)}
    shown = CliRunner().invoke(cli.app, ["feedback", "export"], env=environment)
    assert shown.exit_code == 0, shown.output
    assert [json.loads(line)["text"][:6] for line in shown.output.splitlines()] == ["text 0", "text 1"]


def test_it_cannot_be_changed(database_url: str, tmp_path: Path) -> None:
    database = open_database(database_url, tmp_path)
    store = SharedFeedback(database, 2**30)
    store.append(Feedback("hello", {}, ("en",), "community", "token"))
    for change in ("DELETE FROM civility_feedback", "UPDATE civility_feedback SET text = ''"):
        with pytest.raises(DatabaseError, match="append-only"), database.transaction() as connection:
            connection.execute(sa.text(change))
    (kept,) = store.read()
    assert (kept.text, kept.languages, kept.community_id, kept.client_token) == ("hello", ("en",), "community", "token")
    database.close()


def test_more_than_one_page_is_read_in_order(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.feedback_database._READ", 2)
    database = open_database(database_url, tmp_path)
    store = SharedFeedback(database, 2**30)
    for number in range(5):
        store.append(Feedback(str(number), {}))
    assert [item.text for item in store.read()] == list("01234")
    database.close()


def test_its_limit_is_named(database_url: str, tmp_path: Path) -> None:
    store = open_feedback(Settings(data=tmp_path, database_url=database_url, feedback_bytes=1))
    with pytest.raises(FeedbackError, match="at most 1 are allowed"):
        store.append(Feedback("hello", {}))
    store.close()
