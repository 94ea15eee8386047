"""What changed between two rescored outputs: scores, actions and the rules behind them. Streaming.

Rows are matched by id and text. Outputs keep their input's order, so a row waits in memory for its counterpart only as
long as the two are apart.
"""

from __future__ import annotations

import heapq
import json
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.rescore.errors import InputError
from service.rescore.formats import DIGITS, output_format
from service.rescore.results import earlier_results
from service.rescore.source import Selection, open_source

BINS = 80
ACTIONS = ("approve", "review", "reject")
MOVED = 0.1


@dataclass(frozen=True, slots=True)
class Judged:
    """A row of an output. result: its added columns; None where it has no scores."""

    id: str | None
    text: str
    result: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Rescored:
    """An output, from its manifest. id, text: its columns."""

    path: Path
    model: str
    policy: str
    labels: tuple[str, ...]
    text: str
    id: str | None

    def rows(self) -> Iterator[Judged]:
        """The rows, in order."""
        for chunk in open_source(str(self.path)).chunks(self.text, Selection()):
            texts = chunk.batch.column(self.text).to_pylist()
            ids = [None] * len(texts) if self.id is None else chunk.batch.column(self.id).to_pylist()
            for identity, text, result in zip(ids, texts, earlier_results(chunk.batch, self.labels), strict=True):
                yield Judged(None if identity is None else str(identity), text or "", result)


@dataclass(frozen=True, slots=True)
class Change:
    """One post in both outputs. shift: of the label that moved most."""

    id: str | None
    text: str
    label: str
    shift: float
    old: Mapping[str, Any]
    new: Mapping[str, Any]


@dataclass(slots=True)
class Shift:
    """How one label's score moved. histogram: counts of new - old in `BINS` equal bins from -1 to 1."""

    posts: int = 0
    total: float = 0.0
    absolute: float = 0.0
    moved: int = 0
    histogram: NDArray[np.int64] = field(default_factory=lambda: np.zeros(BINS, np.int64))

    def add(self, shift: float) -> None:
        """Count a post."""
        self.posts += 1
        self.total += shift
        self.absolute += abs(shift)
        self.moved += abs(shift) > MOVED
        self.histogram[min(int((shift + 1) / 2 * BINS), BINS - 1)] += 1


@dataclass(slots=True)
class Changes:
    """The comparison. actions: (old, new) -> posts. rules: (rule, old action, new action) -> posts. unscored: rows that
    have no scores in one of the two; they count for nothing else."""

    old: Rescored
    new: Rescored
    shifts: dict[str, Shift]
    posts: int = 0
    only_old: int = 0
    only_new: int = 0
    unscored: int = 0
    actions: Counter[tuple[str, str]] = field(default_factory=Counter)
    rules: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    largest: list[Change] = field(default_factory=list)

    @property
    def changed(self) -> int:
        """Posts with another action."""
        return sum(count for (old, new), count in self.actions.items() if old != new)


def compare(old_path: Path, new_path: Path, largest: int = 20) -> Changes:
    """Compare two outputs of `civility rescore`. Raises `InputError`."""
    old, new = open_rescored(old_path), open_rescored(new_path)
    shared = [label for label in old.labels if label in new.labels]
    changes = Changes(old, new, {label: Shift() for label in shared})
    heap: list[tuple[float, int, Change]] = []
    for was, now in _pairs(old.rows(), new.rows(), changes):
        if was.result is None or now.result is None:
            changes.unscored += 1
            continue
        change = _count(changes, was, now, was.result, now.result)
        if change is not None and change.shift:
            heapq.heappush(heap, (abs(change.shift), -changes.posts, change))
            if len(heap) > largest:
                heapq.heappop(heap)
    changes.largest = [change for _, _, change in sorted(heap, key=lambda item: item[:2], reverse=True)]
    return changes


