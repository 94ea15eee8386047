"""`civility calibrate`: the same share of texts is flagged here."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from service import cli
from service.calibration import CalibrationError, match_thresholds, read_recorded

SCORES = st.floats(0, 1)
CSV = """text,toxicity,comment_id,INSULT
You are a stupid idiot,0.95,1,0.9
"Well, nobody asked you",0.55,2,
What a lovely day,0.02,3,0.01
Thank you for the article,0.01,4,0.02
"""


@given(st.lists(st.tuples(SCORES, SCORES), min_size=1, max_size=50, unique_by=lambda pair: pair[1]))
def test_the_shares_are_the_same_where_no_scores_are_equal(pairs: list[tuple[float, float]]) -> None:
    for match in match_thresholds("TOXICITY", pairs):
        assert match.ours_share == match.share
        assert (match.ours is None) == (match.share == 0)
        if match.ours is not None:
            assert sum(ours >= match.ours for _, ours in pairs) == sum(theirs >= match.theirs for theirs, _ in pairs)


def test_scores_that_rank_alike_agree_on_every_text() -> None:
    pairs = [(n / 100, (n / 100) ** 2) for n in range(100)]
    for match in match_thresholds("TOXICITY", pairs):
        assert match.same == 1.0
        assert match.ours == pytest.approx(match.theirs**2)


def test_the_command(tmp_path: Path) -> None:
    file, plot = tmp_path / "scores.csv", tmp_path / "plot.png"
    file.write_text("\ufeff" + CSV, "utf-8")
    arguments = ["calibrate", "--perspective", str(file), "--plot", str(plot)]
    result = CliRunner().invoke(cli.app, arguments, env={"COLUMNS": "120"})
    assert result.exit_code == 0, result.output
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in result.output.splitlines() if "0.50" in line]
    assert [row[:4] for row in rows] == [["TOXICITY", "4", "0.50", "50.0%"], ["INSULT", "3", "0.50", "33.3%"]]
    assert [row[5] for row in rows] == ["50.0%", "33.3%"]
    assert plot.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no column text"),
        ("comment,TOXICITY\n", "no column text; the columns are comment, TOXICITY"),
        ("text,SPAM\na,0.5\n", "no column is an attribute"),
        ("text,TOXICITY\n", "no text"),
        ("text,TOXICITY\na,high\n", "line 2, column TOXICITY: expected a number, got 'high'"),
        ("text,TOXICITY\na,95\n", "line 2, column TOXICITY: expected 0 to 1, got 95"),
    ],
)
def test_files_that_cannot_be_used(content: str, message: str) -> None:
    with pytest.raises(CalibrationError, match=message):
        read_recorded(content.splitlines(), ["TOXICITY"])


def test_errors_are_one_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli.app, ["calibrate", "--perspective", str(tmp_path / "nothing.csv")])
    assert result.exit_code == 1
    assert "No such file" in result.output
