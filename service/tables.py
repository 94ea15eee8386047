"""What the command line prints for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from models.registry import ModelInfo
from service.schema import ModerateAnswer, PostAnswer

_COLOURS = {"approve": "green", "review": "yellow", "reject": "red"}
_SEVERITIES = {"low": "yellow", "medium": "dark_orange", "high": "red"}
_SHOWN_SCORE = 0.3


def answer_table(answer: ModerateAnswer) -> RenderableType:
    """Posts with their actions, flags and evidence, and a line that sums them up."""
    table = Table(show_lines=True, expand=True)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("author", max_width=16)
    table.add_column("action", no_wrap=True)
    table.add_column("flags", min_width=15)
    table.add_column("scores", min_width=13)
    table.add_column("post", ratio=1)
    for post in answer.posts:
        table.add_row(
            str(post.index),
            Text(post.author or ""),
            Text(post.action, style=_COLOURS[post.action]),
            _flags(post),
            _scores(post),
            highlighted(post),
        )
    return Group(table, Text(summary(answer)))


def summary(answer: ModerateAnswer) -> str:
    """One line: how many posts, what to do with them, and who says so."""
    actions = Counter(post.action for post in answer.posts)
    parts = [f"{len(answer.posts)} posts: " + ", ".join(f"{actions[action]} {action}" for action in _COLOURS)]
    if answer.article is not None and answer.article.end is not None:
        parts.append(f"article: characters {answer.article.start} to {answer.article.end}, not scored")
    parts.append(f"read as {answer.source.kind}")
    parts.append(f"model {answer.model.name} {answer.model.version}")
    parts.append(f"policy {answer.policy.name} {answer.policy.version}")
    return "; ".join([*parts, *answer.source.notes])


def highlighted(post: PostAnswer) -> Text:
    """The post's text with the evidence of its flags marked."""
    text = Text(post.text)
    for flag in post.flags:
        for item in flag.evidence:
            text.stylize(f"bold reverse {_SEVERITIES[flag.severity]}", item.start, item.end)
    return text


def models_table(models: Sequence[ModelInfo]) -> RenderableType:
    """Models with where they come from."""
    table = Table(expand=True)
    for name in ("model", "available", "where"):
        table.add_column(name)
    for model in models:
        where = "\n".join(filter(None, (str(model.path or ""), model.advice)))
        table.add_row(Text(model.name), "yes" if model.available else "no", Text(where, overflow="fold"))
    return table


def _flags(post: PostAnswer) -> Text:
    return Text("\n").join(
        Text(f"{flag.type} {flag.score:.2f} {flag.severity}", style=_SEVERITIES[flag.severity]) for flag in post.flags
    )


def _scores(post: PostAnswer) -> Text:
    """The labels that stand out, or the highest one."""
    if not post.scores:
        return Text("not scored")
    ranked = sorted(post.scores.items(), key=lambda item: -item[1])
    shown = [item for item in ranked if item[1] >= _SHOWN_SCORE] or ranked[:1]
    return Text("\n".join(f"{label} {value:.2f}" for label, value in shown))
