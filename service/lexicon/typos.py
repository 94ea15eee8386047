"""Misspelt forms: two neighbouring letters swapped, one doubled, one missing, all vowels left out. Looked up, never searched for.

A swap keeps a word's letters and doubling keeps its runs, so that either is a key; missing letters are listed beforehand: any
letter of long words that are abuse in themselves, vowels of shorter ones too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from service.lexicon.forms import Form
from service.text.readings import collapse

COST: Final = 0.5
_SWAP_FROM: Final = 4  # letters
_FIRM_FROM: Final = 5  # letters of a form that is not abuse in itself
_DOUBLE_FROM: Final = 4
_MISSING_FROM: Final = 7
_VOWEL_FROM: Final = 6  # a vowel
_SKELETON_FROM: Final = 4  # letters that remain without any vowel
_VOWELS: Final = frozenset("aeiou")
_ENDINGS: Final = ("s", "er", "ers", "ed", "in", "ing")  # of forms that are found inside of words


class Typos:
    """An index of the forms that are one word."""

    def __init__(self, forms: Iterable[Form]) -> None:
        self._by_letters: dict[str, list[Form]] = defaultdict(list)
        self._by_runs: dict[str, list[Form]] = defaultdict(list)
        self._short: dict[str, Form] = {}
        for form in _with_endings(forms):
            text = form.text
            if " " in text or form.spec.where == "start" or not _is_firm(form):
                continue
            if len(text) >= _SWAP_FROM:
                self._by_letters["".join(sorted(text))].append(form)
            if len(text) >= _DOUBLE_FROM:
                self._by_runs[collapse(text)].append(form)
            if form.spec.entry.category in ("slur", "profanity"):
                for short in _shortened(form):
                    self._short.setdefault(short, form)

    def find(self, word: str) -> Iterator[tuple[Form, float]]:
        """Forms that the word, which is none itself, may be meant for."""
        for form in self._by_runs.get(collapse(word), ()):
            if abs(len(word) - len(form.text)) == 1 and len(word) > len(form.text):
                yield form, COST
        for form in self._by_letters.get("".join(sorted(word)), ()) if len(word) >= _SWAP_FROM else ():
            if _is_swap(word, form.text):
                yield form, COST
        if word in self._short:
            yield self._short[word], COST


def _is_firm(form: Form) -> bool:
    """Whether little else than the form can be meant by a misspelling of it."""
    mild = form.spec.entry.category in ("profanity", "insult")
    return form.is_telling or form.spec.hidden or mild or len(form.text) >= _FIRM_FROM


def _with_endings(forms: Iterable[Form]) -> Iterator[Form]:
    for form in forms:
        yield form
        if form.spec.where == "inside":
            yield from (replace(form, text=form.text + ending) for ending in _ENDINGS)


def _shortened(form: Form) -> Iterator[str]:
    """The form with a letter left out, or without its vowels."""
    text = form.text
    for i in range(1, len(text) - 1):
        bold = len(text) >= _MISSING_FROM and form.is_telling
        if bold or (len(text) >= _VOWEL_FROM and form.is_telling and text[i] in _VOWELS):
            yield text[:i] + text[i + 1 :]
    bare = text[0] + "".join(letter for letter in text[1:] if letter not in _VOWELS)
    if form.is_telling and len(text) > _SKELETON_FROM and len(bare) >= _SKELETON_FROM:
        yield bare


def _is_swap(word: str, form: str) -> bool:
    """Whether the two differ by one swap of neighbours, other than the last two of four."""
    at = next((i for i, (a, b) in enumerate(zip(word, form, strict=True)) if a != b), len(form))
    return (
        at + 2 < len(form) + (len(form) > _SWAP_FROM)
        and word[at : at + 2] == form[at + 1] + form[at]
        and word[at + 2 :] == form[at + 2 :]
    )
