"""Tiny models made on the spot: the embedded format, Detoxify's checkpoints and Hugging Face folders. No network."""

from __future__ import annotations

import json
import os
import string
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from models.quantise import SCALE, quantise

os.environ["HF_HUB_OFFLINE"] = "1"

WORDS = [
    "you",
    "are",
    "the",
    "a",
    "nice",
    "horrible",
    "person",
    "idiot",
    "deep",
    "state",
    "they",
    "want",
    "war",
    "peace",
]
LABELS = ["toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack", "conspiracy"]
TEXTS = [
    "you are a nice person",
    "You ARE the horrible, horrible idiot!!",
    "",
    "they want war; the deep state wants peace — or not? 🙂 naïve café",
    "x",
    "f**k " * 30,
]

MakeFolder = Callable[..., Path]


def wordpiece_vocab() -> dict[str, int]:
    letters = string.ascii_lowercase + string.digits + string.punctuation
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *("##" + c for c in letters), *WORDS]
    return {piece: at for at, piece in enumerate(dict.fromkeys(pieces))}


def bert_tokenizer() -> Tokenizer:
    vocab = wordpiece_vocab()
    tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", vocab["[CLS]"]), ("[SEP]", vocab["[SEP]"])]
    )
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    return tokenizer


@pytest.fixture(scope="session", autouse=True)
def own_model_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What is converted here does not end up in the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CIVILITY_MODELS", str(tmp_path_factory.mktemp("models")))
        yield


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    return bert_tokenizer()


@pytest.fixture(scope="session")
def texts() -> list[str]:
    return list(TEXTS)


@pytest.fixture(scope="session")
def make_embedded(tmp_path_factory: pytest.TempPathFactory) -> MakeFolder:
    """Write a folder in the embedded format with random weights; `changes` go into its card.

    relative: buckets of relative positions. int8: matrices of the encoder are stored in 8 bits with scales.
    """

    def make(
        name: str = "tiny",
        *,
        hidden: int = 64,
        layers: int = 2,
        seed: int = 1,
        relative: int = 0,
        int8: bool = False,
        **changes: Any,
    ) -> Path:
        folder = tmp_path_factory.mktemp("embedded") / name
        folder.mkdir()
        random = np.random.default_rng(seed)
        vocabulary = len(wordpiece_vocab())
        weights = _encoder_weights(random, vocabulary, hidden, layers)
        weights |= {
            "head.weight": random.normal(0, 0.15, (len(LABELS), 2 * hidden)),
            "head.bias": random.normal(0, 0.5, len(LABELS)),
            "token_head.weight": random.normal(0, 0.3, (1, hidden)),
            "token_head.bias": np.zeros(1),
        }
        if relative:
            weights["relative_bias.weight"] = random.normal(0, 1, (relative, 4))
        stored: dict[str, Any] = {key: np.asarray(value, np.float16) for key, value in weights.items()}
        if int8:
            narrow = {
                key: quantise(value) for key, value in stored.items() if key.startswith("encoder.") and value.ndim == 2
            }
            stored |= {key: values for key, (values, _) in narrow.items()}
            stored |= {key + SCALE: scale for key, (_, scale) in narrow.items()}
        save_file(stored, folder / "model.safetensors")
        bert_tokenizer().save(str(folder / "tokenizer.json"))
        card = {
            "name": name,
            "version": "1.2.3",
            "labels": LABELS,
            "activation": "sigmoid",
            "window": 32,
            "stride": 8,
            "token_head": True,
            "architecture": {
                "type": "bert",
                "hidden": hidden,
                "layers": layers,
                "heads": 4,
                "intermediate": 2 * hidden,
                "vocabulary": vocabulary,
                "positions": 64,
                "layer_norm_eps": 1e-12,
                "activation": "gelu",
                "pooling": "mean+max",
                "pad_token_id": 0,
                **({"relative_buckets": relative} if relative else {}),
            },
        }
        (folder / "card.json").write_text(json.dumps(card | changes))
        return folder

    return make


