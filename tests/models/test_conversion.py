"""Classifiers as OpenVINO graphs: converted once, checked, kept on disk, and the same scores as torch."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the torch extra is not installed")
transformers = pytest.importorskip("transformers", reason="the torch extra is not installed")

from models.backends.classifiers import open_classifier  # noqa: E402
from models.backends.conversion import ConversionError, convert, open_converted  # noqa: E402
from models.backends.layout import is_known, renamed  # noqa: E402
from models.backends.sources import Source, read_detoxify, read_hub  # noqa: E402
from models.errors import ModelError  # noqa: E402
from models.model import Model  # noqa: E402
from models.registry import open_model  # noqa: E402
from models.types import Encoded, Window  # noqa: E402

KNOWN = ["bert", "roberta", "xlm-roberta", "albert", "distilbert"]


def logits(model: Model, texts: list[str]) -> Any:
    return np.array([score.logits for score in model.run([one.windows[0] for one in model.encode(texts)])])


@pytest.fixture(scope="module")
def make_classifier(make_base: Any) -> Callable[..., Path]:
    """A Hugging Face folder of a tiny random classifier of any architecture, with BERT's or RoBERTa's tokenizer."""

    def make(kind: str, **changes: Any) -> Path:
        folder: Path = make_base(kind if kind in KNOWN[:4] else "bert")
        torch.manual_seed(5)
        base = transformers.AutoConfig.from_pretrained(folder)
        if kind == "distilbert":
            shape: dict[str, Any] = {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64}
        else:
            shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
        config = (
            base
            if kind in KNOWN[:4]
            else transformers.AutoConfig.for_model(kind, vocab_size=base.vocab_size, pad_token_id=0, **shape)
        )
        config.initializer_range = 0.2
        config.problem_type = "multi_label_classification"
        config.num_labels = 3
        for name, value in changes.items():
            setattr(config, name, value)
        transformers.AutoModelForSequenceClassification.from_config(config).save_pretrained(folder)
        return folder

    return make


@pytest.mark.parametrize("kind", [*KNOWN, "electra"])
def test_same_logits_as_torch(make_classifier: Any, tmp_path: Path, kind: str, texts: list[str]) -> None:
    """The last architecture has no graph of its own: OpenVINO's converter makes it."""
    folder = make_classifier(kind)
    options: dict[str, Any] = {"device": "cpu", "precision": "fp32", "folders": [tmp_path]}
    ours = open_model(f"hf:{folder}", backend="openvino", **options)
    theirs = open_model(f"hf:{folder}", backend="torch", **options)
    assert [type(model._backend).__name__ for model in (ours, theirs)] == ["OpenVINOClassifier", "TorchBackend"]  # type: ignore[attr-defined]
    assert ours.card == theirs.card
    expected = logits(theirs, texts)
    np.testing.assert_allclose(logits(ours, texts), expected, atol=1e-4)
    assert np.ptp(expected, axis=0).max() > 0.01, "the same answer to everything would prove nothing"
    (encoded,) = ours.encode(["they want war, you horrible idiot " * 90])
    assert len(encoded.windows) > 1
    scores = ours.decode(encoded, ours.run(encoded.windows))
    assert ours.attribute(encoded, scores, ours.card.labels[0])
    ours.close()
    with pytest.raises(RuntimeError, match="closed"):
        ours.run(encoded.windows[:1])


def source_of(checkpoint: Path) -> Source:
    return read_detoxify("detoxify:tiny", checkpoint, [checkpoint.parent], download=False)


def never() -> Any:
    raise AssertionError("the weights were loaded again")


def test_the_second_load_needs_no_torch_network(make_checkpoint: Any, tmp_path: Path) -> None:
    source = source_of(make_checkpoint("roberta"))
    cache = tmp_path / "models"
    first = convert(source, [cache])
    (kept,) = (cache / "openvino").iterdir()
    assert first.graph == kept / "model.xml"
    assert sorted(path.name for path in kept.iterdir()) == ["facts.json", "model.bin", "model.xml"]
    again = convert(replace(source, load=never), [cache])
    assert again == first
    backend = open_converted(replace(source, load=never), again, precision="fp32")
    ids = np.array([0, 9, 8, 2], np.int64)
    encoded = Encoded("word", (Window(ids, np.array([[0, 0], [0, 2], [2, 4], [4, 4]], np.int32), 0),))
    assert np.isfinite(backend.run(encoded.windows)[0].logits).all()
    with pytest.raises(AssertionError, match="loaded again"):
        backend.attribute(encoded, 0)


