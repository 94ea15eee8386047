"""`civility calibrate`: thresholds for those who come from Perspective, from their own recorded scores."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from models.registry import ModelError
from service.calibration import CalibrationError, Match, Recorded, match_thresholds, read_recorded
from service.errors import ServiceError
from service.loading import open_configured
from service.offline import score_attributes
from service.perspective.attributes import scored_attributes
from service.settings import Settings, SettingsError, read_settings

Pairs = Mapping[str, Sequence[tuple[float, float]]]


def calibrate(
    perspective: Annotated[
        Path,
        typer.Option(help="CSV: a column text, and one per attribute, such as TOXICITY, with Perspective's scores."),
    ],
    plot: Annotated[
        Path | None, typer.Option(help="Where to draw both scores of each text and the thresholds (PNG, SVG or PDF).")
    ] = None,
    model: Annotated[str | None, typer.Option("--model", "-m", help="See `civility models`.")] = None,
) -> None:
    """Find the thresholds here that flag the same share of your texts as yours did on Perspective.

    A few hundred texts are enough for the middle of the scale; for thresholds that few texts reach take more.

    Example: `civility calibrate --perspective scores.csv --plot thresholds.png`
    """
    try:
        settings = read_settings(os.environ, model=model)
        pairs = _score(settings, perspective)
        found = [match for name, both in pairs.items() for match in match_thresholds(name, both)]
        Console().print(_table(found))
        if plot is not None:
            _draw(pairs, found, plot)
            typer.echo(f"drawn: {plot}")
    except OSError as error:
        raise _failed(f"{error.filename or perspective}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise _failed(f"{perspective}: the file is not UTF-8") from None
    except (CalibrationError, SettingsError, ModelError, ServiceError) as error:
        raise _failed(str(error)) from None


def _score(settings: Settings, file: Path) -> dict[str, list[tuple[float, float]]]:
    """(theirs, ours) of each text by attribute; texts without one of the two are left out."""
    model = open_configured(settings)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        recorded: Recorded = read_recorded(lines, sorted(scored_attributes(model.card.labels)))
    scored = asyncio.run(score_attributes(settings, model, recorded.texts))
    pairs = {
        name: [(theirs, ours[name]) for theirs, ours in zip(column, scored, strict=True) if theirs is not None and ours]
        for name, column in recorded.columns.items()
    }
    if not any(pairs.values()):
        raise CalibrationError("no text has a score of Perspective")
    return {name: both for name, both in pairs.items() if both}


def _table(found: Sequence[Match]) -> Table:
    table = Table("attribute", "texts", "Perspective", "share", "here", "share here", "agree")
    for match in found:
        ours = "" if match.ours is None else f"{match.ours:.3f}"
        shares = (f"{match.share:.1%}", ours, f"{match.ours_share:.1%}", f"{match.same:.1%}")
        table.add_row(match.attribute, str(match.texts), f"{match.theirs:.2f}", *shares)
    return table


def _draw(pairs: Pairs, found: Sequence[Match], path: Path) -> None:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise CalibrationError("a plot needs matplotlib: pip install 'civility[calibrate]'") from None
    figure = Figure(figsize=(5 * len(pairs), 5), layout="constrained")
    for place, (name, both) in enumerate(pairs.items(), start=1):
        axes = figure.add_subplot(1, len(pairs), place)
        axes.scatter([theirs for theirs, _ in both], [ours for _, ours in both], s=9, alpha=0.35, label="texts")
        known = [(match.theirs, match.ours) for match in found if match.attribute == name and match.ours is not None]
        axes.plot([theirs for theirs, _ in known], [ours for _, ours in known], "o-", color="C3", label="same share")
        axes.set(xlim=(0, 1), ylim=(0, 1), title=name, xlabel="Perspective", ylabel="here")
        axes.legend(loc="upper left")
    try:
        figure.savefig(path)
    except ValueError as error:
        raise CalibrationError(f"{path}: {error}") from None


def _failed(message: str) -> typer.Exit:
    typer.echo(f"error: {message}", err=True)
    return typer.Exit(1)
