"""From frames to rows: a frame is one line of a TOML file with `{slots}`; a group is frames that share their labels.

A group has `kind`, `labels` (known labels only) and either `train` and `eval` frames or `lines` (split 3:1, one frame a line).
Slots are identity terms (`{adj}`, `{plural}`, `{one}`: one and the same term within a row) or lists of `slots.toml`, whose
fillers may hold slots again. `rows` bounds how many rows a split gets; without it, each frame gives one row.
`context` puts up to three neutral sentences around some frames, so that length alone says nothing. `misspelt` damages one or
two words of every row the way people dodge filters or mistype; groups of either sort have it, so that it says nothing either.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

Split = Literal["train", "eval"]

FILES = (
    "identity.toml",
    "benign.toml",
    "hate.toml",
    "functions.toml",
    "counter.toml",
    "objections.toml",
    "insults.toml",
    "contempt.toml",
    "threats.toml",
    "civil.toml",
    "conspiracy.toml",
    "plots.toml",
    "doubts.toml",
    "voices.toml",
    "quarrels.toml",
    "threads.toml",
)
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
    """An identity term in the three forms that frames use: "Muslim", "Muslims", "a Muslim".

    weight: how often the term comes up in training frames that attack nobody, beside 1 for most.
    adj is empty for terms of several words ("black women"): frames that need it pass them over.
    """

    adj: str
    plural: str
    one: str
    weight: float = 1.0

    @property
    def name(self) -> str:
        return self.adj or self.plural

    def fits(self, frame: str) -> bool:
        return bool(self.adj) or "{adj}" not in frame


def _lines(block: str) -> list[str]:
    return [line.strip() for line in block.strip().splitlines() if line.strip()]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_HERE / name).read_text(encoding="utf-8"))


def _terms(split: Split) -> list[Term]:
    """The split's identity terms: those of both splits and its own; weights (a fourth column) are for training only."""
    table = _read("terms.toml")
    columns = [line.split("|") for line in _lines(table["both"]) + _lines(table[split])]
    return [Term(c[0], c[1], c[2], float(c[3]) if len(c) > 3 and split == "train" else 1.0) for c in columns]


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


def _swap(word: str, at: int, _: random.Random) -> str:
    return word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]


def _drop(word: str, at: int, _: random.Random) -> str:
    return word[:at] + word[at + 1 :]


def _double(word: str, at: int, rng: random.Random) -> str:
    return word[:at] + word[at] * rng.choice((1, 2, 4)) + word[at:]


def _leet(word: str, _: int, __: random.Random) -> str:
    return word.translate(str.maketrans("aeiostAEIOST", "43105+43105+"))


def _space(word: str, _: int, rng: random.Random) -> str:
    return rng.choice((" ", ".", "-")).join(word)


def _mask(word: str, at: int, rng: random.Random) -> str:
    return word[:at] + rng.choice("*#@") + word[at + 1 :]


_DAMAGE = (_swap, _drop, _double, _leet, _space, _mask)


def _misspell(text: str, rng: random.Random) -> str:
    """One or two of the longer words damaged, or, one time in eight, all spaces left out."""
    if rng.random() < 0.125:
        return text.replace(" ", "")
    words = text.split(" ")
    long = [i for i, word in enumerate(words) if len(word) > 3 and word.isalpha()]
    for i in rng.sample(long, min(len(long), rng.choice((1, 1, 2)))):
        words[i] = rng.choice(_DAMAGE)(words[i], rng.randint(1, len(words[i]) - 2), rng)
    return " ".join(words)


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


def _next_term(frame: str, terms: list[Term], used: Counter[str], rng: random.Random) -> Term:
    """A term that fits the frame, of those used least for their weight."""
    fitting = [term for term in terms if term.fits(frame)]
    least = min(used[term.name] / term.weight for term in fitting)
    term = rng.choice([term for term in fitting if used[term.name] / term.weight == least])
    used[term.name] += 1
    return term


def _candidates(
    frames: list[str], terms: list[Term], fillers: dict[str, list[str]], group: dict[str, Any], rng: random.Random
) -> Iterator[tuple[str, str | None]]:
    """Endless (text, term), each frame as often as the others and each term as its weight says."""
    order, used = list(frames), Counter[str]()
    while True:
        rng.shuffle(order)
        for frame in order:
            named = any(f"{{{slot}}}" in frame for slot in _TERM_SLOTS)
            term = _next_term(frame, terms, used, rng) if named else rng.choice(terms)
            text = _expand(frame, term, fillers, rng)
            if group.get("misspelt"):
                text = _misspell(text, rng)
            if group.get("context") and rng.random() < CONTEXT_SHARE:
                asides = rng.sample(fillers["aside"], rng.choice((1, 1, 2, 3)))
                at = rng.randint(0, len(asides))
                text = " ".join((*asides[:at], text, *asides[at:]))
            yield _style(text, rng), term.name if named else None


def build(split: Split, seed: int = 0) -> list[Row]:
    """All rows of one split, deterministic for a seed, no text twice (case and punctuation aside)."""
    terms, fillers = _terms(split), _fillers(split)
    evenly = [replace(term, weight=1.0) for term in terms]
    rows: dict[str, Row] = {}
    for name in FILES:
        for number, group in enumerate(_read(name)["group"]):
            rng = random.Random(f"{seed}/{split}/{name}/{number}")
            frames = _frames(group, split)
            wanted = int(group["rows"][split]) if "rows" in group else len(frames)
            labels = {label: float(value) for label, value in group["labels"].items()}
            made = 0
            drawn = evenly if labels.get("identity_attack") == 1.0 else terms
            for tried, (text, term) in enumerate(_candidates(frames, drawn, fillers, group, rng)):
                if made == wanted or tried == wanted * TRIES:
                    break
                if (key := _key(text)) not in rows:
                    rows[key] = Row(text, labels, group["kind"], term)
                    made += 1
    return list(rows.values())