def _encoder_weights(random: np.random.Generator, vocabulary: int, hidden: int, layers: int) -> dict[str, Any]:
    def linear(name: str, inputs: int, outputs: int) -> dict[str, Any]:
        return {
            name + ".weight": random.normal(0, 1.5 / inputs**0.5, (outputs, inputs)),
            name + ".bias": random.normal(0, 0.1, outputs),
        }

    def norm(name: str) -> dict[str, Any]:
        return {name + ".weight": random.normal(1, 0.1, hidden), name + ".bias": random.normal(0, 0.1, hidden)}

    place = "encoder.embeddings."
    weights: dict[str, Any] = {
        place + "word_embeddings.weight": random.normal(0, 1, (vocabulary, hidden)),
        place + "position_embeddings.weight": random.normal(0, 0.3, (64, hidden)),
        place + "token_type_embeddings.weight": random.normal(0, 0.3, (2, hidden)),
        **norm(place + "LayerNorm"),
    }
    for layer in range(layers):
        inner = f"encoder.encoder.layer.{layer}."
        for name in ("query", "key", "value"):
            weights |= linear(inner + "attention.self." + name, hidden, hidden)
        weights |= linear(inner + "attention.output.dense", hidden, hidden) | norm(inner + "attention.output.LayerNorm")
        weights |= linear(inner + "intermediate.dense", hidden, 2 * hidden)
        weights |= linear(inner + "output.dense", 2 * hidden, hidden) | norm(inner + "output.LayerNorm")
    return weights


@pytest.fixture(scope="session")
def make_base(tmp_path_factory: pytest.TempPathFactory) -> MakeFolder:
    """Write config and tokenizer of a tiny BERT, RoBERTa, XLM-R or ALBERT, as its Hugging Face repository has them."""
    transformers = pytest.importorskip("transformers", reason="the torch extra is not installed")
    letters = list(string.ascii_letters + string.digits + string.punctuation)

    def tokenizer_of(kind: str) -> Any:
        if kind == "bert":
            return transformers.BertTokenizer(vocab=wordpiece_vocab(), model_max_length=512)
        if kind == "roberta":
            alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
            pieces = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", *alphabet, "yo", "you", "Ġa", "Ġar", "Ġare"]
            merges = [("y", "o"), ("yo", "u"), ("Ġ", "a"), ("Ġa", "r"), ("Ġar", "e")]
            vocab = {piece: at for at, piece in enumerate(pieces)}
            return transformers.RobertaTokenizer(vocab=vocab, merges=merges, model_max_length=512)
        special = ["<s>", "<pad>", "</s>", "<unk>"] if kind == "xlm-roberta" else ["<pad>", "<unk>", "[CLS]", "[SEP]"]
        scored = [(piece, 0.0) for piece in special] + [("▁", -3.0)] + [(letter, -5.0) for letter in letters]
        scored += [("▁" + word, -4.0) for word in WORDS] + [("<mask>" if kind == "xlm-roberta" else "[MASK]", 0.0)]
        name = "XLMRobertaTokenizer" if kind == "xlm-roberta" else "AlbertTokenizer"
        return getattr(transformers, name)(vocab=scored, model_max_length=512)

    def make(kind: str) -> Path:
        folder: Path = tmp_path_factory.mktemp("base") / f"tiny-{kind}"
        tokenizer = tokenizer_of(kind)
        tokenizer.save_pretrained(folder)
        offset = 2 if "roberta" in kind else 0
        extra = {"embedding_size": 16} if kind == "albert" else {}
        config = transformers.AutoConfig.for_model(
            kind,
            vocab_size=len(tokenizer),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=4,
            intermediate_size=64,
            max_position_embeddings=512 + offset,
            type_vocab_size=1 if offset else 2,
            pad_token_id=tokenizer.pad_token_id,
            initializer_range=0.2,
            **extra,
        )
        config.save_pretrained(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def make_checkpoint(make_base: MakeFolder) -> MakeFolder:
    """Write a Detoxify checkpoint of random weights whose base is a local folder."""
    torch = pytest.importorskip("torch", reason="the torch extra is not installed")
    transformers = pytest.importorskip("transformers", reason="the torch extra is not installed")
    classes = ["toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate"]
    names = {"bert": "Bert", "roberta": "Roberta", "xlm-roberta": "XLMRoberta", "albert": "Albert"}

    def make(kind: str, outputs: int = 6, base: str | None = None) -> Path:
        folder = make_base(kind)
        torch.manual_seed(7)
        config = transformers.AutoConfig.from_pretrained(folder, num_labels=outputs)
        network = transformers.AutoModelForSequenceClassification.from_config(config)
        path = folder.parent / "tiny.ckpt"
        args = {
            "model_type": base or str(folder),
            "num_classes": outputs,
            "model_name": names[kind] + "ForSequenceClassification",
            "tokenizer_name": names[kind] + "Tokenizer",
        }
        config_block = {"arch": {"args": args}, "dataset": {"args": {"classes": classes}}}
        torch.save({"config": config_block, "state_dict": network.state_dict()}, path)
        return path

    return make
