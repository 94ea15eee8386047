"""The OpenVINO graph computes what the trained network computes, alone and in any batch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.backends.base import BackendError, ParallelBackend
from models.backends.openvino import OpenVINOBackend
from models.card import CardError, ModelCard
from models.errors import ModelError
from models.tokenise import Tokeniser
from models.types import Encoded

LONG = ["they want war, " * 40, "you horrible idiot " * 9]


def opened(folder: Path, precision: str) -> tuple[OpenVINOBackend, ModelCard, Tokeniser]:
    card = ModelCard.read(folder)
    tokeniser = Tokeniser.from_file(folder / "tokenizer.json", window=card.window, stride=card.stride, pad_id=0)
    return OpenVINOBackend(folder, card, precision=precision, threads=2), card, tokeniser


def probabilities(logits: Any) -> Any:
    return 1 / (1 + np.exp(-np.asarray(logits, np.float64)))


@pytest.fixture(scope="module", params=["plain", "relative", "relative-int8"])
def folder(request: pytest.FixtureRequest, make_embedded: Any) -> Path:
    kind: str = request.param
    return make_embedded(relative=32 if "relative" in kind else 0, int8="int8" in kind)  # type: ignore[no-any-return]


def test_same_as_the_trained_network(folder: Path, texts: list[str]) -> None:
    pytest.importorskip("torch", reason="the torch extra is not installed")
    from models.backends.torch_embedded import open_embedded

    backend, card, tokeniser = opened(folder, "fp32")
    reference = open_embedded(folder, card, device="cpu", precision="fp32")
    windows = [window for one in tokeniser.encode(texts + LONG) for window in one.windows]
    assert len(windows) > len(texts) + 2
    for ours, theirs in zip(backend.run(windows), reference.run(windows), strict=True):
        np.testing.assert_allclose(ours.logits, theirs.logits, atol=2e-5)
        np.testing.assert_allclose(ours.token_logits, theirs.token_logits, atol=2e-5)  # type: ignore[arg-type]
    spread = np.ptp([score.logits for score in backend.run(windows)], axis=0)
    assert spread.min() > 0.1, "random weights that answer the same to everything prove nothing"


@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", 1e-5), ("auto", 2e-3)])
def test_alone_as_in_a_batch(folder: Path, texts: list[str], precision: str, tolerance: float) -> None:
    backend, _, tokeniser = opened(folder, precision)
    windows = [window for one in tokeniser.encode(texts + LONG) for window in one.windows]
    together = backend.run(windows)
    backwards = backend.run(windows[::-1])[::-1]
    for window, batched, other in zip(windows, together, backwards, strict=True):
        (alone,) = backend.run([window])
        for found in (batched, other):
            np.testing.assert_allclose(probabilities(found.logits), probabilities(alone.logits), atol=tolerance)
            np.testing.assert_allclose(
                probabilities(found.token_logits), probabilities(alone.token_logits), atol=tolerance
            )


def test_the_processors_own_precision_is_close(folder: Path, texts: list[str]) -> None:
    exact, _, tokeniser = opened(folder, "fp32")
    half, _, _ = opened(folder, "auto")
    if half.precision == "fp32":
        pytest.skip("this processor has neither bfloat16 nor 8-bit products")
    windows = [window for one in tokeniser.encode(texts) for window in one.windows]
    for a, b in zip(exact.run(windows), half.run(windows), strict=True):
        np.testing.assert_allclose(probabilities(a.logits), probabilities(b.logits), atol=0.03)


def test_scores_do_not_alias_the_runtime_memory(folder: Path, texts: list[str]) -> None:
    backend, _, tokeniser = opened(folder, "fp32")
    first = tokeniser.encode([texts[0]])[0].windows
    (before,) = backend.run(first)
    kept = (before.logits.copy(), np.array(before.token_logits))
    backend.run(tokeniser.encode([texts[1]])[0].windows)
    assert (before.logits == kept[0]).all()
    assert (np.array(before.token_logits) == kept[1]).all()


def test_attribution_splits_the_logit(folder: Path) -> None:
    backend, card, tokeniser = opened(folder, "fp32")
    text = "they want war, you horrible idiot. " * 5
    (encoded,) = tokeniser.encode([text])
    assert len(encoded.windows) > 1
    for label in range(len(card.labels)):
        found = backend.attribute(encoded, label)
        assert found
        assert max(span.weight for span in found) == 1.0
        assert all(text[span.start : span.end].strip() == text[span.start : span.end] for span in found)


def test_nothing_to_run_and_closed(folder: Path) -> None:
    backend, _, tokeniser = opened(folder, "fp32")
    assert backend.run([]) == []
    backend.close()
    with pytest.raises(BackendError, match="closed"):
        backend.run(tokeniser.encode(["x"])[0].windows)


def test_an_empty_post_has_scores_and_no_attribution(folder: Path) -> None:
    backend, _, tokeniser = opened(folder, "fp32")
    (encoded,) = tokeniser.encode([""])
    (score,) = backend.run(encoded.windows)
    assert np.isfinite(score.logits).all()
    assert backend.attribute(Encoded("", encoded.windows), 0) == ()


def test_some_of_the_cores_are_not_bound(folder: Path) -> None:
    """The threads of two processes would be bound to the same cores."""
    backend = OpenVINOBackend(folder, ModelCard.read(folder), precision="fp32", threads=1)
    compiled = backend._graph._requests.get().get_compiled_model()
    assert compiled.get_property("INFERENCE_NUM_THREADS") == 1
    assert compiled.get_property("NUM_STREAMS") == 1
    assert compiled.get_property("ENABLE_CPU_PINNING") is False


@pytest.mark.parametrize(("threads", "parallel"), [(1, 1), (2, 2), (7, 2), (8, 4)])
def test_batches_share_the_cores_and_score_as_they_do_alone(
    folder: Path, texts: list[str], threads: int, parallel: int
) -> None:
    backend = OpenVINOBackend(folder, ModelCard.read(folder), precision="fp32", threads=threads)
    assert isinstance(backend, ParallelBackend)
    assert backend.parallel == parallel
    windows = [window for one in opened(folder, "fp32")[2].encode([*texts, *LONG]) for window in one.windows]
    alone = [backend.run([window])[0].logits for window in windows]
    with ThreadPoolExecutor(6) as callers:  # more than run at a time
        found = list(callers.map(lambda window: backend.run([window])[0].logits, windows * 4))
    np.testing.assert_array_equal(np.array(found), np.array(alone * 4))


def test_closing_waits_for_nobody_twice_and_tells_who_comes_later(folder: Path) -> None:
    backend = OpenVINOBackend(folder, ModelCard.read(folder), precision="fp32", threads=2)
    windows = opened(folder, "fp32")[2].encode(["some words"])[0].windows
    with ThreadPoolExecutor(8) as callers:
        running = [callers.submit(backend.run, windows) for _ in range(40)]
        backend.close()
        backend.close()
    for one in running:
        error = one.exception()
        assert error is None or (isinstance(error, BackendError) and "closed" in str(error))


def test_precision_that_the_processor_lacks(make_embedded: Any) -> None:
    folder: Path = make_embedded()
    if opened(folder, "auto")[0].precision == "bf16":
        assert opened(folder, "bf16")[0].precision == "bf16"
    else:
        with pytest.raises(ModelError, match="no bfloat16 instructions"):
            opened(folder, "bf16")


def test_relative_positions_and_int8_change_scores_as_they_should(make_embedded: Any, texts: list[str]) -> None:
    def logits(folder: Path) -> Any:
        backend, _, tokeniser = opened(folder, "fp32")
        return np.array([score.logits for score in backend.run([one.windows[0] for one in tokeniser.encode(texts)])])

    plain, relative = logits(make_embedded()), logits(make_embedded(relative=32))
    assert np.abs(plain - relative).max() > 0.1, "the bias of relative positions does nothing"
    stored = logits(make_embedded(relative=32, int8=True))
    assert 0 < np.abs(probabilities(relative) - probabilities(stored)).max() < 0.05


@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", 1e-5), ("bf16", 0.01), ("int8", 0.02)])
def test_matrices_that_stay_int8(make_embedded: Any, texts: list[str], precision: str, tolerance: float) -> None:
    """In floats they compute what widened ones do; in int8 activations are rounded too, each token's by itself."""
    folder: Path = make_embedded(relative=32, int8=True, hidden=128)
    card = ModelCard.read(folder)
    try:
        narrow, _, tokeniser = opened(folder, precision)
    except ModelError as error:
        pytest.skip(error.message)
    assert narrow.precision == precision
    wide = OpenVINOBackend(folder, card, precision="fp32", threads=2, keep_narrow=False)
    windows = [window for one in tokeniser.encode(texts + LONG) for window in one.windows]
    expected = probabilities([score.logits for score in wide.run(windows)])
    found = probabilities([score.logits for score in narrow.run(windows)])
    assert np.abs(found - expected).mean() <= tolerance
    assert np.abs(found - expected).max() <= 5 * tolerance