def kappa(actions: Mapping[tuple[str, str], int]) -> float | None:
    """Cohen's kappa (1960) of two judges' actions: agreement beyond what their shares give by chance. None where chance
    alone agrees always, or where there is nothing."""
    total = sum(actions.values())
    names = {name for pair in actions for name in pair}
    if not total:
        return None
    agreed = sum(actions.get((name, name), 0) for name in names) / total
    by_chance = 0.0
    for name in names:
        olds = sum(count for (old, _), count in actions.items() if old == name)
        news = sum(count for (_, new), count in actions.items() if new == name)
        by_chance += olds * news / total**2
    return None if by_chance == 1.0 else (agreed - by_chance) / (1.0 - by_chance)


def open_rescored(path: Path) -> Rescored:
    """An output by its manifest. Raises `InputError` where there is none."""
    single = output_format(path) is not None
    manifest = path.with_name(f"{path.name}.manifest.json") if single else path / "_manifest.json"
    try:
        plan = json.loads(manifest.read_bytes())["plan"]
    except OSError:
        raise InputError(
            f"{path}: there is no {manifest.name}, so it is no complete output of `civility rescore`"
        ) from None
    model, policy, columns = plan["model"], plan["policy"], plan["columns"]
    return Rescored(
        path=path,
        model=f"{model['name']} {model['version']}",
        policy=f"{policy['name']} {policy['version']}",
        labels=tuple(model["labels"]),
        text=columns["text"],
        id=columns["id"],
    )


def _count(changes: Changes, was: Judged, now: Judged, old: Mapping[str, Any], new: Mapping[str, Any]) -> Change | None:
    """Count a pair; the label that moved most, if both have a label."""
    changes.posts += 1
    shifts = {
        label: round(new[label] - old[label], DIGITS)
        for label in changes.shifts
        if old[label] is not None and new[label] is not None
    }
    for label, shift in shifts.items():
        changes.shifts[label].add(shift)
    before, after = old["action"], new["action"]
    changes.actions[before, after] += 1
    if before != after:
        for rule in _behind(old, new):
            changes.rules[rule, before, after] += 1
    if not shifts:
        return None
    label = max(shifts, key=lambda name: abs(shifts[name]))
    return Change(now.id, now.text, label, shifts[label], old, new)


def _behind(old: Mapping[str, Any], new: Mapping[str, Any]) -> Sequence[str]:
    """The rules that changed an action: those that now lead to the graver one, or that no longer do."""
    graver = _gravity(new["action"]) > _gravity(old["action"])
    reasons, others = (new["reasons"], old["reasons"]) if graver else (old["reasons"], new["reasons"])
    found = [reason for reason in reasons or () if reason not in (others or ())]
    return found or list(reasons or ()) or ["no reason given"]


def _gravity(action: str) -> int:
    return ACTIONS.index(action) if action in ACTIONS else -1


def _pairs(old: Iterator[Judged], new: Iterator[Judged], changes: Changes) -> Iterator[tuple[Judged, Judged]]:
    """Rows with the same id and text, as soon as both have been read; equal ones in their order."""
    waiting_old: defaultdict[tuple[str | None, str], deque[Judged]] = defaultdict(deque)
    waiting_new: defaultdict[tuple[str | None, str], deque[Judged]] = defaultdict(deque)
    for was, now in zip_longest(old, new):
        if was is not None:
            waiting_old[was.id, was.text].append(was)
        if now is not None:
            waiting_new[now.id, now.text].append(now)
        for row in filter(None, dict.fromkeys((_key(was), _key(now)))):
            olds, news = waiting_old.get(row), waiting_new.get(row)
            while olds and news:
                yield olds.popleft(), news.popleft()
            if not olds:
                waiting_old.pop(row, None)
            if not news:
                waiting_new.pop(row, None)
    changes.only_old = sum(map(len, waiting_old.values()))
    changes.only_new = sum(map(len, waiting_new.values()))


def _key(row: Judged | None) -> tuple[str | None, str] | None:
    return None if row is None else (row.id, row.text)
