"""Slur flags: plain and ambiguous words, mention and counter-speech, use of oneself."""

from __future__ import annotations

import pytest

from service.flags import PostContext
from service.splitting.section import Quote
from tests.flags.support import flags

USED = [
    "You blorg.",
    "Send the blorgs home.",
    "A blorg stole my bike.",
    "All blorgs should leave.",
    "Typical blorg behaviour.",
    "The blorg next door plays loud music.",
]
MENTIONED = [
    "Calling someone a blorg is wrong.",
    "Don't call people blorgs, it is racist.",
    'The word "blorg" is a slur and you should not use it.',
    'He said "blorg" to her face, which is disgusting.',
    "I was called a blorg at school every day.",
    "My sister was called a blorg on the bus and nobody helped.",
    "Stop using the word blorg, it is offensive.",
    "Kids who yell blorg at others should be suspended, it is hateful.",
    "It's not okay to say blorg.",
    "They screamed at us and called us blorgs.",
]


@pytest.mark.parametrize("text", USED)
def test_a_plain_slur_flags_by_itself(text: str) -> None:
    flag = flags(text)["slur"]
    assert flag.severity == "high"
    assert flag.groups == ("blorgians",)
    assert [item.text.lower()[:5] for item in flag.evidence] == ["blorg"]


@pytest.mark.parametrize("text", MENTIONED)
def test_counter_speech_and_reports_are_no_slurs(text: str) -> None:
    assert "slur" not in flags(text)


def test_an_ambiguous_word_needs_support() -> None:
    text = "The zorb is on the shelf."
    assert "slur" not in flags(text)
    assert "slur" not in flags(text, {"identity_attack": 0.02, "insult": 0.05})
    assert "slur" in flags(text, {"identity_attack": 0.95})
    assert "slur" in flags("Zorbs are subhuman.", {"insult": 0.9})


def test_words_around_support_an_ambiguous_word() -> None:
    assert "slur" in flags("You filthy zorb, you moron.")
    assert "slur" not in flags("He bought a zorb.")


def test_a_reclaimed_word_of_oneself() -> None:
    assert "slur" not in flags("As a fleem, I am happy with the new law.")
    assert "slur" not in flags("I'm a proud fleem.")
    assert "slur" in flags("That fleem again.")


def test_profanity_and_insults_are_no_slurs() -> None:
    assert "slur" not in flags("Damn, what a fook up, you idiot.")


def test_words_in_a_quote_are_not_the_posters() -> None:
    text = "> send the blorgs home\nPlease don't."
    assert "slur" not in flags(text, post=PostContext(text, quotes=(Quote(0, 22),)))
