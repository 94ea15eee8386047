"""Verdicts of the pipeline as columns, next to the input's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pyarrow as pa

from service.moderation import Verdict
from service.rescore.columns import kept_names
from service.rescore.formats import DIGITS

_SPAN = [
    pa.field("type", pa.string()),
    pa.field("start", pa.int32()),
    pa.field("end", pa.int32()),
    pa.field("source", pa.string()),
]
EVIDENCE = pa.list_(pa.struct(_SPAN))
_LISTS = {"flags": pa.list_(pa.string()), "evidence": EVIDENCE, "reasons": pa.list_(pa.string())}
_TEXTS = ("action", "model", "policy", "language", "coverage")
# Beside the labels. Extended now and then, never renamed.
ADDED = ("flags", "evidence", "action", "reasons", "model", "policy", "language", "coverage")


@dataclass(slots=True)
class Counts:
    """What happened to the rows of a part, or of the whole run. unscored: posts that the model failed on."""

    rows: int = 0
    written: int = 0
    rejected: int = 0
    unscored: int = 0
    kept: int = 0
    flags: dict[str, int] = field(default_factory=dict)
    actions: dict[str, int] = field(default_factory=dict)

    def add(self, other: Counts) -> None:
        """Count another part too."""
        for name in ("rows", "written", "rejected", "unscored", "kept"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for mine, others in ((self.flags, other.flags), (self.actions, other.actions)):
            for key, count in others.items():
                mine[key] = mine.get(key, 0) + count


@dataclass(frozen=True, slots=True)
class Layout:
    """The output's columns: the input's, renamed where they clash, then the added ones.

    kept: (column of the input, name in the output). With `only_missing`, the input's columns of the added names are
    continued instead of kept.
    """

    labels: tuple[str, ...]
    kept: tuple[tuple[str, str], ...]
    schema: Any

    @classmethod
    def of(cls, schema: Any, labels: Sequence[str], *, only_missing: bool) -> Layout:
        """The layout for an input of this schema."""
        added = (*labels, *ADDED)
        names = [name for name in schema.names if not (only_missing and name in added)]
        kept = tuple(zip(names, kept_names(names, added), strict=True))
        fields = [schema.field(name).with_name(renamed) for name, renamed in kept]
        fields += [pa.field(label, pa.float32()) for label in labels]
        fields += [pa.field(name, _LISTS.get(name, pa.string())) for name in ADDED]
        return cls(tuple(labels), kept, pa.schema(fields))

    def rows(self, batch: Any, results: Results) -> Any:
        """The output's rows for the input's rows and their results, in the same order."""
        added = results.arrays()
        arrays = [batch.column(name) for name, _ in self.kept]
        arrays += [added[name] for name in self.schema.names[len(self.kept) :]]
        return pa.record_batch(arrays, schema=self.schema)


class Results:
    """The added columns, row by row. Plain lists, which Arrow takes without a Python object for each row."""

    def __init__(self, labels: Sequence[str], model: str, policy: str) -> None:
        self._names = model, policy
        self._scores: list[tuple[str, list[float | None]]] = [(label, []) for label in labels]
        self._texts: dict[str, list[str | None]] = {name: [] for name in _TEXTS}
        self._lists = {name: _Lists(len(_SPAN) if name == "evidence" else 1) for name in _LISTS}

    def add(self, verdict: Verdict) -> None:
        """The next row's. A label that was not scored is null."""
        scores = verdict.scores
        for label, column in self._scores:
            value = scores.get(label)
            column.append(None if value is None else round(value, DIGITS))
        flags, decision = verdict.flags, verdict.decision
        self._lists["flags"].add([(flag.type,) for flag in flags])
        self._lists["evidence"].add(
            [(flag.type, item.start, item.end, item.source) for flag in flags for item in flag.evidence]
        )
        self._lists["reasons"].add([(reason,) for reason in decision.reasons])
        texts = (decision.action, *self._names, verdict.language, verdict.coverage)
        for text, values in zip(texts, self._texts.values(), strict=True):
            values.append(text)

    def add_earlier(self, row: Mapping[str, Any]) -> None:
        """The next row's, as `earlier_results` gives it."""
        for label, column in self._scores:
            column.append(row[label])
        for name, lists in self._lists.items():
            values = row[name]
            if values is not None and name == "evidence":
                values = [tuple((value or {}).get(field.name) for field in _SPAN) for value in values]
            elif values is not None:
                values = [(value,) for value in values]
            lists.add(values)
        for name in _TEXTS:
            self._texts[name].append(row[name])

    def count(self, counts: Counts) -> None:
        """Add flags and actions of all rows to `counts`."""
        for name in filter(None, self._lists["flags"].columns[0]):
            counts.flags[name] = counts.flags.get(name, 0) + 1
        for action in filter(None, self._texts["action"]):
            counts.actions[action] = counts.actions.get(action, 0) + 1

    def arrays(self) -> dict[str, Any]:
        """The columns as Arrow arrays, by name."""
        spans = [
            pa.array(column, field.type) for column, field in zip(self._lists["evidence"].columns, _SPAN, strict=True)
        ]
        return {
            **{label: pa.array(column, pa.float32()) for label, column in self._scores},
            **{name: pa.array(column, pa.string()) for name, column in self._texts.items()},
            **{
                name: self._lists[name].array(pa.array(self._lists[name].columns[0], pa.string()))
                for name in ("flags", "reasons")
            },
            "evidence": self._lists["evidence"].array(pa.StructArray.from_arrays(spans, fields=_SPAN)),
        }


class _Lists:
    """A column of lists: the values of all rows one after the other, and where each row's begin."""

    def __init__(self, width: int) -> None:
        self.columns: list[list[Any]] = [[] for _ in range(width)]
        self._starts: list[int | None] = []

    def add(self, values: Sequence[tuple[Any, ...]] | None) -> None:
        self._starts.append(None if values is None else len(self.columns[0]))
        for value in values or ():
            for column, item in zip(self.columns, value, strict=True):
                column.append(item)

    def array(self, values: Any) -> Any:
        return pa.ListArray.from_arrays(pa.array([*self._starts, len(values)], pa.int32()), values)


def earlier_results(batch: Any, labels: Sequence[str]) -> list[dict[str, Any] | None]:
    """Results that the input itself has, None for the rows that have none or whose values cannot be read.

    A row has its results where its action is there and at least one of the model's labels, or where the model does not
    read its language. A CSV's values are texts.
    """
    names = set(batch.schema.names)
    if "action" not in names or not names & set(labels):
        return [None] * len(batch)
    columns = {
        name: batch.column(name).to_pylist() if name in names else [None] * len(batch) for name in (*labels, *ADDED)
    }
    return [_earlier({name: values[row] for name, values in columns.items()}, labels) for row in range(len(batch))]


def _earlier(row: dict[str, Any], labels: Sequence[str]) -> dict[str, Any] | None:
    unread = row["coverage"] == "lexicon-only"
    if not row["action"] or (all(row[label] is None for label in labels) and not unread):
        return None
    try:
        found: dict[str, Any] = {label: None if row[label] is None else float(row[label]) for label in labels}
        for name, kind in _LISTS.items():
            value = row[name]
            found[name] = msgspec.json.decode(value) if isinstance(value, str) else value
            pa.array([found[name]], kind)
    except (ValueError, TypeError, pa.ArrowInvalid, pa.ArrowTypeError):
        return None
    return found | {name: None if row[name] is None else str(row[name]) for name in _TEXTS}
