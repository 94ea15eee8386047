"""Functional cases of hate speech, after HateCheck's functionalities: sentences of our own in cases/functions.toml, filled
with groups and words. Used by benchmarks/flags.py; `cases()` is deterministic.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parent / "cases" / "functions.toml"
FILLINGS = 4  # groups that a frame is filled with
SPELLED = 40  # cases of a function that changes spelling
_WORD = re.compile(r"(?<![{\w])[a-z]{4,}(?![}\w])")
_PLAIN = frozenset(
    re.findall(
        r"\w+", "what when with that this these those them they have from over such here there every single nobody much"
    )
)
_JOINT = "\0"  # takes the blank before it away
_LEET = str.maketrans("aeiost", "43105+")


@dataclass(frozen=True, slots=True)
class Case:
    """One text. function: the functionality's name; hateful: whether HateCheck counts such a text as hateful."""

    function: str
    text: str
    hateful: bool


def cases(seed: int = 0) -> list[Case]:
    """All cases, in the order of the file."""
    table = tomllib.loads(SOURCE.read_text(encoding="utf-8"))
    groups = [tuple(line.split("|")) for line in _lines(table["groups"])]
    slurs = [tuple(line.split("|")) for line in _lines(table["slurs"])]
    rng = random.Random(seed)
    frames = {group["id"]: _lines(group.get("frames", "")) for group in table["function"]}
    found = []
    for group in table["function"]:
        found += [Case(group["id"], text, group["hateful"]) for text in _texts(group, frames, groups, slurs, rng)]
    return found


def _texts(
    group: dict[str, Any],
    frames: dict[str, list[str]],
    groups: Sequence[tuple[str, ...]],
    slurs: Sequence[tuple[str, ...]],
    rng: random.Random,
) -> list[str]:
    if "lines" in group:
        return _lines(group["lines"])
    if "spelled" not in group:
        several = [frame for frame in frames[group["id"]] for _ in range(FILLINGS)]
        return list(dict.fromkeys(_filled(frame, groups, slurs, rng) for frame in several))
    pool = [frame for name in group["of"] for frame in frames[name] if "{slur" in frame or _telling(frame)]
    change = _SPELLINGS[group["spelled"]]
    return [_filled(_spelled(rng.choice(pool), change, rng), groups, slurs, rng) for _ in range(SPELLED)]


def _filled(frame: str, groups: Sequence[tuple[str, ...]], slurs: Sequence[tuple[str, ...]], rng: random.Random) -> str:
    plural, one, adj = rng.choice(groups)
    slur, several = rng.choice(slurs)
    for name, word in (("plural", plural), ("one", one), ("adj", adj), ("slurs", several), ("slur", slur)):
        frame = frame.replace(f"{{{name}}}", word)
    return frame[0].upper() + frame[1:]


def _spelled(frame: str, change: Callable[[str, random.Random], str], rng: random.Random) -> str:
    """The frame with its longest telling word changed, or with its word of abuse where it has one."""
    if "{slur" in frame:
        slur = rng.choice(["retard", "faggot", "nigger", "bitch", "tranny"])
        plural = f"{slur}es" if slur == "bitch" else "trannies" if slur == "tranny" else f"{slur}s"
        changed = frame.replace("{slurs}", change(plural, rng)).replace("{slur}", change(slur, rng))
    else:
        word = max(_telling(frame), key=lambda found: (len(found.group()), found.start()))
        changed = frame[: word.start()] + change(word.group(), rng) + frame[word.end() :]
    return changed.replace(f" {_JOINT}", "").replace(_JOINT, "")


def _telling(frame: str) -> list[re.Match[str]]:
    return [word for word in _WORD.finditer(frame) if word.group() not in _PLAIN]


def _swapped(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word) - 2)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _missing(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word) - 1)
    return word[:at] + word[at + 1 :]


_SPELLINGS: dict[str, Callable[[str, random.Random], str]] = {
    "swapped": _swapped,
    "missing": _missing,
    "joined": lambda word, rng: _JOINT + word,
    "spaced": lambda word, rng: " ".join(word),
    "leet": lambda word, rng: word.translate(_LEET),
}


def _lines(block: str) -> list[str]:
    return [line.strip() for line in block.strip().splitlines() if line.strip()]
