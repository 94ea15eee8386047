"""Spec: an entry with all that matching needs. Made by compile.py from a TOML table, used by match.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from service.lexicon.entry import Entry


@dataclass(frozen=True, slots=True)
class Spec:
    """An entry and how it is written. Words are lower-case, parted by single spaces.

    forms: every spelling with its inflections. where: "word" for whole words, "start" for beginnings of words, "inside" for
    any part. masks: maskings that are understood by convention, such as "f***". benign: phrases (a trailing * stands for any
    ending) within which the entry is not meant. near / needs: words close by that rule the sense out / are required. name:
    a capitalised form beside another capitalised word is a name. disguise: whether disguised spellings are looked for. emoji:
    pictures that stand for the first form.
    """

    entry: Entry
    forms: tuple[str, ...]
    where: Literal["word", "start", "inside"] = "word"
    masks: tuple[str, ...] = ()
    benign: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    name: bool = False
    disguise: bool = True
    emoji: tuple[str, ...] = ()
    file: str = field(default="", compare=False)

    @property
    def hidden(self) -> bool:
        """Whether the entry's words are nothing when written plainly: they matter where somebody disguises them."""
        return self.entry.category == "plain"
