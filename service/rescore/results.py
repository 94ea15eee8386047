"""Answers of the pipeline as columns, next to the input's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pyarrow as pa

from service.rescore.columns import kept_names
from service.schema import PostAnswer

EVIDENCE = pa.list_(
    pa.struct(
        [
            pa.field("type", pa.string()),
            pa.field("start", pa.int32()),
            pa.field("end", pa.int32()),
            pa.field("source", pa.string()),
        ]
    )
)
_LISTS = {"flags": pa.list_(pa.string()), "evidence": EVIDENCE, "reasons": pa.list_(pa.string())}
_TEXTS = ("action", "model", "policy")
_ORDER = ("flags", "evidence", "action", "reasons", "model", "policy")


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
        added = (*labels, *_ORDER)
        names = [name for name in schema.names if not (only_missing and name in added)]
        kept = tuple(zip(names, kept_names(names, added), strict=True))
        fields = [schema.field(name).with_name(renamed) for name, renamed in kept]
        fields += [pa.field(label, pa.float32()) for label in labels]
        fields += [pa.field(name, _LISTS.get(name, pa.string())) for name in _ORDER]
        return cls(tuple(labels), kept, pa.schema(fields))

    def rows(self, batch: Any, results: Sequence[Mapping[str, Any]]) -> Any:
        """The output's rows for the input's rows and their results, in the same order."""
        arrays = [batch.column(name) for name, _ in self.kept]
        for added in self.schema.names[len(self.kept) :]:
            arrays.append(pa.array([result[added] for result in results], self.schema.field(added).type))
        return pa.record_batch(arrays, schema=self.schema)


def result_of(post: PostAnswer, labels: Sequence[str], model: str, policy: str) -> dict[str, Any]:
    """One post's added columns. A label that was not scored is null."""
    return {
        **{label: post.scores.get(label) for label in labels},
        "flags": [flag.type for flag in post.flags],
        "evidence": [
            {"type": flag.type, "start": item.start, "end": item.end, "source": item.source}
            for flag in post.flags
            for item in flag.evidence
        ],
        "action": post.action,
        "reasons": list(post.reasons),
        "model": model,
        "policy": policy,
    }


def earlier_results(batch: Any, labels: Sequence[str]) -> list[dict[str, Any] | None]:
    """Results that the input itself has, None for the rows that have none or whose values cannot be read.

    A row has its results where its action and at least one of the model's labels are there. A CSV's values are texts.
    """
    names = set(batch.schema.names)
    if "action" not in names or not names & set(labels):
        return [None] * len(batch)
    columns = {
        name: batch.column(name).to_pylist() if name in names else [None] * len(batch) for name in (*labels, *_ORDER)
    }
    return [_earlier({name: values[row] for name, values in columns.items()}, labels) for row in range(len(batch))]


def _earlier(row: dict[str, Any], labels: Sequence[str]) -> dict[str, Any] | None:
    if not row["action"] or all(row[label] is None for label in labels):
        return None
    try:
        found: dict[str, Any] = {label: None if row[label] is None else float(row[label]) for label in labels}
        for name in _LISTS:
            value = row[name]
            found[name] = msgspec.json.decode(value) if isinstance(value, str) else value
        pa.array([found["evidence"]], EVIDENCE)
    except (ValueError, TypeError, pa.ArrowInvalid, pa.ArrowTypeError):
        return None
    return found | {name: None if row[name] is None else str(row[name]) for name in _TEXTS}
