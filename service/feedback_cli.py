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

from models.registry import ModelError, open_model
from service.app import make_moderator
from service.errors import ServiceError
from service.feedback import Feedback, FeedbackError, read_feedback
from service.feedback_report import Agreement, agreements
from service.metrics import Metrics
from service.perspective.attributes import attribute_values, canonical, scored_attributes
from service.settings import Settings, SettingsError, data_folder, read_settings
from service.splitting.section import Post

feedback_app = typer.Typer(no_args_is_help=True, help="Moderators' feedback, as it came through suggestscore.")


@feedback_app.command()
def export() -> None:
    """Print all feedback as lines of JSON.

    Example: `civility feedback export > feedback.jsonl`
    """
    try:
        for item in read_feedback(data_folder(read_settings(os.environ))):
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
        last = {item.text: item for item in read_feedback(data_folder(settings))}
        rows = asyncio.run(_score(settings, list(last.values()))) if last else []
    except (FeedbackError, SettingsError, ModelError) as error:
        raise _failed(error) from None
    except ServiceError as error:
        raise _failed(error) from None
    Console().print(_table(rows) if rows else "there is no feedback on attributes that this model scores")


async def _score(settings: Settings, items: Sequence[Feedback]) -> list[Agreement]:
    model = open_model(settings.model, settings.device, settings.precision, threads=settings.threads or None)
    moderator = make_moderator(settings, model, Metrics())
    await moderator.engine.start()
    try:
        posts = [Post(id=str(at), index=at, text=item.text) for at, item in enumerate(items)]
        rated = await moderator.rate(posts, sum(len(item.text) for item in items))
    finally:
        await moderator.close()
    scored = scored_attributes(model.card.labels)
    judged = []
    for item, found in zip(items, rated, strict=True):
        said = {canonical(name): item.value(name) for name in item.scores}
        kept = {name: value for name, value in said.items() if value is not None and name in scored}
        judged.append((kept, attribute_values(found, list(kept)) if found.error is None else {}))
    return agreements(judged)


def _table(rows: Sequence[Agreement]) -> Table:
    table = Table("attribute", "threshold", "texts", "bad", "flagged", "precision", "recall")
    for row in rows:
        shares = ("" if share is None else f"{share:.3f}" for share in (row.precision, row.recall))
        table.add_row(row.attribute, f"{row.threshold:.2f}", str(row.texts), str(row.bad), str(row.flagged), *shares)
    return table


def _failed(error: Exception) -> typer.Exit:
    typer.echo(f"error: {error}", err=True)
    return typer.Exit(1)
