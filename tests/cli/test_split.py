"""`civility split`: posts as JSON lines, or the source with borders drawn."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli import app
from service.reading import detect_body, read_file

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
        (b"\xff\xfe\x00", "not UTF-8: byte 0xff at position 0"),
        (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><rss>&a;</rss>', "forbidden_xml"),
    ],
)
def test_a_bad_source_is_named(tmp_path: Path, body: bytes, said: str) -> None:
    path = tmp_path / "bad"
    path.write_bytes(body)
    result = CliRunner().invoke(app, ["split", str(path)])
    assert result.exit_code == 1
    assert said in result.stderr


def run(*arguments: str) -> list[dict[str, object]]:
    result = CliRunner().invoke(app, ["split", *arguments])
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_folder_of_yaml_is_a_section(tmp_path: Path) -> None:
    (tmp_path / "comment-1.yml").write_text("_id: aa\nname: Anna\nmessage: First\ndate: '2020-05-01T08:00:00.000Z'\n")
    (tmp_path / "comment-2.yml").write_text("_id: bb\nname: Bob\nreplying_to: '1'\nmessage: |\n  Second\n\n  line\n")
    (tmp_path / "notes.txt").write_text("not a comment")
    rows = [(row["id"], row["author"], row["parent_id"], row["text"]) for row in run(str(tmp_path))]
    assert rows == [("aa", "Anna", None, "First"), ("bb", "Bob", "aa", "Second\n\nline")]


def test_a_folder_without_yaml_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["split", str(tmp_path)])
    assert result.exit_code == 1
    assert "holds no YAML files" in result.stderr


def test_an_export_is_read_piece_by_piece_and_its_damage_told(tmp_path: Path) -> None:
    path = tmp_path / "export.xml"
    entry = (
        "<post dsq:id='{}'><message>Tom & {}</message><author><name>Anna</name></author><parent dsq:id='{}'/></post>"
    )
    path.write_text(f"<disqus xmlns:dsq='urn:x'>{entry.format(1, 'Jim', 2)}{entry.format(2, 'Kim', 0)}</disqus>")
    result = CliRunner().invoke(app, ["split", str(path)])
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(row["id"], row["parent_id"], row["text"]) for row in rows] == [
        ("1", "2", "Tom & Jim"),
        ("2", None, "Tom & Kim"),
    ]
    assert "note: the XML was damaged and has been repaired: xmlParseEntityRef" in result.stderr


def test_what_it_prints_it_reads_again(tmp_path: Path) -> None:
    first = run(str(SECTION))
    path = tmp_path / "posts.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in first))
    again = run(str(path))
    assert [(row["id"], row["author"], row["text"]) for row in again] == [
        (row["id"], row["author"], row["text"]) for row in first
    ]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"posts": [{"id": "1", "text": "Hello"}]}', "posts"),
        (b'[{"id": "1", "text": "Hello"}]', "posts"),
        (b'{"text": "Anna says:\\nHello"}', "posts"),
        (b'[{"id": 7, "body": "Hello", "created_utc": 1588320000}]', "json"),
        (b"_id: a\nname: Anna\nmessage: Hello\n", "yaml"),
        (b"<rss><channel><title>Comments on: X</title></channel></rss>", "export"),
        (b'<html><head><meta charset="windows-1251"></head><p>\xcf\xf0\xe8\xe2\xe5\xf2</p></html>', "html"),
        ("<p>Hello</p>".encode("utf-16"), "html"),
    ],
)
def test_every_command_sees_the_same_kind(body: bytes, kind: str) -> None:
    assert detect_body(body) == kind
    assert read_file(body, "auto").kind in (kind, "text")  # a request is what it holds
