"""The training pipeline from tables to a served model, on a tiny random encoder and our own sentences."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel, MPNetConfig, MPNetModel

from models.registry import open_model
from models.training import calibrate, distil, encoders, evaluate, export
from models.training.data import Rows
from models.training.network import LABELS, Classifier
from models.training.train import Run, parser, run_of

WEIGHTS = Path(__file__).parents[2] / "models" / "weights"
SIX = LABELS[:-1]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables as in ../shared/data: rude and civil sentences, a tenth of them for development."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "train").mkdir()
    rude = [f"You are a complete idiot, number {i}, and nobody wants you here." for i in range(120)]
    civil = [f"Thank you for article number {i}, I enjoyed reading it." for i in range(120)]
    table = pd.DataFrame({"text": rude + civil})
    for label in SIX:
        table[label] = np.float32([1.0] * len(rude) + [0.0] * len(civil))
    table["source"], table["tier"] = "jigsaw2018", "A_raw_id"
    table["split"] = ["dev" if i % 4 == 0 else "train" for i in range(len(table))]
    table.to_parquet(folder / "train" / "toxicity.parquet")
    theory = pd.DataFrame({"text": [f"They planned all {i} of it in secret." for i in range(80)] + civil[:80]})
    theory["conspiracy"] = [1] * 80 + [0] * 80
    theory["source"] = "psycomark"
    theory["split"] = ["dev" if i % 4 == 0 else "train" for i in range(len(theory))]
    theory.to_parquet(folder / "train" / "conspiracy.parquet")
    spans = pd.DataFrame({"text": rude, "spans": [[[10, 24]] for _ in rude]})
    spans["split"] = ["dev" if i % 4 == 0 else "train" for i in range(len(spans))]
    spans.to_parquet(folder / "train" / "spans.parquet")
    return folder


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encoder")
    config = BertConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, max_position_embeddings=512
    )
    torch.manual_seed(0)
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    shutil.copy(next(WEIGHTS.glob("*/tokenizer.json")), folder / "tokenizer.json")
    return folder


def options(encoder: Path, data: Path, out: Path, *more: str) -> list[str]:
    fixed = ["--encoder", str(encoder), "--data", str(data), "--out", str(out), "--threads", "1"]
    return [*fixed, "--batch-tokens", "512", "--save-every", "4", "--learning-rate", "1e-3", *more]


def test_a_run_that_was_cut_off_goes_on_to_the_same_weights(encoder: Path, data: Path, tmp_path: Path) -> None:
    class Cut(Run):
        def save(self, step: int) -> None:
            super().save(step)
            if step == 8:
                raise KeyboardInterrupt

    whole = Run(*run_of(parser("").parse_args(options(encoder, data, tmp_path / "whole"))))
    whole.train()
    arguments = run_of(parser("").parse_args(options(encoder, data, tmp_path / "cut")))
    with pytest.raises(KeyboardInterrupt):
        Cut(*arguments).train()
    assert not (tmp_path / "cut" / "model.safetensors").exists()
    Run(*arguments).train()
    expected, found = (load_file(tmp_path / name / "model.safetensors") for name in ("whole", "cut"))
    assert expected.keys() == found.keys()
    for name, value in expected.items():
        assert torch.allclose(value, found[name], atol=1e-5), name


def test_a_share_of_an_unknown_source_is_refused(encoder: Path, data: Path, tmp_path: Path) -> None:
    arguments = parser("").parse_args(options(encoder, data, tmp_path / "run", "--share", "twitter=0.5"))
    with pytest.raises(ValueError, match=r"no source 'twitter'; there are .*jigsaw2018"):
        Run(*run_of(arguments))


def test_from_tables_to_a_served_model(
    encoder: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def command(module: object, *arguments: str) -> None:
        monkeypatch.setattr(sys, "argv", ["command", *arguments])
        module.main()  # type: ignore[attr-defined]

    run, out = tmp_path / "run", tmp_path / "tiny-model"
    Run(*run_of(parser("").parse_args(options(encoder, data, run, "--epochs", "4")))).train()
    command(evaluate, "--run", str(run), "--encoder", str(encoder), "--data", str(data))
    command(calibrate, "--run", str(run))
    fitted = str(run / "calibration.json")
    command(
        export,
        *("--run", str(run), "--encoder", str(encoder), "--name", "tiny-model"),
        *("--version", "1.2.3", "--calibration", fitted, "--out", str(out)),
    )
    assert json.loads((out / "card.json").read_text())["version"] == "1.2.3"
    model = open_model(str(out), device="cpu", precision="fp32")
    try:
        posts = model.encode(["You are a complete idiot and nobody wants you here.", "Thank you for the article."])
        rude, civil = (model.decode(post, model.run(post.windows)) for post in posts)
    finally:
        model.close()
    assert rude.values["insult"] > 0.5 > civil.values["insult"]
    assert rude.toxic_spans
    assert not civil.toxic_spans


def test_the_teacher_stands_in_where_nobody_gave_a_label() -> None:
    rows = Rows(["a", "b"], np.float32([[1, np.nan]] * 2), np.float32([[2, 0]] * 2), [None] * 2, np.array(["x", "x"]))
    soft = distil.softened(rows, np.float32([[0.5, 0.25]] * 2), trust=0.2)
    assert np.allclose(soft.labels, [[0.9, 0.25]] * 2)
    assert np.allclose(soft.weights, [[2, 0.2]] * 2)


def test_a_teacher_that_was_not_asked_changes_nothing() -> None:
    given = np.full((3, len(LABELS)), 1.0, np.float32)
    given[0, LABELS.index("conspiracy")] = np.nan  # nearly no source has it: not a reason to ask
    given[1, LABELS.index("insult")] = np.nan
    weights = np.ones_like(given)
    weights[2, LABELS.index("toxicity")] = 0  # given, but not to be learnt
    rows = Rows(["a", "b", "c"], given, weights, [None] * 3, np.array(["x"] * 3))
    assert distil.unlabelled(rows).tolist() == [1, 2]
    teacher = np.full((3, len(LABELS)), np.nan, np.float32)
    teacher[1:] = 0.25
    soft = distil.softened(rows, teacher, trust=0.5)
    np.testing.assert_array_equal(soft.labels[0], given[0])
    np.testing.assert_array_equal(soft.weights[0], weights[0])
    assert soft.labels[1, LABELS.index("insult")] == 0.25
    assert soft.weights[2, LABELS.index("toxicity")] == 0.5


def test_distillation_scores_the_training_rows_once(encoder: Path, data: Path, tmp_path: Path) -> None:
    Run(*run_of(parser("").parse_args(options(encoder, data, tmp_path / "teacher")))).train()
    teacher = distil.Teacher(tmp_path / "teacher", encoder)
    first = teacher.probabilities(["one", "two"], tmp_path / "kept.npz")
    assert first.shape == (2, len(LABELS))
    (tmp_path / "teacher" / "model.safetensors").unlink()
    assert np.array_equal(teacher.probabilities(["one", "two"], tmp_path / "kept.npz"), first)


def test_an_encoder_made_from_mpnet_gives_the_same_hidden_states(tmp_path: Path) -> None:
    symbols = ["<s>", "<pad>", "</s>", "<unk>", "[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "bad", "<mask>"]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "bad"]
    config = MPNetConfig(
        vocab_size=len(symbols),
        hidden_size=16,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=32,
        max_position_embeddings=514,
    )
    torch.manual_seed(0)
    theirs = MPNetModel(config, add_pooling_layer=False).eval()
    ours = encoders.from_mpnet(theirs.state_dict(), symbols, vocabulary, 3)
    shape = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=32,
        layer_norm_eps=config.layer_norm_eps,
        relative_buckets=config.relative_attention_num_buckets,
    )
    shape.save_pretrained(tmp_path)
    save_file(ours, tmp_path / "model.safetensors", metadata={"format": "pt"})
    network = Classifier.from_encoder(tmp_path).eval()
    words = [4, 5] * 80  # beyond the distance from which all positions share a bucket
    mask = torch.ones(1, 162, dtype=torch.long)
    with torch.inference_mode():
        expected = theirs(torch.tensor([[0, *[w + 4 for w in words], 2]]), attention_mask=mask).last_hidden_state
        found = network.encoder(
            input_ids=torch.tensor([[2, *words, 3]]), attention_mask=network.attention_bias(mask)
        ).last_hidden_state
    assert torch.allclose(expected, found, atol=1e-5)


def test_a_symbol_that_mpnet_does_not_know_is_named() -> None:
    with pytest.raises(ValueError, match="MPNet does not know"):
        encoders.from_mpnet({}, ["<s>"], ["new"], 1)
