"""Usual spellings: which word a listed misspelling stands for, so that a model reads "stupid" where somebody wrote "stpid".

Entries list their words before the words' misspellings. One that sounds like an earlier word, but for its vowels, repeats and
the order of its letters, stands for that one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from service.lexicon.spec import Spec
from service.text.readings import collapse

_SPELLED: Final = "-spelled"  # ends the id of an entry that lists spellings of another one's words
_VOWEL: Final = re.compile(r"[aeiou]|y(?!\b)")
_SOUNDS: Final = str.maketrans("cqzv", "kksu")


def with_usual(specs: Iterable[Spec]) -> Iterator[tuple[str, Spec, str]]:
    """Every form of every entry, in order, with its usual spelling: itself for most, and for words that are no abuse."""
    first: dict[tuple[str, str], str] = {}
    for spec in specs:
        word = spec.entry.id.removesuffix(_SPELLED)
        for text in spec.forms:
            usual = text if spec.hidden else first.setdefault((word, heard(text)), text)
            yield text, spec, text if usual.replace(" ", "") == text.replace(" ", "") else usual


def heard(text: str) -> str:
    """The consonants of a form, of one word in no order."""
    kept = _VOWEL.sub("", collapse(text.replace("ph", "f").translate(_SOUNDS))).replace(" ", "")
    return kept if " " in text else "".join(sorted(kept))
