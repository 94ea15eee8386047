"""Classifiers of well-known shapes with random weights, made here without a network, and what a comment costs in them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.card import ModelCard
from models.registry import WEIGHTS

CLASSES = ("toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack")


@dataclass(frozen=True)
class Shape:
    """An encoder's size. inner: width of the feed-forward part. window: the longest input in tokens."""

    name: str
    hidden: int
    layers: int
    heads: int
    inner: int
    window: int = 512

    def operations(self, lengths: Iterable[int]) -> float:
        """Floating-point operations of the encoder's matrix products over inputs of so many real tokens each.

        Per layer and token: four products of hidden x hidden, two of hidden x inner, and both products of attention with
        every token of the same input. A product counts two operations. Embeddings, norms and heads are left out.
        """
        per_token = 8 * self.hidden**2 + 4 * self.hidden * self.inner
        return float(self.layers * sum(n * per_token + 4 * n * n * self.hidden for n in lengths))


BERT = Shape("BERT-base", 768, 12, 12, 3072)
ROBERTA = Shape("RoBERTa-base", 768, 12, 12, 3072)
XLMR = Shape("XLM-R-base", 768, 12, 12, 3072)
_CLASSES = {BERT.name: "Bert", ROBERTA.name: "Roberta", XLMR.name: "XLMRoberta"}
_WORDS = {BERT.name: 30_522, ROBERTA.name: 50_265, XLMR.name: 250_002}


def embedded_shape(folder: Path) -> Shape:
    """The shape that an embedded model's card states. Raises `CardError`, `KeyError`."""
    card = ModelCard.read(folder)
    facts: Any = card.architecture
    return Shape(card.name, facts["hidden"], facts["layers"], facts["heads"], facts["intermediate"], card.window)


def embedded_folders() -> list[Path]:
    """The embedded models that are one encoder (a cascade is two of them), smallest first."""
    found = [card.parent for card in WEIGHTS.glob("*/card.json") if "hidden" in _architecture(card)]
    return sorted(found, key=lambda folder: (folder / "model.safetensors").stat().st_size)


def _architecture(card: Path) -> Any:
    return json.loads(card.read_text()).get("architecture", {})


def detoxify_checkpoint(shape: Shape, folder: Path, seed: int = 0) -> Path:
    """Write a checkpoint in Detoxify's format with random weights, its config and tokenizer beside it.

    The tokenizer is the embedded model's (WordPiece): with RoBERTa's or XLM-R's own the same comments would have some more or
    fewer tokens, which changes comments but not tokens per second.
    """
    import torch
    import transformers
    from tokenizers import Tokenizer

    base = folder / shape.name.lower()
    base.mkdir(parents=True, exist_ok=True)
    words = Tokenizer.from_file(str(embedded_folders()[0] / "tokenizer.json"))
    words.no_truncation()
    words.no_padding()
    vocabulary = words.get_vocab()
    pad = next(token for token in ("[PAD]", "<pad>") if token in vocabulary)
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=words, model_max_length=shape.window, pad_token=pad
    )
    tokenizer.save_pretrained(base)
    kind = _CLASSES[shape.name]
    beyond = 0 if kind == "Bert" else vocabulary[pad] + 1
    config = getattr(transformers, f"{kind}Config")(
        vocab_size=max(_WORDS[shape.name], len(vocabulary)),
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.inner,
        max_position_embeddings=shape.window + beyond,
        type_vocab_size=2,
        pad_token_id=vocabulary[pad],
        num_labels=len(CLASSES),
    )
    config.save_pretrained(base)
    torch.manual_seed(seed)
    network = getattr(transformers, f"{kind}ForSequenceClassification")(config)
    arch = {
        "model_type": str(base),
        "model_name": type(network).__name__,
        "tokenizer_name": "PreTrainedTokenizerFast",
        "num_classes": len(CLASSES),
    }
    path = folder / f"{shape.name.lower()}.ckpt"
    torch.save(
        {
            "config": {"arch": {"args": arch}, "dataset": {"args": {"classes": list(CLASSES)}}},
            "state_dict": network.state_dict(),
        },
        path,
    )
    return path
