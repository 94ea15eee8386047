"""Recall on the lexicon's own words under each attack, with evidence that covers the disguised word."""

from __future__ import annotations

import pytest

from service.lexicon import Lexicon, packaged_specs
from tests.lexicon.attacks import ATTACKS

GOAL = 0.90
LEXICON = Lexicon(packaged_specs())
WORDS = sorted(
    {
        form
        for spec in packaged_specs()
        if spec.entry.category in ("slur", "profanity")
        and not spec.needs
        and not spec.entry.ambiguous
        and spec.disguise
        for form in spec.forms
        if form.isalpha() and len(form) >= 5
    }
)[::6]


def is_found(word: str, disguise: str) -> bool:
    """Whether a slur or swear word is found that covers the disguised word, apart from marks at its ends."""
    before = "well I think "
    text = f"{before}{disguise} is what it says"
    start, end = len(before), len(before) + len(disguise)
    return any(
        match.entry.category in ("slur", "profanity") and match.start <= start + 1 and match.end >= end - 1
        for match in LEXICON.find(text)
    )


def test_there_are_words_enough() -> None:
    assert len(WORDS) >= 250


@pytest.mark.parametrize("attack", ATTACKS)
def test_disguised_words_are_found(attack: str) -> None:
    missed = [word for word in WORDS if not is_found(word, ATTACKS[attack](word))]
    recall = 1 - len(missed) / len(WORDS)
    assert recall >= GOAL, f"{attack}: {recall:.3f}, missed {[(w, ATTACKS[attack](w)) for w in missed[:20]]}"


@pytest.mark.parametrize("attack", [name for name in ATTACKS if name not in ("plain", "upper case")])
def test_disguises_are_marked_as_such(attack: str) -> None:
    word = "cocksuckers"
    matches = LEXICON.find(f"you {ATTACKS[attack](word)}!")
    assert [match.entry.id for match in matches] == ["slur/cocksucker"]
    assert matches[0].obfuscated
    assert matches[0].cost > 0
