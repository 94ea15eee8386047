"""What changed between two outputs, and how it is told."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console
from typer.testing import CliRunner

from models.fake import WORDS, FakeModel
from service import cli
from service.rescore.changes import compare, kappa
from service.rescore.errors import InputError
from service.rescore.report import headline, html, terminal
from tests.rescore.support import read_jsonl, run, write_jsonl

POSTS = [
    {"id": 1, "text": "you are an idiot"},
    {"id": 2, "text": "a table & <b>chairs</b>"},
    {"id": 3, "text": "wake up sheeple"},
    {"id": 4, "text": "nice day"},
    {"id": 4, "text": "nice day"},
    {"id": 5, "text": None},
]
NEW = FakeModel({**WORDS, "table": {"insult": 4.0, "toxicity": 4.0}, "sheeple": {"conspiracy": -4.0}}, version="2")


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    source = write_jsonl(tmp_path / "in.jsonl", POSTS)
    old, new = tmp_path / "old.csv", tmp_path / "new"
    run(source, old)
    run(source, new, model=NEW)
    return old, new


def test_shifts_actions_and_rules(pair: tuple[Path, Path]) -> None:
    changes = compare(*pair)
    assert (changes.posts, changes.only_old, changes.only_new, changes.unscored) == (5, 0, 0, 0)
    insult = changes.shifts["insult"]
    assert insult.posts == 5
    assert insult.total == pytest.approx((0.982 - 0.018) + (0.018 - 0.7311), abs=1e-3)
    assert insult.moved == 2
    assert insult.histogram.sum() == 5
    assert insult.histogram[-2:].sum() == 1
    first = changes.largest[0]
    assert (first.id, first.shift > 0.9) == ("2", True)
    assert {change.id for change in changes.largest} == {"2", "3"}
    assert changes.actions["approve", "review"] + changes.actions["approve", "reject"] == 1
    assert all(old == "approve" or new == "approve" for _, old, new in changes.rules)
    assert any(rule.startswith("harassment") for rule, _, _ in changes.rules)
    assert sum(changes.actions.values()) == 5


def test_the_same_output_twice_has_no_changes(pair: tuple[Path, Path]) -> None:
    changes = compare(pair[0], pair[0])
    assert (changes.posts, changes.changed, changes.largest, dict(changes.rules)) == (5, 0, [], {})
    assert kappa(changes.actions) == 1.0


def test_rows_that_one_lacks(pair: tuple[Path, Path], tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in2.jsonl", [*POSTS[4:1:-1], {"id": 9, "text": "new"}])
    run(tmp_path / "in2.jsonl", tmp_path / "other.jsonl")
    changes = compare(pair[0], tmp_path / "other.jsonl")
    assert (changes.posts, changes.only_old, changes.only_new) == (3, 2, 1)
    assert "2 only in old; 1 only in new" in headline(changes)


def test_kappa() -> None:
    # Cohen's own arithmetic on a table of 20 5 / 10 15: 0.7 observed, 0.5 by chance.
    table = Counter(
        {("approve", "approve"): 20, ("approve", "review"): 5, ("review", "approve"): 10, ("review", "review"): 15}
    )
    assert kappa(table) == pytest.approx(0.4)
    assert kappa(Counter({("approve", "approve"): 9})) is None
    assert kappa(Counter()) is None


def test_the_report_stands_alone_and_shows_texts_as_texts(pair: tuple[Path, Path]) -> None:
    page = html(compare(*pair))
    assert "a <mark>table</mark> &amp; &lt;b&gt;chairs&lt;/b&gt;" in page
    assert not re.search(r"<script|<link|<img|src=|href=\"(?!#)", re.sub(r"xmlns[:a-z]*=\"[^\"]*\"", "", page))
    picture = page[page.index("<svg") : page.index("</svg>") + 6]
    assert ElementTree.fromstring(picture).tag.endswith("svg")
    assert html(compare(*pair)) == page


def test_the_terminal_shows_the_same(pair: tuple[Path, Path]) -> None:
    console = Console(width=160, record=True, file=None, quiet=False)
    with console.capture() as captured:
        console.print(terminal(compare(*pair)))
    shown = captured.get()
    for words in ("model fake 1 to fake 2", "Cohen's kappa", "insult", "a table & <b>chairs</b>", "harassment >="):
        assert words in shown


def test_the_command(pair: tuple[Path, Path], tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    result = CliRunner().invoke(cli.app, ["diff", *map(str, pair), "--report", str(report)])
    assert result.exit_code == 0, result.output
    assert report.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_only_complete_outputs_are_compared(pair: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no in\.jsonl\.manifest\.json"):
        compare(tmp_path / "in.jsonl", pair[1])
    assert read_jsonl(tmp_path / "in.jsonl")
