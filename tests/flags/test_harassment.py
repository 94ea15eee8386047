"""Harassment flags: labels and words, who is meant, threats, self-deprecation, counter-speech, missing labels."""

from __future__ import annotations

import pytest

from models.types import Attribution
from service.flags import Thresholds
from tests.flags.support import flags

CIVIL = [
    "Russia is pushing him, because they know he's weak! I pray we don't get into a war over this!",
    "The president's budget is bad for families and I will vote against it.",
    "I disagree with you, and here is why.",
    "This administration has failed on inflation.",
    "The film was silly but my kids loved it.",
    "Damn, I missed the bus.",
    "You are right, that was a good point.",
]


@pytest.mark.parametrize("text", CIVIL)
def test_civil_posts_are_not_flagged_without_a_model(text: str) -> None:
    assert flags(text) == {}


@pytest.mark.parametrize("text", CIVIL)
def test_civil_posts_are_not_flagged_with_low_scores(text: str) -> None:
    assert flags(text, {"toxicity": 0.2, "insult": 0.1, "threat": 0.02, "identity_attack": 0.05}) == {}


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("You are a moron.", "commenter"),
        ("Believe nothing from the mouth of this administration, one word best describes these leeches, PATHETIC...", "public figure"),
        ("These idiots are leeches.", "group"),
        ("He is a moron.", "person"),
    ],
)  # fmt: skip
def test_words_alone_are_enough_when_they_are_aimed(text: str, target: str) -> None:
    flag = flags(text)["harassment"]
    assert flag.target == target
    assert flag.evidence
    assert all(item.source.startswith("lexicon:insult/") for item in flag.evidence)


def test_all_words_of_abuse_are_evidence() -> None:
    flag = flags("This administration: one word for these leeches, PATHETIC.")["harassment"]
    assert [item.text for item in flag.evidence] == ["leeches", "PATHETIC"]


@pytest.mark.parametrize("label", ["insult", "identity_attack", "severe_toxicity", "threat", "toxicity"])
def test_each_label_alone_can_flag(label: str) -> None:
    flag = flags("You people disgust everyone here.", {label: 0.97}, [Attribution(11, 18, 0.8)])["harassment"]
    assert f"model:{label}" in [item.source for item in flag.evidence]
    assert label.replace("_", " ") in flag.reason


def test_absent_labels_are_not_zero() -> None:
    assert flags("You are a moron.", {"conspiracy": 0.1}).keys() == {"harassment"}


def test_toxicity_needs_somebody_to_be_meant() -> None:
    assert "harassment" not in flags("What a terrible, terrible film.", {"toxicity": 0.7})
    assert "harassment" in flags("You are a terrible, terrible person.", {"toxicity": 0.7})


def test_a_threat_outranks_an_insult() -> None:
    flag = flags("I will find you, idiot.", {"threat": 0.7, "insult": 0.95})["harassment"]
    assert flag.severity == "high"
    assert flag.reason.startswith("threat")


@pytest.mark.parametrize(
    "text",
    ["I was such an idiot.", "I'm an idiot, I locked myself out.", "I feel like a moron today.", "Call me an idiot, but I liked it."],
)  # fmt: skip
@pytest.mark.parametrize("scores", [{}, {"toxicity": 0.8, "insult": 0.75}])
def test_self_deprecation_is_not_harassment(text: str, scores: dict[str, float]) -> None:
    assert "harassment" not in flags(text, scores)


@pytest.mark.parametrize(
    "text",
    [
        "Calling people idiots is not okay.",
        "Don't call him a moron, that is disrespectful.",
        "She was called an idiot by her boss and quit.",
        'Saying "idiot" to a child is wrong.',
    ],
)
@pytest.mark.parametrize("scores", [{}, {"toxicity": 0.7, "insult": 0.6}])
def test_counter_speech_is_not_harassment(text: str, scores: dict[str, float]) -> None:
    assert "harassment" not in flags(text, scores)


def test_a_policy_can_be_lenient_with_public_figures() -> None:
    scores = {"insult": 0.6}
    lenient = Thresholds(leniency={"public figure": 0.3})
    assert "harassment" in flags("The president is a bad man.", scores)
    assert "harassment" not in flags("The president is a bad man.", scores, thresholds=lenient)
    assert "harassment" in flags("You are a bad man.", scores, thresholds=lenient)


def test_profanity_counts_when_it_is_hurled_at_somebody() -> None:
    aimed, idle = (flags(text, {"insult": 0.35}) for text in ("Fook you.", "The fook with this weather."))
    assert "harassment" in aimed
    assert "harassment" not in idle


@pytest.mark.parametrize(
    "text",
    [
        "It is never okay to call anybody a moron.",
        'Whoever wrote "you people are idiots" on that wall should be ashamed.',
        "Moderators, this user keeps writing \"moron\" to everyone.",
        "They are not idiots, they read the contract.",
        "Nurses aren't lazy or idiots, whatever the paper says.",
    ],
)  # fmt: skip
@pytest.mark.parametrize("scores", [{}, {"toxicity": 0.5, "insult": 0.2}])
def test_objections_reports_and_negation_are_not_harassment(text: str, scores: dict[str, float]) -> None:
    assert "harassment" not in flags(text, scores)


def test_negation_that_stresses_is_no_negation() -> None:
    assert "harassment" in flags("You are not just an idiot, you are a moron.")


def test_an_insult_of_a_thing_is_criticism() -> None:
    scores = {"toxicity": 0.6, "insult": 0.35}
    assert "harassment" not in flags("The new parking rule is pathetic.", scores)
    assert "harassment" in flags("The new mayor is pathetic.", scores)


def test_swearing_that_praises_or_stresses_is_not_harassment() -> None:
    scores = {"toxicity": 0.4, "insult": 0.2}
    assert "harassment" not in flags("You are fook brilliant, thank you.", scores)
    assert "harassment" not in flags("What makes you think I give a fook about politics?", scores)
    assert "harassment" in flags("Fook you and your politics.", scores)
