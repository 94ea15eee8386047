"""The commands `civility rescore` and `civility diff`. What they do needs the extra `rescore`, imported when they run."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from service.loading import open_configured
from service.options import DeviceOption, ModelOption, PrecisionOption
from service.rescore.columns import RolesAsked
from service.rescore.errors import RescoreError
from service.settings import Settings, read_settings

if TYPE_CHECKING:
    from service.rescore.run import Options, Report, Summary

# The exit status of a run that is complete, but not for every row.
INCOMPLETE = 3

# Of a worker on a cluster: with fewer, the models take more memory; with more, one Python process holds them up.
WORKER_CPUS = 2.0


class Engine(StrEnum):
    """Where rows are judged."""

    LOCAL = "local"
    RAY = "ray"


@dataclass(frozen=True, slots=True)
class RayAsked:
    """What the operator says of the cluster; None: not given."""

    address: str | None = None
    workers: int | None = None
    cpus: float | None = None
    gpus: float | None = None


ROLE_HELP = "The column; guessed where it is not given."


def rescore(
    input_: Annotated[
        str, typer.Argument(metavar="INPUT", help="A file, folder or pattern, a URL, or a database's URL with --query.")
    ],
    output: Annotated[Path, typer.Argument(help="A file ending in .parquet, .csv(.gz) or .jsonl(.gz), or a folder.")],
    query: Annotated[str | None, typer.Option(help="SQL; INPUT is then an SQLAlchemy URL. Use ORDER BY.")] = None,
    text_column: Annotated[str | None, typer.Option(help=ROLE_HELP)] = None,
    id_column: Annotated[str | None, typer.Option(help=ROLE_HELP)] = None,
    author_column: Annotated[str | None, typer.Option(help=ROLE_HELP)] = None,
    parent_column: Annotated[str | None, typer.Option(help=ROLE_HELP)] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Rows at most, after --sample.")] = None,
    sample: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of the rows, always the same ones.")] = 1.0,
    only_missing: Annotated[bool, typer.Option("--only-missing", help="Keep the results that the input has.")] = False,
    format_: Annotated[
        str | None, typer.Option("--format", help="Of a folder's files.", show_default="parquet")
    ] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Throw away what an earlier run has written.")] = False,
    model: ModelOption = None,
    device: DeviceOption = None,
    precision: PrecisionOption = None,
    policy: Annotated[
        Path | None, typer.Option("--policy", "-p", help="A policy file (TOML).", show_default="the built-in policy")
    ] = None,
    engine: Annotated[Engine, typer.Option(help="Where rows are judged: here, or on a Ray cluster.")] = Engine.LOCAL,
    address: Annotated[
        str | None,
        typer.Option(
            help="Ray: HOST:PORT of the cluster, or auto.",
            show_default="RAY_ADDRESS, else a cluster on this machine",
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Ray: how many at most.", show_default="as many as fit")
    ] = None,
    worker_cpus: Annotated[float | None, typer.Option(min=0.1, help="Ray: of a worker.", show_default="2")] = None,
    worker_gpus: Annotated[
        float | None, typer.Option(min=0.0, help="Ray: of a worker.", show_default="1 with --device cuda, else 0")
    ] = None,
) -> None:
    """Score an archive: JSON lines, CSV, Parquet, or a database's rows.

    Examples:

    - `civility rescore comments.csv scored.csv`

    - `civility rescore 's3://archive/2026/*.parquet' scored/ --policy strict.toml`

    - `civility rescore postgresql+psycopg://me@db/site scored.parquet --query 'SELECT id, body FROM comments ORDER BY id'`

    - `civility rescore archive.parquet scored/ --engine ray --address auto`

    A run that was ended, in whatever way, goes on with the same command. Rows that cannot be used go to a file of
    rejects; the exit status is then 3.
    """
    _need("pyarrow")
    from service.rescore.run import Options
    from service.rescore.source import Selection

    settings = read_settings(
        os.environ, model=model, device=device, precision=precision, policy=None if policy is None else (policy,)
    )
    options = Options(
        input=input_,
        output=output,
        query=query,
        roles=RolesAsked(text_column, id_column, author_column, parent_column),
        selection=Selection(limit, sample),
        format=format_,
        only_missing=only_missing,
        restart=restart,
    )
    asked = RayAsked(address, workers, worker_cpus, worker_gpus)
    if engine is Engine.LOCAL and asked != RayAsked():
        raise RescoreError("--address, --workers, --worker-cpus and --worker-gpus: only with --engine ray")
    with _progress() as progress:
        report = _shown_in(progress)
        if engine is Engine.RAY:
            summary = _on_ray(options, settings, report, asked)
        else:
            summary = _here(options, settings, report)
    Console().print(summary_table(summary))
    if summary.counts.rejected or summary.counts.unscored:
        raise typer.Exit(INCOMPLETE)


def _here(options: Options, settings: Settings, report: Callable[[Report], None]) -> Summary:
    from service.rescore.run import rescore

    loaded = open_configured(settings)
    try:
        return rescore(options, settings, loaded, report=report)
    finally:
        loaded.close()


def _on_ray(options: Options, settings: Settings, report: Callable[[Report], None], asked: RayAsked) -> Summary:
    from service.rescore.cluster.connect import connected

    with connected(asked.address or os.environ.get("RAY_ADDRESS") or None):
        from service.rescore.cluster.scorer import RayScorer, Workers
        from service.rescore.run import rescore_with

        gpus = asked.gpus if asked.gpus is not None else float(settings.device == "cuda")
        cpus = asked.cpus if asked.cpus is not None else WORKER_CPUS
        scorer = RayScorer(settings, Workers(asked.workers, cpus, gpus))
        return rescore_with(scorer, options, settings, report=report)


def diff(
    old: Annotated[Path, typer.Argument(help="An output of `civility rescore`.")],
    new: Annotated[Path, typer.Argument(help="Another one, of the same comments.")],
    report: Annotated[Path, typer.Option(help="Where the HTML report goes.")] = Path("civility-diff.html"),
    largest: Annotated[int, typer.Option(min=0, help="How many of the largest changes to show.")] = 20,
) -> None:
    """Say what changed between two outputs: scores, actions, the rules behind them, and the posts that moved most.

    Examples:

    - `civility diff scored-old.parquet scored-new.parquet`

    - `civility diff old/ new/ --report /tmp/new-model.html`
    """
    _need("pyarrow", "matplotlib")
    from service.rescore.changes import compare
    from service.rescore.disk import Disk
    from service.rescore.report import html, terminal

    changes = compare(old, new, largest)
    Console().print(terminal(changes))
    page = html(changes).encode()
    Disk().replace(report, lambda stream: stream.write(page))
    Console().print(f"report: {report}", highlight=False)


def summary_table(summary: Summary) -> Table:
    """What a run has done, for people."""
    counts = summary.counts
    table = Table(show_header=False, box=None)
    table.add_row("rows", f"{counts.rows:,}", "complete before; nothing to do" if summary.already else "")
    table.add_row("written", f"{counts.written:,}", str(summary.output))
    if counts.kept:
        table.add_row("kept as they were", f"{counts.kept:,}", "")
    for name, found in (("flag", counts.flags), ("action", counts.actions)):
        for key, count in sorted(found.items()):
            table.add_row(f"{name} {key}", f"{count:,}", f"{count / max(counts.written, 1):.2%}")
    if counts.unscored:
        table.add_row(
            Text("not scored", style="red"), f"{counts.unscored:,}", "the model failed on them; see `reasons`"
        )
    if counts.rejected:
        table.add_row(Text("rejected", style="red"), f"{counts.rejected:,}", str(summary.rejects))
    return table


class _Rate(ProgressColumn):
    """Rows a second of this run."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "-/s", style="cyan")


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}/{task.fields[expected]}"),
        _Rate(),
        TimeElapsedColumn(),
        TextColumn("ETA"),
        TimeRemainingColumn(),
        TextColumn("flags: {task.fields[flags]}"),
        console=Console(stderr=True),
        speed_estimate_period=60.0,
    )


def _shown_in(progress: Progress) -> Callable[[Report], None]:
    """A report as the bar's state. Rows of an earlier run are no part of the rate."""
    task = progress.add_task("reading", total=None, expected="?", flags=0)
    began = False

    def show(report: Report) -> None:
        nonlocal began
        rows, skipping = report.counts.rows, report.counts.rows == report.checked
        if not skipping and not began:
            began = True
            progress.reset(task, completed=report.checked)
        progress.update(
            task,
            description="checking" if skipping else "scoring",
            completed=rows,
            total=report.expected,
            expected="?" if report.expected is None else f"{report.expected:,}",
            flags=f"{sum(report.counts.flags.values()):,}",
        )

    return show


def _need(*modules: str) -> None:
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise RescoreError(f"{', '.join(missing)}: not installed; pip install 'civility[rescore]'")
