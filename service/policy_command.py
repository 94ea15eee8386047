"""The commands `civility policy check` and `civility policy backtest`."""

from __future__ import annotations

import asyncio
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.console import Console

from service.app import make_moderator
from service.loading import open_configured
from service.metrics import Metrics
from service.policy import Policy, default_policy, load_policy
from service.settings import Settings, SettingsError, read_settings

if TYPE_CHECKING:
    from service.backtest.archive import Archive
    from service.backtest.report import Report

FileArgument = Annotated[Path, typer.Argument(help="A policy file (TOML).")]


def check(file: FileArgument) -> None:
    """Say whether a policy file is valid; if not, name every error with line and key, and exit with 1.

    Examples:

    - `civility policy check strict.toml`

    - `civility policy check strict.toml && kill -HUP $(pidof -s civility)`
    """
    typer.echo(summary(file, load_policy(file)))


def summary(file: Path, policy: Policy) -> str:
    """What a valid file holds."""
    draft = policy.draft
    return (
        f"{file}: policy {policy.name} {policy.version} is valid: {len(draft.rules)} rules, "
        f"{len(draft.allow)} allowed and {len(draft.block)} blocked terms, by default {policy.default}"
    )


def backtest(
    file: FileArgument,
    on: Annotated[
        str, typer.Option("--on", help="Old comments: .parquet, .csv, .jsonl, a folder, a pattern or a URL.")
    ],
    against: Annotated[
        Path | None, typer.Option(help="The policy to compare with.", show_default="the built-in policy")
    ] = None,
    text_column: Annotated[str | None, typer.Option(help="Column of the comments; guessed if not given.")] = None,
    decision_column: Annotated[
        str | None,
        typer.Option(help="Column of the moderators' decisions, such as approved/rejected or 0/1 (rejected)."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Take the first rows only.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Also draw a plot into this file (.png, .svg, .pdf).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="As in `civility moderate`.", show_default="civility")
    ] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu or cuda.", show_default="auto")] = None,
) -> None:
    """Show what a policy would change on old comments, with examples; and, where moderators' decisions are in a
    column, precision and recall of both policies. Each comment is scored once.

    Examples:

    - `civility policy backtest strict.toml --on comments.parquet`

    - `civility policy backtest new.toml --against old.toml --on queue.csv --decision-column status --plot new.png`
    """
    for module, wanted in (("pyarrow", True), ("matplotlib", plot is not None)):
        if wanted and find_spec(module) is None:
            raise SettingsError(f"{module} is not installed; pip install 'civility[rescore]'")
    from service.backtest.archive import read_archive
    from service.backtest.show import plot as draw
    from service.backtest.show import tables

    after, before = load_policy(file), load_policy(against) if against else default_policy()
    settings = read_settings(os.environ, model=model, device=device)
    archive = read_archive(on, text_column, decision_column, limit)
    errors = Console(stderr=True)
    if archive.unknown:
        errors.print(f"decisions that say neither are left out: {', '.join(archive.unknown)}", markup=False)
    report = asyncio.run(_report(settings, archive, before, after, errors))
    if plot is not None:
        try:
            draw(report, plot)
        except ValueError as error:
            raise SettingsError(f"--plot: {error}") from None
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(report) + b"\n")
    else:
        Console().print(*tables(report), sep="\n")


async def _report(settings: Settings, archive: Archive, before: Policy, after: Policy, errors: Console) -> Report:
    from service.backtest.run import backtest as compare

    model = open_configured(settings)
    try:
        moderator = make_moderator(settings, model, Metrics())
        await moderator.engine.start()
        try:
            with errors.status("") as status:
                total = len(archive.texts)
                return await compare(
                    moderator, archive, before, after, lambda done: status.update(f"{done:,} of {total:,} posts")
                )
        finally:
            await moderator.close()
    finally:
        model.close()
