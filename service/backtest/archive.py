"""Reading an archive of comments, of which one column is text and one may be moderators' decisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from service.rescore.columns import RolesAsked, find_roles
from service.rescore.errors import InputError
from service.rescore.source import Selection, open_source

_REJECTED: Final = frozenset(
    [
        "reject",
        "rejected",
        "remove",
        "removed",
        "delete",
        "deleted",
        "spam",
        "trash",
        "hide",
        "hidden",
        "block",
        "blocked",
        "toxic",
        "true",
        "yes",
        "1",
    ]
)
_KEPT: Final = frozenset(
    [
        "approve",
        "approved",
        "accept",
        "accepted",
        "keep",
        "kept",
        "publish",
        "published",
        "visible",
        "ham",
        "ok",
        "clean",
        "false",
        "no",
        "0",
    ]
)

Judgement = Literal["rejected", "kept"]


@dataclass(frozen=True, slots=True)
class Archive:
    """texts: of each comment that has one. decisions: the moderators', None where they said nothing that is known.

    unknown: words of the decision column that mean neither, at most 10.
    """

    texts: tuple[str, ...]
    decisions: tuple[Judgement | None, ...] | None = None
    unknown: tuple[str, ...] = ()


def read_archive(
    location: str, text_column: str | None = None, decision_column: str | None = None, limit: int | None = None
) -> Archive:
    """The first `limit` rows of a file, a folder, a pattern or a URL. Raises `InputError`."""
    source = open_source(location)
    text = find_roles(source.columns, RolesAsked(text=text_column)).text
    if decision_column is not None and decision_column not in source.columns:
        raise InputError(
            f"--decision-column: there is no column {decision_column!r}; the columns are {', '.join(source.columns)}"
        )
    texts: list[str] = []
    words: list[str] = []
    for chunk in source.chunks(text, Selection(limit)):
        found = chunk.batch.column(text).to_pylist()
        rows = [row for row, value in enumerate(found) if value and row not in chunk.bad]
        texts += [found[row] for row in rows]
        if decision_column is not None:
            said = chunk.batch.column(decision_column).to_pylist()
            words += ["" if said[row] is None else str(said[row]) for row in rows]
    if decision_column is None:
        return Archive(tuple(texts))
    decisions = tuple(map(judgement, words))
    if words and not any(decisions):
        raise InputError(
            f"--decision-column: no value of {decision_column!r} is a decision; known are "
            f"{', '.join(sorted(_REJECTED))} and {', '.join(sorted(_KEPT))}"
        )
    strange = dict.fromkeys(
        word[:40] for word, decision in zip(words, decisions, strict=True) if word and decision is None
    )
    return Archive(tuple(texts), decisions, tuple(strange)[:10])


def judgement(word: str) -> Judgement | None:
    """What a moderator's word, number or truth value means."""
    plain = word.strip().lower().removesuffix(".0")
    return "rejected" if plain in _REJECTED else "kept" if plain in _KEPT else None
