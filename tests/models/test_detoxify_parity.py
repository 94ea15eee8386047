"""Detoxify checkpoints score as Detoxify itself scores them, on tiny random models of its four architectures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="the torch extra is not installed")
detoxify = pytest.importorskip("detoxify", reason="the torch extra is not installed")

from models.aggregate import label_probabilities  # noqa: E402
from models.backends.openvino_runtime import native_bf16  # noqa: E402
from models.errors import ModelError  # noqa: E402
from models.model import Model  # noqa: E402
from models.registry import open_model  # noqa: E402

KINDS = ["bert", "roberta", "xlm-roberta", "albert"]
TOLERANCE = 1e-4


def ours(model: Model, texts: list[str]) -> list[dict[str, float]]:
    encoded = model.encode(texts)
    return [dict(model.decode(one, model.run(one.windows)).values) for one in encoded]


@pytest.fixture(scope="module", params=KINDS)
def pair(request: pytest.FixtureRequest, make_checkpoint: Any) -> tuple[Any, Model]:
    path = make_checkpoint(request.param)
    return detoxify.Detoxify(checkpoint=str(path)), open_model(f"detoxify:{path}", device="cpu", precision="fp32")


def test_same_scores_as_detoxify(pair: tuple[Any, Model], texts: list[str]) -> None:
    theirs = pair[0].predict(texts)
    scores = ours(pair[1], texts)
    assert set(theirs) == set(scores[0])
    for at in range(len(texts)):
        for label, values in theirs.items():
            assert scores[at][label] == pytest.approx(values[at], abs=TOLERANCE)
    spread = np.ptp([list(score.values()) for score in scores], axis=0)
    assert spread.max() > 0.01, "the random model answers the same to everything, so this test would prove nothing"


def test_one_batch_scores_as_one_by_one(pair: tuple[Any, Model], texts: list[str]) -> None:
    model = pair[1]
    windows = [window for one in model.encode(texts) for window in one.windows]
    together = np.array([score.logits for score in model.run(windows)])
    alone = np.array([model.run([window])[0].logits for window in windows])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_list_of_one_and_bare_string(pair: tuple[Any, Model]) -> None:
    text = "you are a horrible person"
    (scores,) = ours(pair[1], [text])
    for theirs in (pair[0].predict([text]), pair[0].predict(text)):
        for label, value in theirs.items():
            assert scores[label] == pytest.approx(value, abs=TOLERANCE)


def test_long_text_is_windowed_where_detoxify_cuts(pair: tuple[Any, Model]) -> None:
    text = "you are the idiot, 42 times over. " * 60
    theirs = pair[0].predict(text)
    model = pair[1]
    (encoded,) = model.encode([text])
    assert len(encoded.windows) > 1
    assert len(encoded.windows[0]) == 512
    results = model.run(encoded.windows)
    first = label_probabilities(model.card, results[:1])[0]
    for label, value in theirs.items():
        assert first[model.card.labels.index(label)] == pytest.approx(value, abs=TOLERANCE)
    whole = model.decode(encoded, results).values
    assert all(whole[label] >= value - TOLERANCE for label, value in theirs.items())


def test_labels_have_standard_names_and_absent_ones_are_absent(pair: tuple[Any, Model]) -> None:
    assert pair[1].card.labels == ("toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack")
    assert "conspiracy" not in ours(pair[1], ["x"])[0]


def test_attribution_names_words(pair: tuple[Any, Model]) -> None:
    model = pair[1]
    text = "they want war, you horrible idiot"
    (encoded,) = model.encode([text])
    scores = model.decode(encoded, model.run(encoded.windows))
    found = model.attribute(encoded, scores, "toxicity")
    words = {"they", "want", "war", "you", "horrible", "idiot"}
    assert found
    for span in found:
        assert set(text[span.start : span.end].replace(",", "").split()) <= words
        assert 0.0 < span.weight <= 1.0
    assert max(span.weight for span in found) == 1.0
    assert model.attribute(encoded, scores, "conspiracy") == ()


def test_bfloat16_is_close(make_checkpoint: Any, texts: list[str]) -> None:
    path = make_checkpoint("roberta")
    exact = ours(open_model(f"detoxify:{path}", device="cpu", precision="fp32"), texts)
    if not native_bf16():
        with pytest.raises(ModelError, match="this processor has no bfloat16 instructions"):
            open_model(f"detoxify:{path}", device="cpu", precision="bf16")
        return
    half = open_model(f"detoxify:{path}", device="cpu", precision="bf16")
    assert half.precision == "bf16"
    for a, b in zip(exact, ours(half, texts), strict=True):
        assert a == pytest.approx(b, abs=0.03)


def test_more_outputs_than_classes(make_checkpoint: Any, texts: list[str]) -> None:
    """`unbiased` and `multilingual` have 16 outputs of which Detoxify reads the first, named ones."""
    path: Path = make_checkpoint("albert", outputs=16)
    theirs = detoxify.Detoxify(checkpoint=str(path)).predict(texts)
    scores = ours(open_model(f"detoxify:{path}", device="cpu", precision="fp32"), texts)
    assert len(scores[0]) == 6
    for label, values in theirs.items():
        assert [score[label] for score in scores] == pytest.approx(values, abs=TOLERANCE)
