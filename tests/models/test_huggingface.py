"""Any Hugging Face sequence classifier: activation from its config or the operator, never guessed; safetensors only."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tokenizers

torch = pytest.importorskip("torch", reason="the torch extra is not installed")
transformers = pytest.importorskip("transformers", reason="the torch extra is not installed")

from models.errors import ModelError  # noqa: E402
from models.model import Model  # noqa: E402
from models.registry import open_model  # noqa: E402
from models.relative import relative_buckets  # noqa: E402

MakeClassifier = Callable[..., Path]


@pytest.fixture(scope="module")
def make_classifier(make_base: Any) -> MakeClassifier:
    """Save a tiny random classifier with the given labels and problem_type as a Hugging Face folder."""

    def make(kind: str, labels: list[str], problem_type: str | None) -> Path:
        folder: Path = make_base(kind)
        torch.manual_seed(3)
        config = transformers.AutoConfig.from_pretrained(
            folder, id2label=dict(enumerate(labels)), label2id={label: at for at, label in enumerate(labels)}
        )
        config.problem_type = problem_type
        transformers.AutoModelForSequenceClassification.from_config(config).save_pretrained(folder)
        return folder

    return make


def logits_of(folder: Path, text: str) -> Any:
    """What transformers itself answers, one text at a time."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    network = transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.no_grad():
        return network(**tokenizer(text, return_tensors="pt")).logits[0].double().numpy()


def scores_of(model: Model, text: str) -> dict[str, float]:
    (encoded,) = model.encode([text])
    return dict(model.decode(encoded, model.run(encoded.windows)).values)


@pytest.mark.parametrize("kind", ["bert", "roberta", "xlm-roberta", "albert"])
def test_multi_label_models_take_sigmoid(make_classifier: MakeClassifier, kind: str, texts: list[str]) -> None:
    folder = make_classifier(kind, ["toxic", "identity_hate", "Spam!"], "multi_label_classification")
    model = open_model(f"hf:{folder}", device="cpu", precision="fp32")
    assert (model.card.activation, model.device, model.precision) == ("sigmoid", "cpu", "fp32")
    assert model.card.window == 512
    for text in texts:
        expected = 1 / (1 + np.exp(-logits_of(folder, text)))
        names = ["toxicity", "identity_attack", "spam"]
        assert scores_of(model, text) == pytest.approx(dict(zip(names, expected, strict=True)), abs=1e-5)


def test_single_label_models_take_softmax(make_classifier: MakeClassifier, texts: list[str]) -> None:
    folder = make_classifier("roberta", ["neutral", "toxic"], "single_label_classification")
    model = open_model(f"hf:{folder}", device="cpu", precision="fp32")
    assert model.card.activation == "softmax"
    for text in texts:
        logits = logits_of(folder, text)
        expected = np.exp(logits) / np.exp(logits).sum()
        found = scores_of(model, text)
        assert found == pytest.approx({"neutral": expected[0], "toxicity": expected[1]}, abs=1e-5)
        assert sum(found.values()) == pytest.approx(1.0)


def test_silent_config_needs_an_answer(make_classifier: MakeClassifier) -> None:
    folder = make_classifier("bert", ["LABEL_0", "LABEL_1"], None)
    with pytest.raises(ModelError, match=r"Give --activation sigmoid .* or softmax") as caught:
        open_model(f"hf:{folder}", device="cpu")
    assert caught.value.code == "undetermined_activation"
    assert open_model(f"hf:{folder}", device="cpu", activation="softmax").card.activation == "softmax"
    assert open_model(f"hf:{folder}", device="cpu", activation="sigmoid").card.labels == ("label_0", "label_1")


def test_the_operator_overrules_the_config(make_classifier: MakeClassifier) -> None:
    folder = make_classifier("bert", ["a", "b"], "single_label_classification")
    assert open_model(f"hf:{folder}", device="cpu", activation="sigmoid").card.activation == "sigmoid"
    with pytest.raises(ModelError, match="expected sigmoid or softmax, got 'relu'"):
        open_model(f"hf:{folder}", device="cpu", activation="relu")


