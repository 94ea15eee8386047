"""The cascade: the second model scores what the first is in doubt of, no score jumps at a bound, a batch scores as its posts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.card import CardError
from models.cascade import CascadeModel, Plan, read_plan, second_weights
from models.errors import ModelError
from models.fake import LABELS, FakeModel
from models.model import Model
from models.registry import open_model
from models.types import Window, WindowScores

PLAN = Plan("civility", "1", "tiny", "small", {"toxicity": (0.1, 0.9), "insult": (0.3, 0.8)})
FIRST = {"damn": {"toxicity": 0.0}, "idiot": {"toxicity": 6.0}, "hm": {"toxicity": -2.0}}
SECOND = {"damn": {"toxicity": -5.0}, "idiot": {"toxicity": 9.0}, "hm": {"toxicity": 3.0}}


def scored(model: Model, texts: Sequence[str]) -> list[dict[str, float]]:
    encoded = model.encode(texts)
    results = iter(model.run([window for one in encoded for window in one.windows]))
    return [dict(model.decode(one, [next(results) for _ in one.windows]).values) for one in encoded]


def pair() -> tuple[CascadeModel, FakeModel, FakeModel]:
    first, second = FakeModel(FIRST), FakeModel(SECOND)
    return CascadeModel(PLAN, first, second), first, second


def test_only_doubtful_windows_reach_the_second_model() -> None:
    model, first, second = pair()
    texts = ["fine words", "damn it", "you idiot", "damn damn"]
    found = scored(model, texts)
    assert len(first.runs[0]) == 4
    assert second.runs == [(4, 4)]  # the two with "damn", as one batch
    assert (model.windows, model.second_windows, model.second_share) == (4, 2, 0.5)
    for at, expected in enumerate(
        [scored(m, [t])[0] for m, t in zip([first, second, first, second], texts, strict=True)]
    ):
        assert found[at] == pytest.approx(expected, abs=1e-6)


def test_a_share_below_one_averages_the_two() -> None:
    first, second = FakeModel(FIRST), FakeModel(SECOND)
    model = CascadeModel(replace(PLAN, share=0.5), first, second)
    (found,), (one,), (other,) = (scored(m, ["damn it"]) for m in (model, first, second))
    logits = [np.log(p["toxicity"] / (1 - p["toxicity"])) for p in (found, one, other)]
    assert logits[0] == pytest.approx((logits[1] + logits[2]) / 2, abs=1e-6)


def test_nothing_doubtful_runs_one_model_only() -> None:
    model, _, second = pair()
    scored(model, ["fine words", "you idiot"])
    assert second.runs == []
    assert model.run([]) == []


def test_the_card_is_its_own_and_calibration_is_done() -> None:
    first, second = FakeModel(FIRST), FakeModel(SECOND)
    first.card = replace(first.card, name="tiny", calibration={"toxicity": (2.0, 1.0)}, token_threshold=0.2)
    second.card = replace(second.card, name="small", calibration={"toxicity": (0.5, -1.0)}, token_threshold=0.7)
    model = CascadeModel(PLAN, first, second)
    assert (model.card.name, model.card.version, dict(model.card.calibration)) == ("civility", "1", {})
    (damn,) = scored(model, ["damn"])
    # The first model says 2 * 0 + 1, a probability of 0.73, in doubt; the second 0.5 * -5 - 1.
    weight = second_weights(np.array([[1 / (1 + np.exp(-1.0))]]), np.array([[0.1, 0.9]]), PLAN.ramp)[0]
    assert 0.8 < weight < 1
    assert damn["toxicity"] == pytest.approx(1 / (1 + np.exp(-((1 - weight) * 1.0 + weight * -3.5))), abs=1e-6)
    # A token is part of a span from its own model's threshold on, which the cascade calls one half.
    (encoded,) = model.encode(["damn idiot"])
    (own,) = model.run(encoded.windows)
    (alone,) = first.run(encoded.windows)
    assert own.token_logits is not None
    assert alone.token_logits is not None
    np.testing.assert_allclose(own.token_logits, alone.token_logits - np.log(0.2 / 0.8), rtol=1e-6)


def test_where_both_have_scored_words_are_blended_like_labels() -> None:
    first, second = FakeModel(FIRST), FakeModel(SECOND)
    second.card = replace(second.card, token_threshold=0.7)
    model = CascadeModel(replace(PLAN, share=0.6), first, second)
    (encoded,) = model.encode(["damn"])
    (own,) = model.run(encoded.windows)
    pair_of = [each.run(encoded.windows)[0] for each in (first, second)]
    probability = 1 / (1 + np.exp(-pair_of[0].logits[None].astype(np.float64)))
    share = 0.6 * second_weights(probability, np.array([[0.1, 0.9]]), PLAN.ramp)[0]
    assert share > 0
    one, other = (score.token_logits for score in pair_of)
    assert own.token_logits is not None
    assert one is not None
    assert other is not None
    shifted = [
        values - np.log(card.token_threshold / (1 - card.token_threshold))
        for values, card in ((one, first.card), (other, second.card))
    ]
    np.testing.assert_allclose(own.token_logits, (1 - share) * shifted[0] + share * shifted[1], rtol=1e-5)


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=20),
    st.floats(0, 0.95),
    st.floats(0.01, 1),
    st.floats(0.05, 1),
)
@settings(max_examples=200, deadline=None)
def test_weights_have_no_jump(probabilities: list[float], lower: float, width: float, ramp: float) -> None:
    upper = min(1.0, lower + width)
    bounds = np.array([[lower, upper]])
    values = np.array(probabilities)[:, None]
    weights = second_weights(values, bounds, ramp)
    assert ((weights >= 0) & (weights <= 1)).all()
    outside = (values[:, 0] < lower) | (values[:, 0] > upper)
    assert (weights[outside] == 0).all()
    step = 1e-6
    nearby = second_weights(np.clip(values + step, 0, 1), bounds, ramp)
    assert (np.abs(nearby - weights) <= 2 * step / (ramp * (upper - lower)) + 1e-9).all()
    middle = second_weights(np.array([[(lower + upper) / 2]]), bounds, ramp)
    assert middle[0] == pytest.approx(1.0)


def test_bounds_at_the_ends_have_no_ramp() -> None:
    bounds = np.array([[0.0, 0.5], [0.5, 1.0]])
    found = second_weights(np.array([[0.0, 0.0], [0.9, 1.0], [0.9, 0.0]]), bounds, 1.0)
    assert found.tolist() == [1.0, 1.0, 0.0]


def test_the_score_moves_smoothly_where_the_first_models_does() -> None:
    """From far below a bound to well inside, by small steps of the first model's logit: the answer takes small steps too."""
    steps = np.arange(-4.0, 4.0, 0.01)
    words = {f"w{at}": {"toxicity": float(value)} for at, value in enumerate(steps)}
    first = FakeModel(words)
    second = FakeModel({word: {"toxicity": 5.0} for word in words})
    model = CascadeModel(replace(PLAN, bounds={"toxicity": (0.1, 0.9)}), first, second)
    values = [score["toxicity"] for score in scored(model, list(words))]
    assert values[0] < 0.05
    assert max(values) > 0.99
    assert np.abs(np.diff(values)).max() < 0.03


