"""`civility feedback`: what moderators sent to suggestscore, and how our scores compare with it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from models.registry import ModelError
from service.errors import ServiceError
from service.feedback import Feedback, FeedbackError, all_feedback
from service.feedback_report import Agreement, agreements
from service.loading import open_configured
from service.offline import score_attributes
from service.perspective.attributes import canonical
from service.settings import Settings, SettingsError, read_settings

feedback_app = typer.Typer(no_args_is_help=True, help="Moderators' feedback, as it came through suggestscore.")


@feedback_app.command()
def export() -> None:
    """Print all feedback as lines of JSON.

    Example: `civility feedback export > feedback.jsonl`
    """
    try:
        for item in all_feedback(read_settings(os.environ)):
            sys.stdout.write(item.line() + "\n")
    except (FeedbackError, SettingsError) as error:
        raise _failed(error) from None


@feedback_app.command()
def report(
    model: Annotated[str | None, typer.Option("--model", "-m", help="See `civility models`.")] = None,
) -> None:
    """Score the texts of the feedback anew and print precision and recall per attribute and threshold.

    Where a text was judged several times, the last judgement counts.
    """
    try:
        settings = read_settings(os.environ, model=model)
        last = {item.text: item for item in all_feedback(settings)}
        rows = _score(settings, list(last.values())) if last else []
    except (FeedbackError, SettingsError, ModelError, ServiceError) as error:
        raise _failed(error) from None
    Console().print(_table(rows) if rows else "there is no feedback on attributes that this model scores")


def _score(settings: Settings, items: Sequence[Feedback]) -> list[Agreement]:
    model = open_configured(settings)
    scored = asyncio.run(score_attributes(settings, model, [item.text for item in items]))
    said = [{canonical(name): item.value(name) for name in item.scores} for item in items]
    known = [{name: value for name, value in values.items() if value is not None} for values in said]
    return agreements(zip(known, (values or {} for values in scored), strict=True))


def _table(rows: Sequence[Agreement]) -> Table:
    table = Table("attribute", "threshold", "texts", "bad", "flagged", "precision", "recall")
    for row in rows:
        shares = ("" if share is None else f"{share:.3f}" for share in (row.precision, row.recall))
        table.add_row(row.attribute, f"{row.threshold:.2f}", str(row.texts), str(row.bad), str(row.flagged), *shares)
    return table


def _failed(error: Exception) -> typer.Exit:
    typer.echo(f"error: {error}", err=True)
    return typer.Exit(1)
