"""Conspiracy flags: who pushes a theory, who only speaks of it, and how the model and the phrases add up."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.types import Attribution
from service.flags import PostContext
from service.flags.combiner import Coefficients
from service.flags.combiner import conspiracy as fitted
from service.flags.conspiracy import ALONE, MOST_CUES, Features, combine, features
from service.flags.stance import stance_of
from service.splitting.section import Quote
from tests.flags.support import flags, found

STANCES = [
    line.split("\t") for line in (Path(__file__).parent / "stances.tsv").read_text(encoding="utf-8").splitlines()
]


def test_the_table_is_large_and_mixed() -> None:
    kinds = [kind for kind, _ in STANCES]
    assert len(STANCES) >= 150
    assert {kind: kinds.count(kind) >= 20 for kind in set(kinds)} == dict.fromkeys(
        ("push", "report", "mock", "deny", "plain"), True
    )


@pytest.mark.parametrize(("kind", "text"), STANCES)
def test_stances(kind: str, text: str) -> None:
    assert ("conspiracy" in flags(text)) == (kind == "push")


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("The moon landing was faked.", "own"),
        ("I believe the moon landing was faked.", "own"),
        ("She claims that the moon landing was faked.", "reported"),
        ("My uncle thinks the moon landing was faked.", "mocked"),
        ("The moon landing was faked 🤣", "asked"),
        ("It is nonsense that the moon landing was faked; the theory is false.", "denied"),
        ("The moon landing was faked. What a load of rubbish.", "denied"),
        ("They call it a conspiracy theory, but the moon landing was faked.", "own"),
    ],
)
def test_positions(text: str, position: str) -> None:
    phrase = next(m for m in found(text) if not m.entry.ambiguous)
    assert stance_of(PostContext(text), phrase.start, phrase.end).position == position


def test_a_quoted_post_is_not_the_posters() -> None:
    text = "> The election was stolen!\nThat was settled in court."
    assert flags(text, post=PostContext(text, quotes=(Quote(0, 26),))) == {}
    assert "conspiracy" in flags("The election was stolen!\nThat was settled in court.")


def test_all_terms_are_evidence() -> None:
    flag = flags("the deep state just needs something to scare the sheeple")["conspiracy"]
    assert [item.text for item in flag.evidence] == ["deep state", "sheeple"]
    assert [item.source for item in flag.evidence] == ["lexicon:conspiracy/deep-state", "lexicon:conspiracy/wake-up"]


def test_the_model_alone_brings_its_attribution() -> None:
    text = "Somebody gains from all this and has paid for the silence."
    flag = flags(text, {"conspiracy": 0.99}, [Attribution(0, 14, 0.9), Attribution(15, 19, 0.1)])["conspiracy"]
    assert [(item.text, item.source) for item in flag.evidence] == [("Somebody gains", "model:conspiracy")]
    assert flags(text, {"conspiracy": 0.3}) == {}


def test_a_code_word_carries_the_group_it_targets() -> None:
    flag = flags("The Jews control the banks and the media.")["conspiracy"]
    assert "jews" in flag.groups


def test_the_score_rises_with_the_model_with_phrases_and_with_cues() -> None:
    by = Coefficients(bias=-1.0, phrases=1.0, cues=0.5, model=0.8, lowest=-3.0, highest=4.0)
    plain = combine(Features(0.0, 1.0, 1.0, False), by)
    assert plain < combine(Features(1.0, 1.0, 1.0, False), by)
    assert plain < combine(Features(0.0, 2.0, 1.0, False), by)
    assert plain < combine(Features(0.0, 1.0, 2.0, False), by)
    assert plain > combine(Features(0.0, 1.0, 1.0, True), by)


def test_the_packaged_coefficients_count_everything_for_the_theory() -> None:
    by = fitted()
    assert min(by.model, by.phrases, by.cues) > 0
    assert by.lowest < 0 < by.highest


def test_cues_never_flag_a_post_alone() -> None:
    assert combine(Features(None, 0.0, MOST_CUES, False), ALONE) < 0.5
    assert flags("Big pharma, sheep and propaganda. The truth and the narrative. Elites, and 5g.") == {}


def test_the_model_cannot_argue_a_plain_phrase_away() -> None:
    text = "They have to fix the 2020 election."
    assert features(PostContext(text), {"conspiracy": 0.0001}, found(text)).model < fitted().lowest  # type: ignore[operator]
    assert "conspiracy" in flags(text, {"conspiracy": 0.0001})


def test_without_a_score_and_without_phrases_there_is_nothing() -> None:
    assert flags("The bridge is closed.") == {}
