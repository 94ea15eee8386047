"""The command `civility split`: the posts of a source, without judging them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.text import Text

from service.settings import SettingsError
from service.splitting import Section, SplitError, split_any
from service.splitting.detect import Kind
from service.splitting.section import Post


def split(
    file: Annotated[str, typer.Argument(help="A file, or - for standard input, in UTF-8.")],
    kind: Annotated[Kind, typer.Option(help="What the file is; auto looks at how it begins.")] = "auto",
    show: Annotated[bool, typer.Option("--show", help="Print the source with borders drawn, for reading.")] = False,
) -> None:
    """Split a comment section into posts and print them as JSON lines.

    Examples:

    - `civility split page.html`

    - `civility split --show pasted.txt`

    - `civility split export.xml | jq .author`
    """
    try:
        source = _read(file)
        section = split_any(source, kind)
    except UnicodeDecodeError as error:
        raise SettingsError(f"{file}: not UTF-8 at byte {error.start}") from None
    except SplitError as error:
        raise SettingsError(f"{file}: {error.code}: {error}") from None
    if show:
        Console(soft_wrap=True).print(drawn(source, section))
    else:
        for post in section.posts:
            sys.stdout.write(msgspec.json.encode(asdict(post)).decode() + "\n")


def drawn(source: str, section: Section) -> Text:
    """The section for people: plain text whole, with a border above each post; of markup the posts alone."""
    text = Text(f"{section.kind}, confidence {section.confidence:.2f}: {len(section.posts)} posts\n", style="bold")
    for note in section.notes:
        text.append(f"note: {note}\n", style="yellow")
    cursor = 0
    for post in section.posts:
        if post.start is not None and post.end is not None:
            text.append(source[cursor : post.start].strip("\n"), style="dim")
            cursor = post.end
        text.append(f"\n── {' · '.join(_facts(post))} ", style="cyan")
        text.append("─" * 20 + "\n", style="cyan")
        text.append_text(_own(post))
        text.append("\n")
    if cursor or not section.posts:
        text.append(source[cursor:].strip("\n"), style="dim")
    return text


def _facts(post: Post) -> Iterator[str]:
    yield f"post {post.index}"
    if post.author:
        yield post.author
    if post.created_at:
        yield post.created_at
    if post.parent_id:
        yield f"reply to {post.parent_id}"


def _own(post: Post) -> Text:
    """The post's text with the words of others in italics."""
    text = Text(post.text)
    for quote in post.quotes:
        text.stylize("italic dim", quote.start, quote.end)
    return text


def _read(file: str) -> str:
    body = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    return body.decode("utf-8-sig")
