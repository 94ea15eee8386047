"""The commands, end to end with the embedded model."""

from __future__ import annotations

from pathlib import Path

from pyarrow import parquet
from typer.testing import CliRunner

from service import cli
from tests.rescore.support import read_jsonl, write_jsonl

runner = CliRunner()

POSTS = [
    {"id": 1, "body": "What a lovely day for a walk in the park."},
    {"id": 2, "body": "You are a pathetic idiot, Maria. Nobody asked you."},
    {"id": 3, "body": None},
]


def test_rescore(tmp_path: Path) -> None:
    source = write_jsonl(tmp_path / "in.jsonl", POSTS)
    arguments = ["rescore", str(source), str(tmp_path / "out.parquet"), "--device", "cpu"]
    result = runner.invoke(cli.app, arguments)
    assert result.exit_code == 3, result.output
    table = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert [row["id"] for row in table] == [1, 2]
    assert [row["flags"] for row in table] == [[], ["harassment"]]
    assert table[0]["toxicity"] < 0.5 < table[1]["toxicity"]
    assert read_jsonl(tmp_path / "out.parquet.rejects.jsonl")[0]["row"] == 3
    again = runner.invoke(cli.app, arguments)
    assert again.exit_code == 3
    assert "complete before" in again.output


def test_errors_are_one_line(tmp_path: Path) -> None:
    result = runner.invoke(cli.app, ["rescore", str(tmp_path / "none.csv"), str(tmp_path / "out.csv")])
    assert result.exit_code == 1
    assert "no such file or folder" in result.output
