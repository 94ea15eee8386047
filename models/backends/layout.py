"""Shapes and tensor names of the encoders that our own forwards run, in BERT's terms. Pure: no runtime is imported."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

Tensors = Mapping[str, NDArray[Any]]

ACTIVATIONS = ("gelu", "gelu_new", "gelu_pytorch_tanh", "relu")


@dataclass(frozen=True)
class Encoder:
    """A stack of post-normalised transformer layers, as in BERT.

    activation: one of `ACTIVATIONS`. place: prefix of the layers' tensors, with `{}` for the layer's number (without it, all
    layers share theirs).
    """

    hidden: int
    layers: int
    heads: int
    eps: float
    activation: str
    place: str


_DISTILBERT = {
    "distilbert.transformer.": "encoder.",
    "distilbert.embeddings.": "embeddings.",
    "attention.q_lin.": "attention.self.query.",
    "attention.k_lin.": "attention.self.key.",
    "attention.v_lin.": "attention.self.value.",
    "attention.out_lin.": "attention.output.dense.",
    "sa_layer_norm.": "attention.output.LayerNorm.",
    "ffn.lin1.": "intermediate.dense.",
    "ffn.lin2.": "output.dense.",
    "output_layer_norm.": "output.LayerNorm.",
}
_ALBERT = {
    "albert.encoder.albert_layer_groups.0.albert_layers.0.": "encoder.shared.",
    "albert.": "",
    "attention.query.": "attention.self.query.",
    "attention.key.": "attention.self.key.",
    "attention.value.": "attention.self.value.",
    "attention.dense.": "attention.output.dense.",
    "attention.LayerNorm.": "attention.output.LayerNorm.",
    "ffn.": "intermediate.dense.",
    "ffn_output.": "output.dense.",
    "full_layer_layer_norm.": "output.LayerNorm.",
}
# Of each architecture that is known: its tensors' names in BERT's terms.
_NAMES: Mapping[str, Mapping[str, str]] = {
    "bert": {"bert.": ""},
    "roberta": {"roberta.": ""},
    "xlm-roberta": {"roberta.": ""},
    "distilbert": _DISTILBERT,
    "albert": _ALBERT,
}


@dataclass(frozen=True)
class Classifier:
    """A sequence classifier of Hugging Face that is known here.

    first: row of the position table that the first token has. projected: embeddings are narrower than the encoder. head: the
    layers from the first token's hidden state to logits, by name, and the activation (`tanh` or `relu`) between the two.
    """

    encoder: Encoder
    first: int
    projected: bool
    head: tuple[str, str, str]


def is_known(config: Any) -> bool:
    """Is this an architecture, in the variant, that `classifier_of` describes?"""
    if config.model_type not in _NAMES:
        return False
    activation = config.activation if config.model_type == "distilbert" else config.hidden_act
    return (
        activation in ACTIVATIONS
        and getattr(config, "position_embedding_type", "absolute") in (None, "absolute")
        and not getattr(config, "is_decoder", False)
        and getattr(config, "num_hidden_groups", 1) == 1
        and getattr(config, "inner_group_num", 1) == 1
    )


def classifier_of(config: Any, tensors: Tensors) -> tuple[Classifier, Tensors]:
    """The shape of a classifier that `is_known`, and its tensors under BERT's names. config: of Hugging Face."""
    kind = config.model_type
    weights = renamed(tensors, _NAMES[kind])
    if kind == "distilbert":
        encoder = Encoder(config.dim, config.n_layers, config.n_heads, 1e-12, config.activation, "encoder.layer.{}.")
        return Classifier(encoder, 0, False, ("pre_classifier", "relu", "classifier")), weights
    encoder = Encoder(
        config.hidden_size,
        config.num_hidden_layers,
        config.num_attention_heads,
        config.layer_norm_eps,
        config.hidden_act,
        "encoder.shared." if kind == "albert" else "encoder.layer.{}.",
    )
    if kind == "albert":
        return Classifier(encoder, 0, True, ("pooler", "tanh", "classifier")), weights
    if kind == "bert":
        return Classifier(encoder, 0, False, ("pooler.dense", "tanh", "classifier")), weights
    # RoBERTa and its kin count positions from the padding's id on.
    return Classifier(
        encoder, config.pad_token_id + 1, False, ("classifier.dense", "tanh", "classifier.out_proj")
    ), weights


def renamed(tensors: Tensors, names: Mapping[str, str]) -> dict[str, NDArray[Any]]:
    """Tensors under other names: each part of a name that `names` has is replaced where it stands at the start or behind a
    dot, in their order."""
    result = {}
    for name, value in tensors.items():
        for old, new in names.items():
            name = re.sub(r"(?<![^.])" + re.escape(old), new, name)
        result[name] = value
    return result
