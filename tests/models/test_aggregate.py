"""Window scores to post scores, token values to spans of whole words."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.aggregate import activate, label_probabilities, merge_tokens, post_scores
from models.attribution import spans_above, spans_from_contributions, word_at
from models.card import ModelCard
from models.labels import standard_names
from models.types import Attribution, Encoded, Window, WindowScores


def card(**changes: object) -> ModelCard:
    facts: dict[str, object] = {
        "name": "t",
        "version": "1",
        "labels": ("toxicity", "insult"),
        "activation": "sigmoid",
        "window": 8,
        "stride": 2,
    }
    return ModelCard(**{**facts, **changes})  # type: ignore[arg-type]


def window(offsets: list[tuple[int, int]], index: int = 0) -> Window:
    return Window(np.zeros(len(offsets), np.int64), np.array(offsets, np.int32), index)


def scores(*logits: float, tokens: list[float] | None = None) -> WindowScores:
    return WindowScores(np.array(logits, np.float32), None if tokens is None else np.array(tokens, np.float32))


def test_highest_window_per_label_wins() -> None:
    encoded = Encoded("ab", (window([(0, 1)]), window([(1, 2)], 1)))
    found = post_scores(card(), encoded, [scores(2.0, -3.0), scores(-1.0, 1.0)])
    assert found.values["toxicity"] == pytest.approx(1 / (1 + math.exp(-2)))
    assert found.values["insult"] == pytest.approx(1 / (1 + math.exp(-1)))
    assert found.toxic_spans is None


def test_calibration_comes_before_the_activation() -> None:
    fitted = card(calibration={"insult": (2.0, -1.0)})
    (row,) = label_probabilities(fitted, [scores(0.5, 0.5)])
    assert row[0] == pytest.approx(1 / (1 + math.exp(-0.5)))
    assert row[1] == pytest.approx(0.5)


def test_softmax_is_one_distribution() -> None:
    (row,) = label_probabilities(card(activation="softmax"), [scores(1000.0, 1001.0)])
    assert row.sum() == pytest.approx(1.0)
    assert row[1] == pytest.approx(math.e / (1 + math.e))


@settings(deadline=None, max_examples=60)  # a busy machine is not a failure
@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=5))
def test_activations_stay_in_range(logits: list[float]) -> None:
    for activation in ("sigmoid", "softmax"):
        found = activate(np.array(logits), activation)
        assert ((found >= 0) & (found <= 1)).all()
        assert found[int(np.argmax(logits))] == found.max()


def test_scores_must_match_windows() -> None:
    with pytest.raises(ValueError, match="expected 1, one a window, got 0"):
        post_scores(card(), Encoded("a", (window([(0, 1)]),)), [])


def test_token_spans_merge_over_windows_by_maximum() -> None:
    text = "you damn fools"
    first = window([(0, 0), (0, 3), (4, 8), (8, 8)])
    second = window([(4, 4), (4, 8), (9, 14), (14, 14)], 1)
    encoded = Encoded(text, (first, second))
    found = post_scores(
        card(token_head=True, token_threshold=0.6),
        encoded,
        [scores(0, 0, tokens=[9, -2, 0.2, 9]), scores(0, 0, tokens=[9, 1.0, 2.0, 9])],
    )
    assert found.toxic_spans is not None
    (span,) = found.toxic_spans
    assert text[span.start : span.end] == "damn fools"
    assert span.weight == pytest.approx(1 / (1 + math.exp(-2)), abs=1e-6)


def test_merge_drops_special_tokens() -> None:
    offsets, values = merge_tokens([np.array([[0, 0], [0, 2]], np.int32)], [np.array([0.9, 0.1], np.float32)])
    assert offsets.tolist() == [[0, 2]]
    assert values.tolist() == pytest.approx([0.1])


@pytest.mark.parametrize(
    ("text", "token", "word"),
    [
        ("you sheeple!", (6, 8), "sheeple"),
        ("the C*K suckers", (4, 5), "C*K"),
        ("the C*K suckers", (5, 6), "C*K"),
        ("f***ing mad", (0, 1), "f***ing"),
        ("BS,the deep", (0, 2), "BS"),
        ("don’t go", (0, 3), "don’t"),
        ("wait -- no", (5, 7), None),
        ("mad 🖕 man", (4, 5), "🖕"),
        (" - mad", (0, 6), "mad"),
        ("e\u0301te\u0301", (0, 1), "e\u0301te\u0301"),
        ("end.*", (3, 5), None),
    ],
)
def test_word_at(text: str, token: tuple[int, int], word: str | None) -> None:
    found = word_at(text, *token)
    assert (text[slice(*found)] if found else None) == word


@settings(deadline=None, max_examples=60)  # a busy machine is not a failure
@given(st.text(max_size=60), st.data())
def test_word_at_covers_what_it_keeps(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    found = word_at(text, start, end)
    if any(char.isalnum() for char in text[start:end]):
        assert found is not None
    if found is not None:
        kept = [at for at in range(start, end) if text[at].isalnum()]
        assert all(found[0] <= at < found[1] for at in kept)
        assert 0 <= found[0] < found[1] <= len(text)


def test_words_apart_stay_apart() -> None:
    text = "fools, and liars"
    offsets = np.array([[0, 5], [5, 6], [7, 10], [11, 16]], np.int32)
    found = spans_above(text, offsets, np.array([0.9, 0.9, 0.1, 0.8], np.float32), 0.5)
    assert [(text[span.start : span.end], round(span.weight, 2)) for span in found] == [("fools", 0.9), ("liars", 0.8)]


def test_contributions_are_summed_over_words() -> None:
    text = "you sheeple are asleep"
    offsets = np.array([[0, 0], [0, 3], [4, 9], [9, 11], [12, 15], [16, 22], [22, 22]], np.int32)
    values = np.array([9.0, 0.1, 0.4, 0.4, -1.0, 0.5, 9.0], np.float32)
    found = spans_from_contributions(text, offsets, values)
    assert [(text[span.start : span.end], round(span.weight, 3)) for span in found] == [
        ("sheeple", 1.0),
        ("asleep", 0.625),
    ]


@pytest.mark.parametrize("flood", ["f*", "*", "-a", "ff ", "f\u0301"])
def test_floods_cost_no_more_than_words(flood: str) -> None:
    """Every character of the longest post flagged: seconds, not minutes (the test's time limit is pytest's)."""
    text = (flood * 100_000)[:100_000]
    offsets = np.array([[at, at + 1] for at in range(len(text))], np.int32)
    values = np.full(len(text), 0.9, np.float32)
    calls = sum(1 for _ in spans_above(text, offsets, values, 0.5))
    assert calls <= 1
    spans_from_contributions(text, offsets, values)


def test_nothing_positive_carries_nothing() -> None:
    offsets = np.array([[0, 3]], np.int32)
    assert spans_from_contributions("you", offsets, np.array([-0.5], np.float32)) == ()


def test_spans_are_frozen_values() -> None:
    assert spans_above("mad", np.array([[0, 3]], np.int32), np.array([0.5], np.float32), 0.5) == (
        Attribution(0, 3, 0.5),
    )


def test_standard_names() -> None:
    assert standard_names(["toxic", "severe_toxic", "identity_hate", "Sexual Explicit", "NEUTRAL"]) == (
        "toxicity",
        "severe_toxicity",
        "identity_attack",
        "sexual_explicit",
        "neutral",
    )
    assert standard_names(["toxic", "toxicity", "non-toxic"]) == ("toxic", "toxicity", "non_toxic")
    assert standard_names(["hate", "hateful"]) == ("identity_attack", "hateful")
    assert standard_names(["LABEL_0", "!"]) == ("label_0", "label_1")
