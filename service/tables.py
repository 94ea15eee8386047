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
    table.add_column("action\nauthor", max_width=12)
    table.add_column("flags\nscores", width=22)
    table.add_column("post", ratio=1)
    for post in answer.posts:
        judged = Text(post.action, style=_COLOURS[post.action])
        table.add_row(
            str(post.index),
            Text("\n").join([judged, Text(post.author)] if post.author else [judged]),
            Text("\n").join([*_flags(post), *_scores(post)]),
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
    """Models, and where they are or what to do to have them."""
    table = Table(expand=True, show_lines=True)
    table.add_column("model", no_wrap=True)
    table.add_column("where it is, or how to get it", ratio=1, overflow="fold")
    for model in models:
        where = filter(None, (str(model.path or ""), model.advice))
        table.add_row(Text(model.name, style="green" if model.available else "dim"), Text("\n".join(where)))
    return table


def _flags(post: PostAnswer) -> list[Text]:
    """A line for each flag, and one for each piece of its evidence, which colours alone would not show on paper."""
    lines = []
    for flag in post.flags:
        style = _SEVERITIES[flag.severity]
        lines.append(Text(f"{flag.type} {flag.score:.2f} {flag.severity}", style=f"bold {style}"))
        lines += [Text(f"“{item.text}”", style=style) for item in flag.evidence]
    return lines


def _scores(post: PostAnswer) -> list[Text]:
    """The labels that stand out, or the highest one."""
    if post.coverage == "lexicon-only":
        return [Text(f"not in the model's language ({post.language}): lexicon only")]
    if not post.scores:
        return [Text("not scored")]
    ranked = sorted(post.scores.items(), key=lambda item: -item[1])
    shown = [item for item in ranked if item[1] >= _SHOWN_SCORE] or ranked[:1]
    return [Text(f"{label} {value:.2f}", style="dim") for label, value in shown]
