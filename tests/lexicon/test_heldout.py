"""Recall under attacks that the matcher was not written against (heldout.py), and what the model then reads."""

from __future__ import annotations

import random

import pytest

from service.lexicon import Lexicon, packaged_specs
from service.splitting.section import Post
from service.variants import variants
from tests.lexicon.heldout import HELD_OUT

GOAL = 0.90
# Half of the letters drawn with brackets and bars: what is not found is hard to read, too.
LOWER = {"wide leet, half": 0.80}
LEXICON = Lexicon(packaged_specs())


def sample(category: str, size: int) -> list[str]:
    """Unambiguous words of a category, by chance; not those that are disguises already."""
    specs = [spec for spec in packaged_specs() if spec.entry.category == category and spec.disguise and not spec.needs]
    specs = [spec for spec in specs if not spec.entry.id.endswith("-spelled")]
    forms = {form for spec in specs if not spec.entry.ambiguous for form in spec.forms}
    return random.Random(5).sample(sorted(form for form in forms if form.isalpha() and len(form) >= 5), size)


WORDS = [*sample("slur", 60), *sample("profanity", 40), *sample("insult", 60)]


def is_found(disguise: str) -> bool:
    """Whether abuse is found that covers the word, but for two characters at its ends."""
    before = "well I think "
    start, end = len(before), len(before) + len(disguise)
    return any(
        match.entry.category in ("slur", "profanity", "insult") and match.start <= start + 1 and match.end >= end - 2
        for match in LEXICON.find(f"{before}{disguise} is what it says")
    )


@pytest.mark.parametrize("attack", HELD_OUT)
def test_disguised_abuse_is_found(attack: str) -> None:
    rng = random.Random(attack)
    attacked = [(word, HELD_OUT[attack](word, rng)) for word in WORDS]
    missed = [pair for pair in attacked if not is_found(pair[1])]
    assert 1 - len(missed) / len(WORDS) >= LOWER.get(attack, GOAL), missed


# Words that are no abuse in themselves and stand in the lexicon for the model's sake only.
PLAIN = (
    "disgusting",
    "ridiculous",
    "terrorist",
    "immigrants",
    "muslims",
    "garbage",
    "hatred",
    "murder",
    "hypocrite",
    "destroy",
)


@pytest.mark.parametrize(
    "attack",
    # Accents are for the model's own reading, and some masks may hide other words as well.
    [name for name in HELD_OUT if name not in ("wide leet, half", "all vowels masked", "accents")],
)
def test_the_model_reads_the_plain_word(attack: str) -> None:
    rng = random.Random(attack)
    read = 0
    for word in PLAIN:
        text = f"they are {HELD_OUT[attack](word, rng)} people"
        texts = [variant.text.lower() for variant in variants(Post("1", 0, text), LEXICON.find(text))]
        read += any(word in shown for shown in texts)
    assert read >= 0.8 * len(PLAIN)


def test_plain_words_are_nothing_where_they_are_written_plainly() -> None:
    assert {match.entry.category for match in LEXICON.find(" ".join(PLAIN))} <= {"insult", "slur", "profanity"}


def test_pictures_are_words_to_the_model() -> None:
    text = "you 🤡, I🔫you"
    found = LEXICON.find(text)
    assert [(text[match.start : match.end], match.entry.category) for match in found] == [
        ("🤡", "plain"),
        ("🔫", "plain"),
    ]
    assert [variant.text for variant in variants(Post("1", 0, text), found)] == [text, "you clown, i gun you"]