def test_softmax_over_one_label_says_nothing(make_classifier: MakeClassifier) -> None:
    folder = make_classifier("bert", ["toxic"], None)
    with pytest.raises(ModelError, match="softmax over one label is always 1"):
        open_model(f"hf:{folder}", device="cpu", activation="softmax")


def test_pickled_weights_are_not_read(make_classifier: MakeClassifier) -> None:
    folder = make_classifier("bert", ["toxic"], "multi_label_classification")
    (folder / "model.safetensors").rename(folder / "away")
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(ModelError, match="Only safetensors"):
        open_model(f"hf:{folder}", device="cpu")


def test_remote_code_is_refused(make_classifier: MakeClassifier, tmp_path: Path) -> None:
    folder = make_classifier("bert", ["toxic"], "multi_label_classification")
    mark = tmp_path / "ran"
    (folder / "own.py").write_text(f"open({str(mark)!r}, 'w').close()\n")
    raw = json.loads((folder / "config.json").read_text())
    raw |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Config"}}
    (folder / "config.json").write_text(json.dumps(raw))
    with pytest.raises(ModelError):
        open_model(f"hf:{folder}", device="cpu")
    assert not mark.exists()


def test_an_encoder_without_a_head_is_refused(make_base: Any) -> None:
    folder: Path = make_base("bert")
    config = transformers.AutoConfig.from_pretrained(folder, problem_type="multi_label_classification")
    transformers.AutoModel.from_config(config).save_pretrained(folder)
    with pytest.raises(ModelError, match="lack or misfit 2 tensors, such as classifier") as caught:
        open_model(f"hf:{folder}", device="cpu")
    assert caught.value.code == "bad_model"


def test_unreachable_hub_says_what_to_fetch() -> None:
    with pytest.raises(
        ModelError, match=r"fetch config\.json, model\.safetensors and the tokenizer's files from https://"
    ) as e:
        open_model("hf:nobody/has-this-one", device="cpu")
    assert e.value.code == "files_missing"


def test_left_padding_is_the_models_own(tokenizer: Any, texts: list[str], tmp_path: Path) -> None:
    """XLNet reads its last token, so its tokenizer pads on the left; scores must not depend on neighbours there either."""
    copy = tokenizers.Tokenizer.from_str(tokenizer.to_str())
    copy.post_processor = tokenizers.processors.TemplateProcessing(
        single="$A [SEP] [CLS]", special_tokens=[("[SEP]", 3), ("[CLS]", 2)]
    )
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=copy, pad_token="[PAD]", padding_side="left", model_max_length=64
    ).save_pretrained(tmp_path)
    torch.manual_seed(3)
    config = transformers.XLNetConfig(
        vocab_size=200, d_model=32, n_layer=2, n_head=4, d_inner=64, initializer_range=0.2
    )
    config.problem_type = "multi_label_classification"
    transformers.XLNetForSequenceClassification(config).save_pretrained(tmp_path)
    model = open_model(f"hf:{tmp_path}", device="cpu", precision="fp32")
    assert model.card.window == 64
    windows = [one.windows[0] for one in model.encode(texts)]
    together = [score.logits for score in model.run(windows)]
    alone = [model.run([window])[0].logits for window in windows]
    np.testing.assert_allclose(together, alone, atol=1e-5)
    for text, logits in zip(texts, together, strict=True):
        if len(model.encode([text])[0].windows) == 1:
            np.testing.assert_allclose(logits, logits_of(tmp_path, text), atol=1e-5)


def test_buckets_of_relative_positions_are_those_of_mpnet() -> None:
    mpnet = pytest.importorskip("transformers.models.mpnet.modeling_mpnet")
    distance = torch.arange(200)[None, :] - torch.arange(200)[:, None]
    theirs = mpnet.MPNetEncoder.relative_position_bucket(distance, num_buckets=32).numpy()
    assert (relative_buckets(200, 32) == theirs).all()