@pytest.mark.parametrize("rows", [1, 8, 64])
def test_spare_rows_of_products_change_nothing(
    folder: Path, texts: list[str], rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On matrix units, zeros fill products up to whole blocks of rows; every processor can run that graph."""
    expected, _, tokeniser = opened(folder, "fp32")
    monkeypatch.setattr("models.backends.openvino.rows_of_products", lambda: rows)
    filled, _, _ = opened(folder, "fp32")
    windows = [window for one in tokeniser.encode(texts + LONG) for window in one.windows]
    for some in (windows, windows[:1], windows[:5]):
        for ours, theirs in zip(filled.run(some), expected.run(some), strict=True):
            np.testing.assert_allclose(ours.logits, theirs.logits, atol=1e-5)
            np.testing.assert_allclose(ours.token_logits, theirs.token_logits, atol=1e-5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("limit", "narrow", "expected"),
    [
        ("AVX2", True, "fp32 f32"),
        ("AVX512_CORE_VNNI", True, "int8 f32"),
        ("AVX512_CORE_VNNI", False, "fp32 f32"),
        ("avx512_core_vnni", True, "int8 f32"),
    ],
)
def test_processors_without_bfloat16(make_embedded: Any, limit: str, narrow: bool, expected: str) -> None:
    """The runtime is told to do as an older processor. It still lists bfloat16, which it would only emulate: nothing may
    be computed in it. With 8-bit products or without, there are scores."""
    flags = Path("/proc/cpuinfo").read_text().split() if Path("/proc/cpuinfo").exists() else []
    if "VNNI" in limit.upper() and "avx512_vnni" not in flags:
        pytest.skip("this processor has no VNNI")
    folder: Path = make_embedded(relative=32, int8=narrow, hidden=128)
    code = (
        "from pathlib import Path; import numpy as np;"
        "from tests.models.test_openvino import opened;"
        f"backend, _, tokeniser = opened(Path({str(folder)!r}), 'auto');"
        "found = backend.run(tokeniser.encode(['you idiot'])[0].windows)[0];"
        "assert np.isfinite(found.logits).all() and found.logits.shape == (7,);"
        "print(backend.precision, backend.between_products)"
    )
    environment = {**os.environ, "ONEDNN_MAX_CPU_ISA": limit}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, expected), done.stderr


def test_int8_needs_weights_that_are_stored_so(make_embedded: Any) -> None:
    with pytest.raises(ModelError, match="precision int8 needs weights that are stored in int8"):
        opened(make_embedded(), "int8")


def test_a_relative_table_that_does_not_fit(make_embedded: Any) -> None:
    folder: Path = make_embedded(relative=32)
    raw = json.loads((folder / "card.json").read_text())
    raw["architecture"]["relative_buckets"] = 16
    (folder / "card.json").write_text(json.dumps(raw))
    with pytest.raises(CardError, match=r"relative_bias\.weight: shape \(32, 4\) does not fit"):
        opened(folder, "fp32")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"type": "mpnet"}, "architecture.type: this backend runs 'bert', the card says 'mpnet'"),
        ({"positions": 16}, "window: 32 is more than the model's 16 positions"),
        ({"layers": 3}, "encoder.encoder.layer.2"),
        ({"heads": None}, "architecture.heads"),
    ],
)
def test_a_card_that_does_not_fit(make_embedded: Any, change: dict[str, Any], message: str) -> None:
    folder: Path = make_embedded()
    raw = json.loads((folder / "card.json").read_text())
    raw["architecture"] |= change
    raw["architecture"] = {key: value for key, value in raw["architecture"].items() if value is not None}
    (folder / "card.json").write_text(json.dumps(raw))
    with pytest.raises(CardError, match=message):
        opened(folder, "fp32")
