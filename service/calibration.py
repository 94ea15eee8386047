"""Thresholds for people who come from Perspective: which of ours flags the same share of their own texts. Pure."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

THRESHOLDS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


class CalibrationError(ValueError):
    """A file that cannot be used; the message names the line or the column."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Texts with the scores that Perspective gave them. columns: attribute -> a score a text, None where there is none."""

    texts: tuple[str, ...]
    columns: dict[str, tuple[float | None, ...]]


@dataclass(frozen=True, slots=True)
class Match:
    """theirs: Perspective's threshold; share: of the texts at or above it. ours: the threshold with the nearest share
    here, None where Perspective flags nothing. same: share of all texts on which both thresholds agree."""

    attribute: str
    texts: int
    theirs: float
    share: float
    ours: float | None
    ours_share: float
    same: float


def read_recorded(lines: Iterable[str], attributes: Sequence[str]) -> Recorded:
    """A CSV file with a column `text` and a column for each attribute, in any case. Raises `CalibrationError`."""
    rows = csv.reader(lines)
    header = [name.strip().lstrip("\ufeff") for name in next(rows, [])]
    if "text" not in [name.lower() for name in header]:
        raise CalibrationError(f"there is no column text; the columns are {', '.join(header) or 'none'}")
    at = [name.lower() for name in header].index("text")
    places = {name.upper(): index for index, name in enumerate(header) if name.upper() in attributes}
    if not places:
        raise CalibrationError(f"no column is an attribute that is scored here; those are {', '.join(attributes)}")
    texts: list[str] = []
    columns: dict[str, list[float | None]] = {name: [] for name in places}
    for row in rows:
        if len(row) <= at or not row[at].strip():
            continue
        texts.append(row[at])
        for name, index in places.items():
            columns[name].append(_score(row[index] if index < len(row) else "", name, rows.line_num))
    if not texts:
        raise CalibrationError("there is no text in the file")
    return Recorded(tuple(texts), {name: tuple(column) for name, column in columns.items()})


def match_thresholds(
    attribute: str, pairs: Sequence[tuple[float, float]], thresholds: Sequence[float] = THRESHOLDS
) -> list[Match]:
    """For each threshold of theirs ours. pairs: (theirs, ours) of each text, at least one."""
    ranked = sorted((ours for _, ours in pairs), reverse=True)
    return [_match(attribute, pairs, ranked, threshold) for threshold in thresholds]


def _match(attribute: str, pairs: Sequence[tuple[float, float]], ranked: Sequence[float], threshold: float) -> Match:
    flagged = sum(theirs >= threshold for theirs, _ in pairs)
    ours = ranked[flagged - 1] if flagged else None
    here = [ours is not None and score >= ours for _, score in pairs]
    same = sum((theirs >= threshold) == flag for (theirs, _), flag in zip(pairs, here, strict=True))
    size = len(pairs)
    return Match(attribute, size, threshold, flagged / size, ours, sum(here) / size, same / size)


def _score(cell: str, name: str, line: int) -> float | None:
    if not cell.strip():
        return None
    try:
        score = float(cell)
    except ValueError:
        raise CalibrationError(f"line {line}, column {name}: expected a number, got {cell[:40]!r}") from None
    if not 0.0 <= score <= 1.0:
        raise CalibrationError(f"line {line}, column {name}: expected 0 to 1, got {cell[:40]}")
    return score