@pytest.fixture(scope="module")
def folder(make_embedded: Any) -> Path:
    """A cascade of two tiny random models."""
    tiny: Path = make_embedded("civility-tiny", hidden=32, layers=1, seed=3)
    small: Path = make_embedded("civility-small", relative=32, int8=True, calibration={"toxicity": [0.7, 0.2]})
    small.rename(tiny.parent / "civility-small")
    place = tiny.parent / "civility"
    place.mkdir()
    card = {
        "name": "civility",
        "version": "1.0.0",
        "cascade": {
            "first": "civility-tiny",
            "second": "civility-small",
            "bounds": {"toxicity": [0.02, 0.98], "threat": [0.3, 0.7]},
        },
    }
    (place / "card.json").write_text(json.dumps(card))
    return place


@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", 1e-5), ("auto", 2e-3)])
def test_alone_as_in_a_batch(folder: Path, texts: list[str], precision: str, tolerance: float) -> None:
    model = open_model(str(folder), device="cpu", precision=precision, threads=1)
    assert isinstance(model, CascadeModel)
    windows: list[Window] = [window for one in model.encode([*texts, "you idiot " * 20]) for window in one.windows]
    together: list[WindowScores] = model.run(windows)
    assert model.second_windows > 0
    for window, batched in zip(windows, together, strict=True):
        (alone,) = model.run([window])
        for a, b in ((batched.logits, alone.logits), (batched.token_logits, alone.token_logits)):
            np.testing.assert_allclose(
                1 / (1 + np.exp(-np.asarray(a))), 1 / (1 + np.exp(-np.asarray(b))), atol=tolerance
            )
    (encoded,) = model.encode(["they want war you idiot"])
    scores = model.decode(encoded, model.run(encoded.windows))
    assert tuple(scores.values) == LABELS
    assert model.attribute(encoded, scores, "conspiracy")
    model.close()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"bounds": {"toxicity": [0.9, 0.1]}},
            r"cascade\.bounds\.toxicity: expected 0 <= lower < upper <= 1, got 0\.9",
        ),
        ({"bounds": {}}, r"cascade\.bounds: expected at least one label"),
        ({"bounds": {"spam": [0.1, 0.9]}}, r"cascade\.bounds\.spam: expected one of toxicity, "),
        ({"ramp": 0}, r"cascade\.ramp: expected more than 0, at most 1, got 0"),
        ({"share": 2}, r"cascade\.share: expected more than 0, at most 1, got 2"),
        ({"third": "x"}, r"card\.json: .*third"),
        ({"first": "civility"}, "is a cascade itself"),
        ({"first": "no-such-model"}, "neither a folder with a card.json nor a known model"),
    ],
)
def test_cards_that_cannot_be(folder: Path, tmp_path: Path, change: dict[str, Any], message: str) -> None:
    place = folder.parent / f"civility-{tmp_path.name}"
    place.mkdir()
    raw = json.loads((folder / "card.json").read_text())
    raw["cascade"] |= change
    (place / "card.json").write_text(json.dumps(raw))
    with pytest.raises(ModelError, match=message):
        open_model(str(place), device="cpu", folders=[tmp_path])


def test_models_that_do_not_fit() -> None:
    with pytest.raises(CardError, match="fake and fake differ in window: 64 and 128"):
        CascadeModel(PLAN, FakeModel(window=64), FakeModel())


def test_a_card_of_one_model_is_no_plan(make_embedded: Any) -> None:
    assert read_plan(make_embedded()) is None
