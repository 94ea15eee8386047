"""The command line with the embedded model."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from service import cli
from service.reading import detect_body
from service.schema import EvidenceAnswer, FlagAnswer, PostAnswer
from service.tables import highlighted
from tests.golden.regenerate import EXPORT, HTML, POSTS

runner = CliRunner()


def run(*arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The command as an operator runs it."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("CIVILITY_")}
    command = [sys.executable, "-m", "service", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=120, env=known | environment)


def test_moderate_prints_a_table(data: Path) -> None:
    result = runner.invoke(cli.app, ["moderate", str(data / "section_01.txt")], terminal_width=160)
    assert result.exit_code == 0, result.output
    assert "conspiracy" in result.output
    assert "civility" in result.output
    assert "article: characters 0 to" in result.output


def test_moderate_as_json_is_the_answer_of_the_api(tmp_path: Path) -> None:
    file = tmp_path / "posts.json"
    file.write_text(json.dumps({"posts": POSTS}))
    result = run("moderate", "--json", str(file))
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    assert [post["id"] for post in answer["posts"]] == [post["id"] for post in POSTS]
    assert [flag["type"] for flag in answer["posts"][1]["flags"]] == ["harassment"]


def test_a_post_in_another_language_says_so(tmp_path: Path) -> None:
    file = tmp_path / "posts.json"
    text = "Ich verstehe nicht, warum die Brücke schon wieder gesperrt ist."
    file.write_text(json.dumps([{"id": "1", "text": text}]))
    result = runner.invoke(cli.app, ["moderate", str(file)], terminal_width=160)
    assert result.exit_code == 0, result.output
    assert "(de): lexicon" in result.output
    assert "not scored" not in result.output


def test_moderate_reads_standard_input() -> None:
    result = run("moderate", "--json", "-", stdin=HTML.encode())
    assert result.returncode == 0, result.stderr
    assert len(json.loads(result.stdout)["posts"]) == 2


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (HTML, "html"),
        (EXPORT, "export"),
        ("\ufeff" + EXPORT, "export"),
        ('<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"></html>', "html"),
        ("<p>Hello</p>", "html"),
        (json.dumps(POSTS), "posts"),
        (json.dumps({"posts": POSTS}), "posts"),
        ("Hello\n<b>there</b>", "text"),
        ("[deleted]\n\nHello", "text"),
    ],
)
def test_the_kind_is_seen_from_the_first_characters(content: str, kind: str) -> None:
    assert detect_body(content.encode()) == kind


@pytest.mark.parametrize(
    ("arguments", "stdin", "message"),
    [
        (("moderate", "/no/such/file"), b"", "/no/such/file: No such file or directory"),
        (("moderate", "-"), b"", "the body is empty"),
        (("moderate", "-"), b"caf\xe9", "the body is not UTF-8: byte 0xe9 at position 3"),
        (("moderate", "--kind", "posts", "-"), b"{", "the body is not JSON"),
        (("moderate", "--model", "no-such-model", "-"), b"Hello", "no-such-model"),
        (("moderate", "--device", "tpu", "-"), b"Hello", "CIVILITY_DEVICE: expected one of auto, cpu, cuda"),
        (("moderate", "--policy", "/no/such/policy.toml", "-"), b"Hello", "/no/such/policy.toml"),
    ],
)
def test_errors_are_one_line_and_status_one(arguments: tuple[str, ...], stdin: bytes, message: str) -> None:
    result = run(*arguments, stdin=stdin)
    assert result.returncode == 1
    assert result.stdout == b""
    assert message in result.stderr.decode()
    assert b"Traceback" not in result.stderr


def test_the_limit_of_bytes_holds_here_too() -> None:
    result = run("moderate", "-", stdin=b"too long", CIVILITY_MAX_BYTES="7")
    assert result.returncode == 1
    assert b"more than 7 bytes" in result.stderr


def test_a_wrong_option_is_a_usage_error() -> None:
    assert run("moderate", "--wrong").returncode == 2


def test_models_are_listed_with_their_places() -> None:
    result = runner.invoke(cli.app, ["models"], terminal_width=200)
    assert result.exit_code == 0
    assert "civility" in result.output
    assert "detoxify:unbiased-small" in result.output


@pytest.mark.parametrize("command", ["serve", "moderate", "models"])
def test_help_teaches(command: str) -> None:
    result = runner.invoke(cli.app, [command, "--help"], terminal_width=120)
    assert result.exit_code == 0
    assert f"civility {command}" in result.output


def test_version() -> None:
    assert runner.invoke(cli.app, ["--version"]).output.startswith("civility ")


def test_evidence_is_highlighted_at_its_code_points() -> None:
    text = "😀 you fool 😀"
    evidence = EvidenceAnswer(6, 10, "fool", "model:insult")
    flag = FlagAnswer("harassment", 0.9, "medium", (evidence,), None, (), "")
    post = PostAnswer("1", 0, None, None, None, None, None, text, (), None, "full", {}, (flag,), "review", ())
    shown = highlighted(post)
    assert [(span.start, span.end) for span in shown.spans] == [(6, 10)]
    console = Console(force_terminal=True, color_system="standard", width=80)
    with console.capture() as capture:
        console.print(shown)
    assert "\x1b[" in capture.get().partition("fool")[0]


def test_serve_names_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = run("serve", "--port", port)
    assert result.returncode == 1
    assert b"cannot listen on 127.0.0.1 port " + port.encode() in result.stderr
    assert b"Traceback" not in result.stderr


def test_activation_reaches_the_model_and_is_checked(tmp_path: Path) -> None:
    """A Hugging Face model whose config does not say is refused until the option says it."""
    pytest.importorskip("torch", reason="the torch extra is not installed")
    transformers = pytest.importorskip("transformers", reason="the torch extra is not installed")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "fool"]
    (tmp_path / "vocab.txt").write_text("\n".join(words))
    transformers.BertTokenizerFast(str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    config = transformers.BertConfig(
        vocab_size=len(words),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        num_labels=2,
    )
    transformers.BertForSequenceClassification(config).save_pretrained(tmp_path)
    section = tmp_path / "section.txt"
    section.write_text("fool")
    command = ["moderate", "--json", "--model", f"hf:{tmp_path}", str(section)]
    refused = runner.invoke(cli.app, command)
    assert refused.exit_code == 1
    assert "--activation" in refused.stderr
    assert "CIVILITY_ACTIVATION" in runner.invoke(cli.app, [*command, "--activation", "tanh"]).stderr
    answer = json.loads(runner.invoke(cli.app, [*command, "--activation", "softmax"]).stdout)
    assert sum(answer["posts"][0]["scores"].values()) == pytest.approx(1.0, abs=1e-3)
