"""The fake keeps the promises of the Model protocol, since the service's tests lean on it."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.backends.base import BackendError
from models.fake import FakeModel, Fault
from models.model import Model
from models.types import Scores

MODEL: Model = FakeModel(window=8, stride=2)


def score(model: Model, text: str) -> Scores:
    (encoded,) = model.encode([text])
    return model.decode(encoded, model.run(encoded.windows))


@given(st.text())
def test_windows_cover_every_word_of_the_post_once_or_overlapping(text: str) -> None:
    (encoded,) = MODEL.encode([text])
    assert encoded.text == text
    assert encoded.windows
    assert [window.index for window in encoded.windows] == list(range(len(encoded.windows)))
    assert all(2 <= len(window) <= 8 for window in encoded.windows)
    spans = [tuple(span) for window in encoded.windows for span in window.offsets.tolist() if span[0] < span[1]]
    covered = {place for start, end in spans for place in range(start, end)}
    assert covered == {place for place, char in enumerate(text) if not char.isspace()}
    for before, after in zip(encoded.windows, encoded.windows[1:], strict=False):
        assert before.offsets[-3:-1].tolist() == after.offsets[1:3].tolist()  # the stride


def test_scores_come_from_the_words() -> None:
    scores = score(MODEL, "what a pathetic sheeple")
    assert set(scores.values) == set(MODEL.card.labels)
    assert scores.values["insult"] > 0.9
    assert scores.values["conspiracy"] > 0.9
    assert scores.values["threat"] < 0.05
    assert scores.toxic_spans is not None
    assert [(span.start, span.end) for span in scores.toxic_spans] == [(7, 15), (16, 23)]


def test_a_word_in_any_window_scores_the_post() -> None:
    assert score(MODEL, "word " * 50 + "idiot").values["insult"] > 0.9


def test_attribution_names_the_words_of_a_label() -> None:
    (encoded,) = MODEL.encode(["pathetic sheeple"])
    scores = MODEL.decode(encoded, MODEL.run(encoded.windows))
    (span,) = MODEL.attribute(encoded, scores, "conspiracy")
    assert (span.start, span.end) == (9, 16)
    assert span.weight == scores.values["conspiracy"]


def test_words_and_labels_can_be_chosen() -> None:
    model = FakeModel({"bad": {"toxicity": 3.0, "unknown": 9.0}}, labels=("toxicity",))
    assert score(model, "BAD").values == pytest.approx({"toxicity": 0.9526}, abs=1e-4)


@pytest.mark.parametrize("stage", ["encode", "run", "decode"])
def test_a_fault_strikes_in_its_stage_only(stage: str) -> None:
    model = FakeModel(faults={"poison": Fault(stage, BackendError(stage))})  # type: ignore[arg-type]
    score(model, "fine")
    with pytest.raises(BackendError, match=stage):
        score(model, "some poison")


async def test_the_gate_holds_a_run_until_it_opens() -> None:
    model = FakeModel()
    model.gate.clear()
    run = asyncio.create_task(asyncio.to_thread(score, model, "idiot"))
    assert await asyncio.to_thread(model.entered.acquire, timeout=60)
    assert not run.done()
    model.gate.set()
    assert (await run).values["insult"] > 0.9
    assert model.runs == [(3,)]


def test_a_closed_model_raises() -> None:
    model = FakeModel()
    model.close()
    with pytest.raises(BackendError, match="closed"):
        score(model, "hello")
