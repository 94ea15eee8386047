"""A report as tables for a terminal and as a plot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from service.backtest.report import ACTIONS, Change, Quality, Report

MOST_ROWS = 20


def tables(report: Report) -> Iterator[RenderableType]:
    """What an operator reads before a policy goes live."""
    share = report.changed / max(report.posts, 1)
    yield Text(
        f"{report.posts:,} posts; {report.after} changes {report.changed:,} ({share:.1%}) against {report.before}"
    )
    if report.too_long:
        yield Text(f"{report.too_long:,} posts are over CIVILITY_MAX_CHARACTERS and were left out", style="red")
    if report.unscored:
        yield Text(f"{report.unscored:,} posts have no scores: the model failed on them", style="red")
    yield _transitions(report)
    yield _changes("flag", report.flags)
    yield _changes("reason", report.reasons)
    if report.quality:
        yield _quality(report)
    if report.examples:
        yield _examples(report)


def plot(report: Report, file: Path) -> None:
    """Posts by action before and after, and the transitions, as an image in the format of the file's name."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    before = [sum(report.transitions[action].values()) for action in ACTIONS]
    after = [sum(report.transitions[old][action] for old in ACTIONS) for action in ACTIONS]
    for shift, counts, name in ((-0.2, before, report.before), (0.2, after, report.after)):
        bars = left.bar([place + shift for place in range(len(ACTIONS))], counts, 0.4, label=name)
        left.bar_label(bars)
    left.set_xticks(range(len(ACTIONS)), ACTIONS)
    left.set_ylabel("posts")
    left.legend()
    grid = [[report.transitions[old][new] for new in ACTIONS] for old in ACTIONS]
    changes = [[0 if old == new else count for new, count in enumerate(row)] for old, row in enumerate(grid)]
    palest = 2 * max(1, max(map(max, changes)))  # so that black figures can be read on every field
    right.imshow(changes, cmap="Oranges", vmin=0, vmax=palest)
    for old, row in enumerate(grid):
        for new, count in enumerate(row):
            right.text(new, old, f"{count:,}", ha="center", va="center")
    right.set_xticks(range(len(ACTIONS)), ACTIONS)
    right.set_yticks(range(len(ACTIONS)), ACTIONS)
    right.set_xlabel(f"after: {report.after}")
    right.set_ylabel(f"before: {report.before}")
    figure.suptitle(f"{report.changed:,} of {report.posts:,} posts change")
    figure.savefig(file)


def _transitions(report: Report) -> Table:
    table = Table("", *(f"-> {action}" for action in ACTIONS), title=f"{report.before} -> {report.after}")
    for old in ACTIONS:
        counts = report.transitions[old]
        table.add_row(old, *(f"[bold]{counts[new]:,}[/]" if old != new else f"{counts[new]:,}" for new in ACTIONS))
    return table


def _changes(kind: str, changes: Mapping[str, Change]) -> Table:
    table = Table(kind, "before", "after", "gained", "lost", title=f"posts by {kind}")
    for name, change in list(changes.items())[:MOST_ROWS]:
        table.add_row(
            escape(name), f"{change.before:,}", f"{change.after:,}", f"+{change.gained:,}", f"-{change.lost:,}"
        )
    if len(changes) > MOST_ROWS:
        table.add_row(f"... and {len(changes) - MOST_ROWS} more; see --json")
    return table


def _quality(report: Report) -> Table:
    table = Table(
        "action", "policy", "posts", "precision", "recall", title=f"against {report.moderated:,} moderators' decisions"
    )
    for action, sides in report.quality.items():
        for name, quality in ((report.before, sides["before"]), (report.after, sides["after"])):
            table.add_row(action, escape(name), *_figures(quality))
    return table


def _figures(quality: Quality) -> tuple[str, str, str]:
    shown = ["-" if value is None else f"{value:.2f}" for value in (quality.precision, quality.recall)]
    return f"{quality.stopped:,}", shown[0], shown[1]


def _examples(report: Report) -> Table:
    table = Table("change", "post", "reasons", title="examples")
    for example in report.examples:
        table.add_row(f"{example.before} -> {example.after}", escape(example.excerpt), escape("; ".join(example.why)))
    return table
