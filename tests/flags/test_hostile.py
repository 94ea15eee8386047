"""Hostile phrasing without words of abuse: what is the poster's own, and what is quoted, denied, forbidden or reported."""

from __future__ import annotations

import pytest

from service.flags import PostContext
from service.flags.hostile import hostile
from tests.flags.support import flags, found


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Refugees don't deserve any respect.", "hate"),
        ("Women should never be allowed to vote.", "hate"),
        ("No decent person would ever hire a Muslim.", "hate"),
        ("This town would be cleaner without immigrants.", "hate"),
        ("Gay people are vermin.", "hate"),
        ("I work with Mexicans. They are parasites.", "hate"),
        ("In my opinion disabled people are worthless.", "hate"),
        ("Jews should be gassed.", "hate"),
        ("I'm going to break your legs.", "threat"),
        ("I hope you choke.", "threat"),
        ("Watch your back, we know where you live.", "threat"),
        ("Your village is missing its idiot.", "contempt"),
        ("He has the attention span of a goldfish.", "contempt"),
        ("You are not the sharpest tool in the shed.", "contempt"),
    ],
)
def test_phrases_are_the_posters_own(text: str, category: str) -> None:
    assert hostile(PostContext(text), found(text)).strongest == category


@pytest.mark.parametrize(
    "text",
    [
        "Refugees don't deserve to be treated like this.",
        "Nobody should say that women are vermin.",
        "He claims that gay people are vermin.",
        '"Gay people are vermin" is how it started the last time.',
        "I would never say that immigrants are worthless.",
        "People who think that Jews are vermin should read a book.",
        "Muslims are not animals.",
        "We don't want to kick immigrants out of the country.",
        "I work with Mexicans. They are kind.",
        "The rats are vermin. They are parasites.",
        "Heads should roll at the ministry.",
        "She has a life of her own.",
        "Christians and Muslims are welcome here.",
    ],
)
def test_what_is_not_meant_adds_nothing(text: str) -> None:
    assert hostile(PostContext(text), found(text)).matches == ()
    assert "harassment" not in flags(text, {"toxicity": 0.3, "insult": 0.1, "identity_attack": 0.2})


@pytest.mark.parametrize("scores", [{}, {"toxicity": 0.02, "insult": 0.01, "identity_attack": 0.02, "threat": 0.01}])
def test_a_plain_phrase_flags_whatever_the_model_says(scores: dict[str, float]) -> None:
    flag = flags("Refugees don't deserve any respect.", scores)["harassment"]
    assert flag.target == "group"
    assert [item.source for item in flag.evidence] == ["lexicon:hate/denied-worth"]
    assert "denied rights" in flag.reason


def test_a_threat_is_grave() -> None:
    assert flags("I'm going to break your legs.")["harassment"].severity == "high"


def test_light_contempt_needs_the_model() -> None:
    text = "You should be ashamed of this comment."
    assert "harassment" not in flags(text, {"insult": 0.02, "toxicity": 0.1})
    assert "harassment" in flags(text, {"insult": 0.45, "toxicity": 0.6})


@pytest.mark.parametrize(
    "text",
    [
        "Muslims should be allowed to marry whom they love.",
        "Stop treating women like dirt.",
        "Nobody works harder than immigrants.",
        "Saying that refugees are inferior is racist nonsense.",
    ],
)
def test_standing_up_for_a_group_is_not_harassment(text: str) -> None:
    assert "harassment" not in flags(text, {"toxicity": 0.85, "insult": 0.4, "identity_attack": 0.8})
    assert "harassment" in flags(f"{text} You are a moron.", {"toxicity": 0.95, "insult": 0.95})


def test_words_within_a_phrase_that_is_quoted_are_not_used() -> None:
    text = 'If your first reaction is "Jews are idiots", talk to one.'
    assert "harassment" not in flags(text, {"toxicity": 0.7, "insult": 0.2, "identity_attack": 0.3})
