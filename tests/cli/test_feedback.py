"""`civility feedback`: export and report."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from service import cli
from service.feedback import Feedback, FeedbackStore
from service.feedback_report import THRESHOLDS, agreements


def said(text: str, value: float) -> Feedback:
    return Feedback(text, {"TOXICITY": {"summaryScore": {"value": value, "type": "PROBABILITY"}}}, ("en",))


def run(folder: Path, *arguments: str) -> str:
    result = CliRunner().invoke(cli.app, ["feedback", *arguments], env={"CIVILITY_DATA": str(folder), "COLUMNS": "120"})
    assert result.exit_code == 0, result.output
    return result.output


def test_export_and_report(tmp_path: Path) -> None:
    assert run(tmp_path, "export") == ""
    assert "no feedback" in run(tmp_path, "report")
    store = FeedbackStore(tmp_path, 2**20, clock=lambda: 1.5)
    store.append(said("You are a stupid idiot", 0.0))
    store.append(said("You are a stupid idiot", 1.0))
    store.append(said("What a lovely day", 0.0))
    lines = [json.loads(line) for line in run(tmp_path, "export").splitlines()]
    assert [line["text"] for line in lines] == ["You are a stupid idiot"] * 2 + ["What a lovely day"]
    assert lines[1]["scores"]["TOXICITY"]["summaryScore"]["value"] == 1.0
    assert lines[0]["received_at"] == 1.5
    report = run(tmp_path, "report")
    row = next(line for line in report.splitlines() if "TOXICITY" in line and "0.50" in line)
    assert [cell.strip() for cell in row.split("│")[3:8]] == ["2", "1", "1", "1.000", "1.000"]


def test_agreements() -> None:
    judged = [({"T": 1.0}, {"T": 0.9}), ({"T": 1.0}, {"T": 0.4}), ({"T": 0.0}, {"T": 0.75}), ({"X": 1.0}, {"T": 1.0})]
    found = {row.threshold: row for row in agreements(judged)}
    assert list(found) == list(THRESHOLDS)
    assert (found[0.5].precision, found[0.5].recall) == (0.5, 0.5)
    assert (found[0.8].precision, found[0.8].recall) == (1.0, 0.5)
    assert (found[0.95].precision, found[0.95].recall) == (None, 0.0)
    assert agreements([({"T": 0.0}, {"T": 0.1})])[0].recall is None
