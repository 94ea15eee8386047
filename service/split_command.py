"""The command `civility split`: the posts of a source, without judging them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.text import Text

from service.errors import ServiceError, Unsplittable
from service.reading import read_file, section_of
from service.settings import SettingsError
from service.splitting import Section, SplitError, WrongSource, detect
from service.splitting.detect import HEAD
from service.splitting.exports import stream_export
from service.splitting.section import Post
from service.splitting.sources import AUTO, FORMATS, is_format

SourceOption = Annotated[
    str,
    typer.Option(
        "--source",
        "--kind",
        metavar="KIND",
        help="What the file is: auto looks at how it begins; text, html, export, json, yaml or posts; or a format: "
        f"{', '.join(FORMATS)}.",
    ),
]
_YAML = (".yml", ".yaml", ".json")


def split(
    file: Annotated[str, typer.Argument(help="A file, a folder of YAML comments, or - for standard input.")],
    source: SourceOption = AUTO,
    show: Annotated[bool, typer.Option("--show", help="Print the source with borders drawn, for reading.")] = False,
) -> None:
    """Split a comment section into posts and print them as JSON lines.

    It takes pasted text, saved pages, exports of WordPress, Disqus and Blogger, comment feeds, the JSON of YouTube,
    Reddit, Discourse, Commento, Isso, Remark42, Mastodon and others, and Staticman's folders. XML exports in a file are
    read piece by piece, in memory that does not grow with them; all else, standard input, and an export whose XML has to be
    repaired, is read whole. What was repaired or left out is told on standard error.

    Examples:

    - `civility split page.html`

    - `civility split --show pasted.txt`

    - `civility split export.xml | jq .author`

    - `civility split --source reddit thread.json`

    - `civility split _data/comments/my-page/`
    """
    if not show and (source in (AUTO, "export") or "export" in FORMATS.get(source, ())) and _is_xml(file):
        try:
            found, posts = stream_export(lambda: Path(file).open("rb"))  # noqa: SIM115 - closed by the reader
            if source in FORMATS and not is_format(found.kind or "", source):
                raise WrongSource(f'the content is {found.kind}, not {source}; did you mean source "{found.kind}"?')
            _print(posts)
        except SplitError as error:
            raise SettingsError(f"{file}: {error.code}: {error}") from None
        _tell(found.notes())
        return
    body = read_source(file)
    try:
        read = read_file(body, source)
        section = section_of(read)
    except Unsplittable as error:
        raise SettingsError(f"{file}: {error.code}: {error.message}") from None
    except ServiceError as error:
        raise SettingsError(f"{file}: {error.message}") from None
    if show:
        Console(soft_wrap=True).print(drawn(read.value if isinstance(read.value, str) else "", section))
    else:
        _print(section.posts)
        _tell(section.notes)


def read_source(file: str, limit: int = -1) -> bytes:
    """A file, standard input (-), or the files of a folder as one; at most `limit` bytes of it, if that is not negative."""
    if file == "-":
        return sys.stdin.buffer.read(limit)
    path = Path(file)
    if path.is_dir():
        return _joined(path, limit)
    with path.open("rb") as opened:
        return opened.read(limit)


def _joined(folder: Path, limit: int) -> bytes:
    """The comments of a folder in the order of their names, as the documents of one YAML file."""
    pieces: list[bytes] = []
    size = 0
    for path in sorted(path for path in folder.iterdir() if path.suffix.lower() in _YAML and path.is_file()):
        pieces.append(
            b"---\n" + path.read_bytes().removeprefix(b"\xef\xbb\xbf").removeprefix(b"---\n").rstrip() + b"\n"
        )
        size += len(pieces[-1])
        if 0 <= limit < size:
            break
    if not pieces:
        raise SettingsError(f"{folder}: the folder holds no YAML files; name the folder with the comments of one page")
    joined = b"".join(pieces)
    return joined[:limit] if limit >= 0 else joined


def _is_xml(file: str) -> bool:
    """Whether it is a file with an XML export, which can be read twice and need not fit into memory."""
    path = Path(file)
    if file == "-" or not path.is_file():
        return False
    with path.open("rb") as opened:
        return detect(opened.read(HEAD).decode("utf-8", "replace")) == "export"


def _print(posts: Iterable[Post]) -> None:
    for post in posts:
        sys.stdout.write(msgspec.json.encode(asdict(post)).decode() + "\n")


def _tell(notes: Iterable[str]) -> None:
    for note in notes:
        Console(stderr=True, soft_wrap=True).print(f"note: {note}", style="yellow", markup=False, highlight=False)


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