def test_other_weights_have_another_graph(make_checkpoint: Any, tmp_path: Path) -> None:
    source = source_of(make_checkpoint("bert"))
    convert(source, [tmp_path])
    convert(replace(source, fingerprint="0" * 64), [tmp_path])
    assert len(list((tmp_path / "openvino").iterdir())) == 2


def test_a_damaged_graph_is_converted_again(make_checkpoint: Any, tmp_path: Path) -> None:
    source = source_of(make_checkpoint("bert"))
    convert(source, [tmp_path])
    (kept,) = (tmp_path / "openvino").iterdir()
    (kept / "model.xml").write_text("<net")
    assert convert(source, [tmp_path]).graph == kept / "model.xml"
    assert len((kept / "model.xml").read_bytes()) > 1000


def test_a_folder_that_cannot_be_written_is_passed_over(make_checkpoint: Any, tmp_path: Path) -> None:
    source = source_of(make_checkpoint("bert"))
    file = tmp_path / "a file"
    file.touch()
    assert (
        convert(source, [file, tmp_path / "good"]).graph == next((tmp_path / "good/openvino").iterdir()) / "model.xml"
    )
    assert not isinstance(convert(source, [file]).graph, Path)


def test_a_graph_that_computes_something_else_is_refused(make_checkpoint: Any, tmp_path: Path) -> None:
    source = source_of(make_checkpoint("bert"))
    source.config.layer_norm_eps = 0.5  # what the graph is built from; the network keeps its own

    def load() -> Any:
        network = source.load()
        for module in network.modules():
            if isinstance(module, torch.nn.LayerNorm):
                module.eps = 1e-12
        return network

    with pytest.raises(ConversionError, match="logits are off by"):
        convert(replace(source, load=load), [tmp_path])
    assert not (tmp_path / "openvino").exists()


def test_what_cannot_be_converted_runs_by_torch(
    make_classifier: Any, tmp_path: Path, texts: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    source = read_hub(str(make_classifier("electra")))

    def load() -> Any:
        network = source.load()
        inner = network.forward

        def forward(input_ids: Any, attention_mask: Any) -> Any:
            """Asks its inputs for a value, which a trace takes for a constant."""
            answer = inner(input_ids=input_ids, attention_mask=attention_mask)
            answer.logits = answer.logits + 0.01 * float(input_ids.max())
            return answer

        network.forward = forward
        return network

    options: dict[str, Any] = {"device": "cpu", "precision": "fp32", "threads": None}
    untraceable = replace(source, load=load)
    with caplog.at_level(logging.WARNING):
        model = open_classifier(untraceable, [tmp_path], backend="auto", **options)
    assert "runs by torch, more slowly: " in caplog.text
    theirs = open_classifier(untraceable, [tmp_path], backend="torch", **options)
    np.testing.assert_allclose(logits(model, texts), logits(theirs, texts), atol=1e-5)
    with pytest.raises(ModelError, match=r"OpenVINO's converter failed|logits are off by"):
        open_classifier(untraceable, [tmp_path], backend="openvino", **options)


def test_variants_that_have_no_graph_of_their_own() -> None:
    config = transformers.BertConfig()
    assert is_known(config)
    assert not is_known(transformers.BertConfig(hidden_act="silu"))
    assert not is_known(transformers.AlbertConfig(num_hidden_groups=2))
    assert not is_known(transformers.ElectraConfig())


def test_renaming_replaces_whole_parts_of_a_name() -> None:
    names = {"albert.": "", "ffn.": "intermediate.dense.", "attention.dense.": "attention.output.dense."}
    tensors = {
        name: np.zeros(1) for name in ("albert.x.ffn.weight", "albert.xffn.weight", "albert.attention.dense.bias")
    }
    assert list(renamed(tensors, names)) == [
        "x.intermediate.dense.weight",
        "xffn.weight",
        "attention.output.dense.bias",
    ]


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"backend": "tensorrt"}, "backend: expected one of auto, openvino, packed, torch, got 'tensorrt'"),
        ({"backend": "openvino", "device": "cuda"}, "backend openvino runs on device cpu only"),
    ],
)
def test_backends_that_cannot_be(option: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        open_model("civility-small", **option)
    assert caught.value.code == "no_backend"
