"""The packed forward computes what the padded ones do, and says so when a card is full. On a CPU: the code is the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the torch extra is not installed")
transformers = pytest.importorskip("transformers", reason="the torch extra is not installed")

from models.backends.base import BackendError, OutOfMemory, PipelinedBackend  # noqa: E402
from models.backends.torch_packed import pack  # noqa: E402
from models.backends.torch_packed_backend import PackedBackend  # noqa: E402
from models.errors import ModelError  # noqa: E402
from models.fake import FakeModel  # noqa: E402
from models.model import PipelinedModel  # noqa: E402
from models.registry import open_model  # noqa: E402
from models.types import Window  # noqa: E402

CPU = torch.device("cpu")


def window(*ids: int) -> Window:
    return Window(np.array(ids, np.int64), np.zeros((len(ids), 2), np.int32), 0)


def opened(name: str, backend: str, precision: str = "fp32") -> Any:
    return open_model(name, device="cpu", backend=backend, precision=precision)


def test_windows_in_one_row() -> None:
    packed = pack([window(5, 6, 7), window(8), window(*range(10, 20))], CPU)
    assert packed.ids.tolist() == [5, 6, 7, 8, *range(10, 20)]
    assert packed.positions.tolist() == [0, 1, 2, 0, *range(10)]
    assert packed.ends.tolist() == [0, 3, 4, 14]
    assert packed.ends.dtype is torch.int32
    assert (packed.width, packed.longest, packed.lengths) == (16, 10, (3, 1, 10))
    assert packed.cells.tolist() == [0, 1, 2, 16, *range(32, 42)]
    with pytest.raises(ValueError, match="expected at least one"):
        pack([], CPU)


@pytest.fixture(scope="module", params=["plain", "relative-int8", "bert", "roberta", "albert"])
def name(request: pytest.FixtureRequest, make_embedded: Any, make_checkpoint: Any) -> str:
    kind: str = request.param
    if kind in ("bert", "roberta", "albert"):
        return f"detoxify:{make_checkpoint(kind)}"
    return str(make_embedded(relative=32 if "relative" in kind else 0, int8="int8" in kind))


def test_same_as_padded_and_alone_as_in_a_batch(name: str, texts: list[str]) -> None:
    ours, theirs = opened(name, "packed"), opened(name, "torch")
    assert (ours.in_flight, ours.precision) == (1, "fp32")
    encoded = ours.encode([*texts, "you horrible idiot " * 40])
    windows = [each for one in encoded for each in one.windows]
    collect = ours.submit(windows)
    expected = theirs.run(windows)
    for each, found, other in zip(windows, collect(), expected, strict=True):
        (alone,) = ours.run([each])
        for score in (found, alone):
            np.testing.assert_allclose(score.logits, other.logits, atol=1e-4)
            assert (score.token_logits is None) == (other.token_logits is None)
            if score.token_logits is not None and other.token_logits is not None:
                np.testing.assert_allclose(score.token_logits, other.token_logits, atol=1e-4)
    label = ours.card.labels[0]
    scores = ours.decode(encoded[1], ours.run(encoded[1].windows))
    spans = [model._backend.attribute(encoded[1], 0) for model in (ours, theirs)]
    assert [(span.start, span.end) for span in spans[0]] == [(span.start, span.end) for span in spans[1]]
    assert isinstance(ours.attribute(encoded[1], scores, label), tuple)
    ours.close()
    with pytest.raises(BackendError, match="closed"):
        ours.run(windows[:1])


def test_bfloat16_is_close(make_embedded: Any, texts: list[str]) -> None:
    folder = str(make_embedded(relative=32))
    exact, half = opened(folder, "packed"), opened(folder, "packed", "bf16")
    assert half.precision == "bf16"
    windows = [one.windows[0] for one in exact.encode(texts)]
    for a, b in zip(exact.run(windows), half.run(windows), strict=True):
        np.testing.assert_allclose(1 / (1 + np.exp(-a.logits)), 1 / (1 + np.exp(-b.logits)), atol=0.03)


def test_a_full_card_is_told_from_other_failures() -> None:
    def head(hidden: Any, _packed: Any) -> Any:
        if len(hidden) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        if len(hidden) == 3:
            raise RuntimeError("something else")
        return torch.zeros(1, 2), None

    def encoder(packed: Any) -> Any:
        return packed.ids

    backend = PackedBackend(encoder, head, CPU, torch.float32)  # type: ignore[arg-type]
    assert isinstance(backend, PipelinedBackend)
    assert backend.run([window(1, 2)])[0].logits.tolist() == [0, 0]
    assert backend.run([]) == []
    with pytest.raises(OutOfMemory, match="no memory on the card for 2 windows of 4 tokens"):
        backend.run([window(1, 2), window(3, 4)])
    with pytest.raises(BackendError, match="torch failed on 1 windows of 3 tokens: something else"):
        backend.run([window(1, 2, 3)])


def test_an_architecture_that_is_not_known(make_base: Any) -> None:
    folder: Path = make_base("bert")
    config = transformers.AutoConfig.for_model(
        "electra", vocab_size=200, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
    )
    config.problem_type = "multi_label_classification"
    transformers.AutoModelForSequenceClassification.from_config(config).save_pretrained(folder)
    with pytest.raises(ModelError, match="backend packed does not know electra") as caught:
        opened(f"hf:{folder}", "packed")
    assert caught.value.code == "no_backend"


def test_the_fake_is_pipelined_too() -> None:
    assert isinstance(FakeModel(), PipelinedModel)
