"""From frames to rows: a frame is one line of a TOML file with `{slots}`; a group is frames that share their labels.

A group has `kind`, `labels` (known labels only) and either `train` and `eval` frames or `lines` (split 3:1, one frame a line).
Slots are identity terms (`{adj}`, `{plural}`, `{one}`: one and the same term within a row) or lists of `slots.toml`, whose
fillers may hold slots again. `rows` bounds how many rows a split gets; without it, each frame gives one row.
`context` puts up to three neutral sentences around some frames, so that length alone says nothing.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Split = Literal["train", "eval"]

FILES = ("identity.toml", "hate.toml", "counter.toml", "insults.toml", "civil.toml", "conspiracy.toml")
CONTEXT_SHARE = 0.35  # of a `context` group's rows
TRIES = 30  # attempts per wanted row before a group counts as exhausted
_HERE = Path(__file__).parent
_SLOT = re.compile(r"\{(\w+)\}")
_ARTICLE = re.compile(r"\b([Aa]) (?=(?!one\b)[aeioAEIO])")  # "a idiot"; "a used car" stays
_TERM_SLOTS = ("adj", "plural", "one")


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text. labels: known labels only, each 0..1; kind: the group's name; term: the identity term named."""

    text: str
    labels: dict[str, float]
    kind: str
    term: str | None


@dataclass(frozen=True, slots=True)
class Term:
    """An identity term in the three forms that frames use: "Muslim", "Muslims", "a Muslim"."""

    adj: str
    plural: str
    one: str


def _lines(block: str) -> list[str]:
    return [line.strip() for line in block.strip().splitlines() if line.strip()]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_HERE / name).read_text(encoding="utf-8"))


def _terms(split: Split) -> list[Term]:
    """The split's identity terms: those of both splits and its own."""
    table = _read("terms.toml")
    return [Term(*line.split("|")) for line in _lines(table["both"]) + _lines(table[split])]


def _fillers(split: Split) -> dict[str, list[str]]:
    """Filler lists: of each four, two are for training only, one for both splits, one for evaluation only."""
    slots = {name: _lines(block) for name, block in _read("slots.toml").items()}
    keep: Callable[[int], bool] = (lambda i: i % 4 != 3) if split == "train" else (lambda i: i % 2 == 1)
    return {name: [filler for i, filler in enumerate(fillers) if keep(i)] for name, fillers in slots.items()}


def _frames(group: dict[str, Any], split: Split) -> list[str]:
    if "lines" in group:
        return [line for i, line in enumerate(_lines(group["lines"])) if (i % 4 == 3) == (split == "eval")]
    return _lines(group[split])


def _style(text: str, rng: random.Random) -> str:
    """How people type: mostly as written, at times all lower case, shouted, or without the last full stop."""
    text = text[0].upper() + text[1:] if text[0].islower() and rng.random() < 0.8 else text
    draw = rng.random()
    if draw < 0.12:
        return text.lower()
    if draw < 0.15:
        return text.upper()
    if draw < 0.25:
        return text.rstrip(".")
    return text[:-1] + rng.choice(("!", "!!", "...")) if draw < 0.31 and text.endswith(".") else text


def _key(text: str) -> str:
    """What makes two texts the same row: letters and digits, without case."""
    return "".join(c for c in text.casefold() if c.isalnum())


def _expand(frame: str, term: Term, fillers: dict[str, list[str]], rng: random.Random) -> str:
    """Fill every slot; a slot's first letter is raised where it opens a sentence."""

    def fill(match: re.Match[str]) -> str:
        name = match.group(1)
        text = (
            str(getattr(term, name)) if name in _TERM_SLOTS else _expand(rng.choice(fillers[name]), term, fillers, rng)
        )
        opens = match.start() == 0 or re.search(r"[.!?:]\s+[\"“]?$", match.string[: match.start()]) is not None
        return text[0].upper() + text[1:] if opens else text

    return _ARTICLE.sub(r"\1n ", _SLOT.sub(fill, frame))


def _candidates(
    frames: list[str], terms: list[Term], fillers: dict[str, list[str]], context: bool, rng: random.Random
) -> Iterator[tuple[str, str | None]]:
    """Endless (text, term), each frame and each term as often as the others."""
    order, queue = list(frames), list(terms)
    while True:
        rng.shuffle(order)
        for frame in order:
            if not queue:
                queue = list(terms)
            if len(queue) == len(terms):
                rng.shuffle(queue)
            named = any(f"{{{slot}}}" in frame for slot in _TERM_SLOTS)
            term = queue.pop() if named else rng.choice(terms)
            text = _expand(frame, term, fillers, rng)
            if context and rng.random() < CONTEXT_SHARE:
                asides = rng.sample(fillers["aside"], rng.choice((1, 1, 2, 3)))
                at = rng.randint(0, len(asides))
                text = " ".join((*asides[:at], text, *asides[at:]))
            yield _style(text, rng), term.adj if named else None


def build(split: Split, seed: int = 0) -> list[Row]:
    """All rows of one split, deterministic for a seed, no text twice (case and punctuation aside)."""
    terms, fillers = _terms(split), _fillers(split)
    rows: dict[str, Row] = {}
    for name in FILES:
        for number, group in enumerate(_read(name)["group"]):
            rng = random.Random(f"{seed}/{split}/{name}/{number}")
            frames = _frames(group, split)
            wanted = int(group["rows"][split]) if "rows" in group else len(frames)
            labels = {label: float(value) for label, value in group["labels"].items()}
            made = 0
            for tried, (text, term) in enumerate(_candidates(frames, terms, fillers, group.get("context", False), rng)):
                if made == wanted or tried == wanted * TRIES:
                    break
                if (key := _key(text)) not in rows:
                    rows[key] = Row(text, labels, group["kind"], term)
                    made += 1
    return list(rows.values())
