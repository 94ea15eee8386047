"""Posts of bare lines: the chance of a border above each line, and the split with the most posts expected to be right.

The chance is logistic in features of the lines around the border (`pairs.py`, `context.py`) and of the running post's
length. With it every run of lines has a chance to be exactly one post, or so nearly one that no reader would mind: a short
line more or less at either end. A split's worth is the sum of its runs' chances, less a price per post; the best split is
found by dynamic programming (a minimum-Bayes-risk decision). Weights (`boundary.json`) come from
`benchmarks/train_boundary.py`.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from service.splitting.context import Context
from service.splitting.pairs import features

_LONGEST = 60
"""A post has at most so many lines; the work is linear in lines times this."""
_NO_CHANCE = 0.002
PRICE = 0.2
"""What a post must be worth: above 0, since one post too many lowers the precision of the whole section. For the best F1
of posts it is about half of the F1 that can be had."""
_SECOND = 0.85
"""What nearly a post is worth, of the whole: where a signature goes is not all the same."""
_ALIKE = 0.9
"""Two runs of lines are the same post from this F1 of their words on."""


@dataclass(frozen=True, slots=True)
class BorderModel:
    """weights: per feature; openers: log-odds per opening words."""

    weights: Mapping[str, float]
    openers: Mapping[str, float]


@cache
def border_model() -> BorderModel:
    """The embedded model."""
    data = json.loads(resources.files(__package__).joinpath("boundary.json").read_text("utf-8"))
    return BorderModel(data["weights"], data["openers"])


def length_features(lines: int, chars: int) -> dict[str, float]:
    """Of the running post: its lines and characters so far."""
    return {"lines": min(lines, 8) / 4, "second_line": float(lines == 1), "chars": math.log1p(chars) / 8}


def border_features(texts: Sequence[str], context: Context, i: int) -> dict[str, float]:
    """What tells whether line i opens a post, but for the running post's length."""
    return {**features(texts[i - 1], texts[i]), **context.features(i)}


def find_borders(
    texts: Sequence[str], rules: Callable[[int], float], model: BorderModel | None = None, price: float = PRICE
) -> list[int]:
    """Indices of lines that open a post, 0 among them. rules(i) is added to the log-odds of a border above line i >= 1."""
    model = model or border_model()
    context = Context(texts, model.openers)
    fixed = [0.0] + [_dot(model.weights, border_features(texts, context, i)) + rules(i) for i in range(1, len(texts))]
    return _decode(texts, fixed, model.weights, price)


def _dot(weights: Mapping[str, float], found: Mapping[str, float]) -> float:
    return sum(weights.get(name, 0.0) * value for name, value in found.items())


def _decode(texts: Sequence[str], fixed: Sequence[float], weights: Mapping[str, float], price: float) -> list[int]:
    n = len(texts)
    exact = _chances(texts, fixed, weights)
    words = [0, *itertools.accumulate(len(text.split()) for text in texts)]
    worth, origin = [0.0] + [-math.inf] * n, [0] * (n + 1)
    for start in range(n):
        for end, chance in enumerate(exact[start], start + 1):
            value = worth[start] + chance + _SECOND * _nearly(exact, words, start, end) - price
            if value > worth[end]:
                worth[end], origin[end] = value, start
    borders = []
    at = n
    while at > 0:
        at = origin[at]
        borders.append(at)
    return borders[::-1]


def _chances(texts: Sequence[str], fixed: Sequence[float], weights: Mapping[str, float]) -> list[list[float]]:
    """Per first line, the chance that exactly the next 1, 2, ... lines are a post."""
    n = len(texts)
    opens = [1.0] + [0.0] * n  # the chance that a post opens at a line
    lengths = [weights.get(name, 0.0) for name in ("lines", "second_line", "chars")]
    found: list[list[float]] = []
    for start in range(n):
        running, chars = opens[start], 0
        row: list[float] = []
        for i in range(start + 1, min(n, start + _LONGEST) + 1):
            chars += len(texts[i - 1])
            if i == n:
                chance = 1.0
            else:
                count = i - start
                odds = (
                    fixed[i]
                    + lengths[0] * min(count, 8) / 4
                    + lengths[1] * (count == 1)
                    + lengths[2] * math.log1p(chars) / 8
                )
                chance = 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))
            row.append(running * chance)
            opens[i] += row[-1]
            running -= row[-1]
            if running < _NO_CHANCE:
                break
        found.append(row)
    return found


def _nearly(exact: Sequence[Sequence[float]], words: Sequence[int], start: int, end: int) -> float:
    """The chance that the post is a run of nearly the same words: one line more or less at either end."""
    size = words[end] - words[start]
    total = 0.0
    for first in (start - 1, start, start + 1):
        if not 0 <= first < end or 4 * abs(words[first] - words[start]) > size:
            continue
        for last in (end - 1, end, end + 1):
            if last <= first or last - first > len(exact[first]) or (first, last) == (start, end):
                continue
            shared = words[min(end, last)] - words[max(start, first)]
            if 2 * shared >= _ALIKE * (size + words[last] - words[first]) and shared:
                total += exact[first][last - first - 1]
    return total
