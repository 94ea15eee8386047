"""`civility jobs`: submit archives to a running service, look after them, and fetch the results."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table

if TYPE_CHECKING:
    from service.jobs.client import JobClient

POLL_S = 1.0
_OPEN = ("queued", "running")
_FAILED = 1
_INCOMPLETE = 3

jobs_app = typer.Typer(
    no_args_is_help=True,
    help="""Archives that a running service scores in the background.

    `civility jobs submit comments.csv --wait --output scored.jsonl`

    The address of the service is --server or CIVILITY_SERVER, an API key --key or CIVILITY_KEY. To score an archive without
    a service, see `civility rescore`.
    """,
    rich_markup_mode="markdown",
)

ServerOption = Annotated[str, typer.Option(envvar="CIVILITY_SERVER", help="Address of the service.")]
KeyOption = Annotated[str | None, typer.Option(envvar="CIVILITY_KEY", help="An API key.", show_default=False)]
LOCAL = "http://127.0.0.1:8000"


@jobs_app.command()
def submit(
    source: Annotated[str, typer.Argument(metavar="FILE_OR_URL", help=".jsonl(.gz), .csv(.gz) or .parquet.")],
    server: ServerOption = LOCAL,
    key: KeyOption = None,
    policy: Annotated[str | None, typer.Option(help="A policy's name.", show_default="the service's")] = None,
    format_: Annotated[Literal["jsonl", "parquet"] | None, typer.Option("--format", help="Of the results.")] = None,
    text_column: Annotated[str | None, typer.Option(help="Guessed where it is not given, as the next three.")] = None,
    id_column: Annotated[str | None, typer.Option()] = None,
    author_column: Annotated[str | None, typer.Option()] = None,
    parent_column: Annotated[str | None, typer.Option()] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Rows at most, after --sample.")] = None,
    sample: Annotated[float | None, typer.Option(help="Share of the rows.", show_default="1")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Until the job has ended, with a progress bar.")] = False,
    output: Annotated[Path | None, typer.Option(help="Wait, and fetch the results into this file.")] = None,
) -> None:
    """Submit a job, and print its id."""
    if format_ is None and output is not None and output.suffix == ".parquet":
        format_ = "parquet"
    options = {
        "policy": policy,
        "format": format_,
        "text_column": text_column,
        "id_column": id_column,
        "author_column": author_column,
        "parent_column": parent_column,
        "limit": limit,
        "sample": sample,
    }
    with _errors():
        client = _client(server, key)
        with _bytes() as progress:
            size = Path(source).stat().st_size if "://" not in source else None
            task = progress.add_task("uploading", total=size, visible=size is not None)
            job = client.submit(source, options, lambda sent: progress.advance(task, sent))["id"]
        typer.echo(job)
        if wait or output is not None:
            found = _wait(client, job)
            if output is not None:
                _fetch(client, job, "results", output)
            if found["rows"]["rejected"] or found["rows"]["unscored"]:
                raise typer.Exit(_INCOMPLETE)


@jobs_app.command()
def status(
    job: Annotated[str, typer.Argument(help="Its id.")],
    server: ServerOption = LOCAL,
    key: KeyOption = None,
    wait: Annotated[bool, typer.Option("--wait", help="Until the job has ended, with a progress bar.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what the API answers.")] = False,
) -> None:
    """Say how far a job is."""
    with _errors():
        client = _client(server, key)
        found = _wait(client, job) if wait else client.status(job)
        if as_json:
            sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
        else:
            Console().print(status_table(found))


@jobs_app.command("list")
def list_(server: ServerOption = LOCAL, key: KeyOption = None) -> None:
    """List the jobs, the newest first."""
    with _errors():
        table = Table("id", "state", "name", "rows", "flags", "created")
        for job in _client(server, key).jobs():
            table.add_row(
                job["id"], job["state"], job["name"], _rows(job), str(sum(job["flags"].values())), job["created_at"]
            )
        Console().print(table)


@jobs_app.command()
def results(
    job: Annotated[str, typer.Argument(help="Its id.")],
    output: Annotated[Path, typer.Argument(help="The file to write. A download that broke off is gone on with.")],
    server: ServerOption = LOCAL,
    key: KeyOption = None,
    rejects: Annotated[bool, typer.Option("--rejects", help="The rows that could not be used instead.")] = False,
) -> None:
    """Fetch the results of a job that is done."""
    with _errors():
        _fetch(_client(server, key), job, "rejects" if rejects else "results", output)


@jobs_app.command()
def cancel(
    job: Annotated[str, typer.Argument(help="Its id.")], server: ServerOption = LOCAL, key: KeyOption = None
) -> None:
    """End a job and delete what there is of it; one that has ended is forgotten, with its results."""
    with _errors():
        left = _client(server, key).delete(job)
        typer.echo("forgotten" if left is None else left["state"])


def status_table(job: dict[str, Any]) -> Table:
    """A job for people."""
    table = Table(show_header=False, box=None)
    for name in ("id", "state", "name", "model", "policy", "created_at", "started_at", "finished_at", "expires_at"):
        if job[name] is not None:
            table.add_row(name.replace("_", " "), str(job[name]))
    table.add_row("rows", _rows(job))
    if job["rows"]["per_second"]:
        table.add_row("rows a second", f"{job['rows']['per_second']:,.1f}")
    for name in ("rejected", "unscored"):
        if job["rows"][name]:
            table.add_row(name, f"{job['rows'][name]:,}")
    for kind in ("flags", "actions"):
        for name, count in sorted(job[kind].items()):
            table.add_row(f"{kind[:-1]} {name}", f"{count:,}")
    if job["error"] is not None:
        table.add_row("error", f"{job['error']['message']} ({job['error']['code']})")
    return table


def _wait(client: JobClient, job: str) -> dict[str, Any]:
    """The job once it is done. Raises `ClientError` where it ends otherwise."""
    from service.jobs.client import ClientError

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rows]} rows, flags: {task.fields[flags]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("queued", total=None, rows="", flags=0)
        pause = Event()
        while (found := client.status(job))["state"] in _OPEN:
            total = found["rows"]["total"]
            progress.update(
                task, description=found["state"], completed=found["rows"]["done"], total=total, rows=_rows(found)
            )
            progress.update(task, flags=sum(found["flags"].values()))
            pause.wait(POLL_S)
    if found["state"] != "done":
        detail = found["error"] or {"message": "it has no results", "code": found["state"]}
        raise ClientError(f"the job is {found['state']}: {detail['message']} ({detail['code']})")
    return found


def _fetch(client: JobClient, job: str, what: Literal["results", "rejects"], output: Path) -> None:
    with _bytes() as progress:
        task = progress.add_task("fetching", total=None)
        size = client.download(
            job, what, output, lambda have, total: progress.update(task, completed=have, total=total)
        )
    typer.echo(f"{output}: {size:,} bytes", err=True)


def _rows(job: dict[str, Any]) -> str:
    total = job["rows"]["total"]
    return f"{job['rows']['done']:,}/{'?' if total is None else f'{total:,}'}"


def _bytes() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    return Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)


def _client(server: str, key: str | None) -> JobClient:
    if find_spec("httpx") is None or find_spec("pyarrow") is None:
        typer.echo("error: not installed; pip install 'civility[jobs]'", err=True)
        raise typer.Exit(_FAILED)
    from service.jobs.client import JobClient

    return JobClient(server, key)


@contextmanager
def _errors() -> Iterator[None]:
    """What a user can put right ends as one line and status 1."""
    try:
        yield
    except typer.Exit:
        raise
    except OSError as error:
        typer.echo(f"error: {error.filename or 'file'}: {error.strerror or error}", err=True)
        raise typer.Exit(_FAILED) from None
    except RuntimeError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(_FAILED) from None
