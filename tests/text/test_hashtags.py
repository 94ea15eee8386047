"""Hashtags that show the words they are made of."""

from __future__ import annotations

import pytest

from service.lexicon import default_lexicon
from service.text.hashtags import hashtags


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("#StopTheSteal now", ["stop the steal"]),
        ("no tag, #blessed, #NOTOK", []),
        ("#drainTheSWAMPnow and #Made_in_USA", ["drain the swam pnow", "made in usa"]),
        ("#2020Election#FakeNews", ["2020 election", "fake news"]),
        ("#", []),
        ("#ÄndereEs", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert [tag.text for tag in hashtags(text)] == words


def test_the_way_back() -> None:
    text = "so #DeepState"
    (tag,) = hashtags(text)
    assert text[slice(*tag.span(0, 4))] == "Deep"
    assert text[slice(*tag.span(5, 10))] == "State"
    assert text[slice(*tag.span(0, 10))] == "DeepState"


def test_what_is_found_in_a_tag() -> None:
    text = "Well. #TheElectionWasStolen #KillAllFaggots"
    found = {match.entry.category: text[match.start : match.end] for match in default_lexicon().find(text)}
    assert found["conspiracy"] == "ElectionWasStolen"
    assert found["slur"] == "KillAllFaggots"
