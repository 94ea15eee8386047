"""`civility split`: posts as JSON lines, or the source with borders drawn."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli import app

SECTION = Path(__file__).parents[1] / "data" / "section_01.txt"
PASTED = "Maria K.\n2 hours ago\nThe bridge is late again.\n\nTom\n1 hour ago\nAnd over budget.\n"


def test_json_lines_are_the_posts() -> None:
    result = CliRunner().invoke(app, ["split", str(SECTION)])
    assert result.exit_code == 0
    posts = [json.loads(line) for line in result.stdout.splitlines()]
    source = SECTION.read_text("utf-8")
    assert len(posts) == 13
    assert all(post["text"] in source for post in posts if "\n" not in post["text"])
    assert [post["index"] for post in posts] == list(range(13))


def test_standard_input_and_a_kind() -> None:
    result = CliRunner().invoke(app, ["split", "--kind", "text", "-"], input=PASTED)
    assert [json.loads(line)["author"] for line in result.stdout.splitlines()] == ["Maria K.", "Tom"]


def test_show_draws_borders_and_loses_nothing() -> None:
    result = CliRunner().invoke(app, ["split", "--show", "-"], input=PASTED)
    assert result.exit_code == 0
    assert "2 posts" in result.stdout
    assert result.stdout.count("── post ") == 2
    for line in filter(None, PASTED.splitlines()):
        assert line in result.stdout


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"\xff\xfe\x00", "not UTF-8 at byte 0"),
        (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><rss>&a;</rss>', "forbidden_xml"),
    ],
)
def test_a_bad_source_is_named(tmp_path: Path, body: bytes, said: str) -> None:
    path = tmp_path / "bad"
    path.write_bytes(body)
    result = CliRunner().invoke(app, ["split", str(path)])
    assert result.exit_code == 1
    assert said in result.stderr
