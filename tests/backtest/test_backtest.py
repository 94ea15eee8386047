"""Policies tried on old comments: reading, counting, and the commands with the embedded model."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from models.fake import FakeModel
from service import cli
from service.app import make_moderator
from service.backtest.archive import Archive, judgement, read_archive
from service.backtest.report import Change, Quality, Report
from service.backtest.run import backtest
from service.backtest.show import plot, tables
from service.metrics import Metrics
from service.policy import Policy, default_policy, load_policy
from service.rescore.errors import InputError
from service.settings import Settings

runner = CliRunner()

TEXTS = (
    "You are an idiot.",
    "The bridge looks fine.",
    "What a lovely gollywhopper of a bridge.",
    "Hello there, all of you.",
)
STRICT = """
name = "strict"
version = "2"
extends = "none"
[labels]
insult = { reject = 0.5 }
[terms]
block = ["gollywhopper"]
action = "review"
"""


@pytest.fixture
def strict(tmp_path: Path) -> Path:
    file = tmp_path / "strict.toml"
    file.write_text(STRICT)
    return file


@pytest.fixture
def nothing(tmp_path: Path) -> Path:
    file = tmp_path / "nothing.toml"
    file.write_text('name = "nothing"\nversion = "1"\nextends = "none"\n')
    return file


async def compared(archive: Archive, before: Policy, after: Policy, model: FakeModel | None = None) -> Report:
    moderator = make_moderator(Settings(max_characters=1000), model or FakeModel(), Metrics())
    await moderator.engine.start()
    try:
        return await backtest(moderator, archive, before, after, lambda _: None)
    finally:
        await moderator.close()


async def test_what_changes_is_counted(strict: Path, nothing: Path) -> None:
    archive = Archive(TEXTS, ("rejected", "kept", "kept", None))
    report = await compared(archive, load_policy(nothing), load_policy(strict))
    assert (report.before, report.after) == ("nothing 1", "strict 2")
    assert (report.posts, report.changed, report.moderated) == (4, 2, 3)
    assert report.transitions["approve"] == {"approve": 2, "review": 1, "reject": 1}
    assert report.reasons == {
        'blocked term "gollywhopper"': Change(0, 1, 1, 0),
        "insult >= 0.50": Change(0, 1, 1, 0),
    }
    assert {(e.before, e.after, e.excerpt) for e in report.examples} == {
        ("approve", "reject", TEXTS[0]),
        ("approve", "review", TEXTS[2]),
    }
    assert report.quality["reject"] == {"before": Quality(0, None, 0.0), "after": Quality(1, 1.0, 1.0)}
    assert report.quality["review or reject"]["after"] == Quality(2, 0.5, 1.0)


async def test_a_policy_against_itself_changes_nothing() -> None:
    report = await compared(Archive(TEXTS), default_policy(), default_policy())
    assert (report.changed, report.examples, report.quality) == (0, (), {})
    assert all(change.gained == change.lost == 0 for change in {**report.flags, **report.reasons}.values())


async def test_no_text_is_scored_twice(strict: Path) -> None:
    once, both = FakeModel(), FakeModel()
    await compared(Archive(TEXTS), default_policy(), default_policy(), once)
    await compared(Archive(TEXTS * 3), default_policy(), load_policy(strict), both)
    assert sum(map(len, both.runs)) <= sum(map(len, once.runs)) * 3
    assert len(both.runs) == len(once.runs)


async def test_long_posts_are_split_over_requests_and_those_over_the_limit_are_named(strict: Path) -> None:
    archive = Archive(("word " * 199,) * 120 + ("word " * 201,), ("kept",) * 121)
    report = await compared(archive, default_policy(), load_policy(strict))
    assert (report.posts, report.too_long, report.moderated) == (120, 1, 120)


def test_archives_of_three_kinds_hold_the_same(tmp_path: Path) -> None:
    rows = [('He said:\n"no", then left', 1), ("Fine", 0), (None, 1), ("Odd", 7)]
    table = pa.table({"body": [text for text, _ in rows], "spam": [spam for _, spam in rows]})
    parquet.write_table(table, tmp_path / "a.parquet")
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"body": text, "spam": spam}) + "\n" for text, spam in rows))
    (tmp_path / "a.csv").write_text('body,spam\n"He said:\n""no"", then left",1\nFine,0\n,1\nOdd,7\n')
    for name in ("a.parquet", "a.jsonl", "a.csv"):
        archive = read_archive(str(tmp_path / name), decision_column="spam")
        assert archive == Archive((rows[0][0], "Fine", "Odd"), ("rejected", "kept", None), ("7",)), name
        assert read_archive(str(tmp_path / name), "body", limit=1) == Archive((rows[0][0],))


@pytest.mark.parametrize(
    ("word", "meaning"),
    [("Approved", "kept"), (" SPAM ", "rejected"), ("True", "rejected"), ("0.0", "kept"), ("review", None), ("", None)],
)
def test_decisions_in_words(word: str, meaning: str | None) -> None:
    assert judgement(word) == meaning


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"text_column": "nope"}, "there is no column 'nope'"),
        ({"decision_column": "nope"}, "--decision-column: there is no column 'nope'; the columns are text, by"),
        ({"decision_column": "by"}, "no value of 'by' is a decision; known are"),
    ],
)
def test_columns_that_cannot_be_used(tmp_path: Path, options: dict[str, str], message: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text("text,by\nHello,Ann\n")
    with pytest.raises(InputError, match=message.replace("(", r"\(")):
        read_archive(str(file), **options)


async def test_tables_and_plot(tmp_path: Path, strict: Path) -> None:
    report = await compared(Archive(TEXTS, ("rejected", "kept", "kept", None)), default_policy(), load_policy(strict))
    assert len(list(tables(report))) == 6
    plot(report, tmp_path / "report.png")
    assert (tmp_path / "report.png").read_bytes().startswith(b"\x89PNG")


def test_backtest_as_a_command(tmp_path: Path, strict: Path) -> None:
    archive = tmp_path / "old.csv"
    archive.write_text("text,status\nYou are a pathetic idiot.,removed\nThe bridge is fine.,kept\n")
    arguments = ["policy", "backtest", str(strict), "--on", str(archive), "--decision-column", "status"]
    result = runner.invoke(cli.app, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["transitions"]["review"]["reject"] + report["transitions"]["approve"]["reject"] == 1
    assert report["quality"]["reject"]["after"] == {"stopped": 1, "precision": 1.0, "recall": 1.0}
    shown = runner.invoke(cli.app, [*arguments, "--plot", str(tmp_path / "p.svg")], terminal_width=160)
    assert shown.exit_code == 0, shown.output
    assert "2 posts; strict 2 changes 1 (50.0%) against default 1" in shown.output
    assert "<svg" in (tmp_path / "p.svg").read_text()


def test_check_as_a_command(tmp_path: Path, strict: Path) -> None:
    good = runner.invoke(cli.app, ["policy", "check", str(strict)])
    assert (good.exit_code, good.stdout) == (
        0,
        f"{strict}: policy strict 2 is valid: 0 rules, 0 allowed and 1 blocked terms, by default approve\n",
    )
    strict.write_text(STRICT.replace("insult", "insilt"))
    bad = runner.invoke(cli.app, ["policy", "check", str(strict)])
    assert bad.exit_code == 1
    assert f"{strict}:6: labels.insilt: unknown key; did you mean" in bad.output
    assert runner.invoke(cli.app, ["policy", "check", str(tmp_path / "none.toml")]).exit_code == 1
