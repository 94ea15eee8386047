"""The comparison of two outputs for people: tables for a terminal, and one HTML file with plots that needs no other."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from service.rescore.changes import ACTIONS, BINS, MOVED, Change, Changes, kappa

_RULES = 30
_EXCERPT = 300
_LEAD = 80
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em; color: #222 }
table { border-collapse: collapse; margin: 1em 0 } th, td { border: 1px solid #ccc; padding: .3em .6em; text-align: left }
td.n { text-align: right; font-variant-numeric: tabular-nums } mark { background: #ffd9a8 } svg { max-width: 100%; height: auto }
"""


def terminal(changes: Changes) -> RenderableType:
    """The summary."""
    posts = Table(title="the largest changes", expand=True, show_lines=True)
    for name, ratio in (("id", 1), ("label", 1), ("old", 1), ("new", 1), ("post", 6)):
        posts.add_column(name, ratio=ratio, overflow="fold")
    for change in changes.largest:
        posts.add_row(*(Text(cell) for cell in _cells(change)), _highlighted(change))
    return Group(
        Text(headline(changes)),
        _table("actions: old in rows, new in columns", ("", *ACTIONS), _matrix(changes)),
        _table("score shift, new - old", _SHIFT_HEADER, _shift_rows(changes)),
        _table("actions changed by rule", ("rule", "old", "new", "posts"), _rule_rows(changes)),
        posts,
    )


def html(changes: Changes) -> str:
    """The report as a page."""
    header = ("id", "label", "old", "new", "post and its evidence")
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><title>What changed</title>",
        f"<style>{_STYLE}</style><h1>What changed</h1><p>{escape(headline(changes))}</p>",
        f"<p>old: {escape(str(changes.old.path))}<br>new: {escape(str(changes.new.path))}</p>",
        "<h2>Actions</h2><p>Old in rows, new in columns.</p>",
        _html_table(("", *ACTIONS), _matrix(changes)),
        "<h2>Score shift per label</h2>",
        histograms(changes),
        _html_table(_SHIFT_HEADER, _shift_rows(changes)),
        "<h2>Actions changed by rule</h2>",
        _html_table(("rule", "old", "new", "posts"), _rule_rows(changes)),
        "<h2>The largest changes</h2><table><tr>",
        *(f"<th>{escape(name)}</th>" for name in header),
        "</tr>",
    ]
    for change in changes.largest:
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in _cells(change))
        parts.append(f"<tr>{cells}<td>{_marked(change)}</td></tr>")
    return "".join([*parts, "</table></html>\n"])


def headline(changes: Changes) -> str:
    """One line: what was compared, and how far the two agree."""
    agreement = kappa(changes.actions)
    parts = [
        f"{changes.posts:,} posts: model {changes.old.model} to {changes.new.model},"
        f" policy {changes.old.policy} to {changes.new.policy}",
        f"{changes.changed:,} actions changed ({changes.changed / max(changes.posts, 1):.2%})",
        f"Cohen's kappa {'not defined' if agreement is None else f'{agreement:.3f}'}",
    ]
    for count, words in (
        (changes.only_old, "only in old"),
        (changes.only_new, "only in new"),
        (changes.unscored, "without scores in one of them"),
    ):
        if count:
            parts.append(f"{count:,} {words}")
    for run, other in ((changes.old, changes.new), (changes.new, changes.old)):
        lone = [label for label in run.labels if label not in other.labels]
        if lone:
            parts.append(f"labels only in {run.model}: {', '.join(lone)}")
    return "; ".join(parts)


def histograms(changes: Changes) -> str:
    """One small plot a label, as SVG."""
    import matplotlib
    from matplotlib.figure import Figure

    names = [name for name, shift in changes.shifts.items() if shift.posts]
    if not names:
        return "<p>No label is in both.</p>"
    edges = np.linspace(-1, 1, BINS + 1)
    lines = -(-len(names) // 3)
    with matplotlib.rc_context({"svg.hashsalt": "civility"}):
        figure = Figure(figsize=(12, 2.6 * lines), layout="constrained")
        for number, name in enumerate(names, 1):
            axes = figure.add_subplot(lines, 3, number)
            axes.stairs(changes.shifts[name].histogram, edges, fill=True)
            axes.set(title=name, yscale="symlog", xlim=(-1, 1), xlabel="new - old", ylabel="posts")
            axes.axvline(0, color="black", linewidth=0.6)
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    picture = drawn.getvalue()
    return picture[picture.index("<svg") :]


_SHIFT_HEADER = ("label", "posts", "mean", "mean of absolutes", f"moved by more than {MOVED:g}")


def _shift_rows(changes: Changes) -> Iterator[Sequence[str]]:
    for label, shift in changes.shifts.items():
        count = max(shift.posts, 1)
        yield (
            label,
            f"{shift.posts:,}",
            f"{shift.total / count:+.4f}",
            f"{shift.absolute / count:.4f}",
            f"{shift.moved:,}",
        )


def _rule_rows(changes: Changes) -> Iterator[Sequence[str]]:
    for (rule, old, new), count in changes.rules.most_common(_RULES):
        yield rule, old, new, f"{count:,}"


def _matrix(changes: Changes) -> Iterator[Sequence[str]]:
    for old in ACTIONS:
        yield old, *(f"{changes.actions[old, new]:,}" for new in ACTIONS)


def _table(title: str, header: Sequence[str], rows: Iterator[Sequence[str]]) -> Table:
    table = Table(title=title, title_justify="left")
    for number, name in enumerate(header):
        table.add_column(name, justify="right" if number else "left")
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _html_table(header: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    lines = ["<table><tr>", *(f"<th>{escape(name)}</th>" for name in header), "</tr>"]
    for first, *others in rows:
        lines += [f"<tr><th>{escape(first)}</th>", *(f"<td class=n>{escape(cell)}</td>" for cell in others), "</tr>"]
    return "".join([*lines, "</table>"])


def _cells(change: Change) -> tuple[str, str, str, str]:
    return change.id or "", f"{change.label} {change.shift:+.2f}", _side(change, change.old), _side(change, change.new)


def _side(change: Change, result: Mapping[str, Any]) -> str:
    flags = ", ".join(dict.fromkeys(result["flags"] or ()))
    return f"{result[change.label]:.2f} {result['action']}{f' ({flags})' if flags else ''}"


def _excerpt(change: Change) -> tuple[str, list[tuple[int, int]]]:
    """Part of a long post around its first evidence, and the evidence in it. New evidence comes before old."""
    evidence = change.new["evidence"] or change.old["evidence"] or ()
    spans = sorted({(item["start"], item["end"]) for item in evidence})
    start = max(0, spans[0][0] - _LEAD) if spans and len(change.text) > _EXCERPT else 0
    text = change.text[start : start + _EXCERPT]
    inside = [(max(a - start, 0), min(b - start, len(text))) for a, b in spans]
    return text, [(a, b) for a, b in inside if a < b]


def _highlighted(change: Change) -> Text:
    text, spans = _excerpt(change)
    shown = Text(text)
    for start, end in spans:
        shown.stylize("bold reverse", start, end)
    return shown


def _marked(change: Change) -> str:
    text, spans = _excerpt(change)
    parts, cursor = [], 0
    for start, end in spans:
        if start >= cursor:
            parts += [escape(text[cursor:start]), "<mark>", escape(text[start:end]), "</mark>"]
            cursor = end
    sources = sorted({item["source"] for item in change.new["evidence"] or change.old["evidence"] or ()})
    note = f"<br><small>{escape(', '.join(sources))}</small>" if sources else ""
    return "".join([*parts, escape(text[cursor:])]) + note
