"""Make a pretrained encoder folder in the shape that this project trains and runs: BERT's names, BERT's vocabulary.

    python -m models.training.encoders --mpnet all-mpnet-base-v2 --vocabulary MINILM_FOLDER --layers 6 --out mpnet6

MPNet (Song et al., 2020, "MPNet: Masked and Permuted Pre-training for Language Understanding") differs from BERT in three
things: its vocabulary is BERT's behind four symbols of its own, it has no segment embeddings, and one table of relative
positions is added to the attention logits of every layer. Rows are put in BERT's order and the segment table is zero, so
that both tiers share one tokenizer and one set of encoded windows; the relative table is kept as `relative_bias.weight`.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

#: BERT's special symbols and those of MPNet that stand in their place.
SPECIAL = {"[PAD]": "<pad>", "[CLS]": "<s>", "[SEP]": "</s>"}
_LAYER = {
    "attention.attn.q": "attention.self.query",
    "attention.attn.k": "attention.self.key",
    "attention.attn.v": "attention.self.value",
    "attention.attn.o": "attention.output.dense",
    "attention.LayerNorm": "attention.output.LayerNorm",
    "intermediate.dense": "intermediate.dense",
    "output.dense": "output.dense",
    "output.LayerNorm": "output.LayerNorm",
}


def read_vocabulary(folder: Path) -> list[str]:
    """The symbols of `vocab.txt`, in order of their ids."""
    return (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")[:-1]


def from_mpnet(
    weights: dict[str, torch.Tensor], symbols: list[str], vocabulary: list[str], layers: int
) -> dict[str, torch.Tensor]:
    """Rename MPNet's tensors to BERT's, word rows in the order of `vocabulary`; the first `layers` layers.

    Raises `ValueError` for a symbol that MPNet does not know.
    """
    at = {symbol: row for row, symbol in enumerate(symbols)}
    unknown = [symbol for symbol in vocabulary if SPECIAL.get(symbol, symbol) not in at]
    if unknown:
        raise ValueError(f"vocabulary: MPNet does not know {unknown[:3]}")
    rows = torch.tensor([at[SPECIAL.get(symbol, symbol)] for symbol in vocabulary])
    hidden = weights["embeddings.word_embeddings.weight"].shape[1]
    result = {
        "embeddings.word_embeddings.weight": weights["embeddings.word_embeddings.weight"][rows],
        # MPNet counts positions from its padding symbol's id on: the first two rows are never used.
        "embeddings.position_embeddings.weight": weights["embeddings.position_embeddings.weight"][2:],
        "embeddings.token_type_embeddings.weight": torch.zeros(2, hidden),
        "embeddings.LayerNorm.weight": weights["embeddings.LayerNorm.weight"],
        "embeddings.LayerNorm.bias": weights["embeddings.LayerNorm.bias"],
        "relative_bias.weight": weights["encoder.relative_attention_bias.weight"],
    }
    for layer in range(layers):
        for theirs, ours in _LAYER.items():
            for kind in ("weight", "bias"):
                place = f"encoder.layer.{layer}."
                result[f"{place}{ours}.{kind}"] = weights[f"{place}{theirs}.{kind}"]
    return {name: value.float().contiguous() for name, value in result.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mpnet", type=Path, required=True, help="folder of all-mpnet-base-v2")
    parser.add_argument(
        "--vocabulary", type=Path, required=True, help="folder of a BERT-uncased encoder: its tokenizer"
    )
    parser.add_argument("--layers", type=int, default=6, help="keep the first N layers")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    theirs = json.loads((options.mpnet / "config.json").read_text())
    vocabulary = read_vocabulary(options.vocabulary)
    weights = from_mpnet(
        load_file(options.mpnet / "model.safetensors"), read_vocabulary(options.mpnet), vocabulary, options.layers
    )
    save_file(weights, options.out / "model.safetensors", metadata={"format": "pt"})
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": theirs["hidden_size"],
        "num_hidden_layers": options.layers,
        "num_attention_heads": theirs["num_attention_heads"],
        "intermediate_size": theirs["intermediate_size"],
        "hidden_act": theirs["hidden_act"],
        "layer_norm_eps": theirs["layer_norm_eps"],
        "max_position_embeddings": weights["embeddings.position_embeddings.weight"].shape[0],
        "vocab_size": len(vocabulary),
        "type_vocab_size": 2,
        "pad_token_id": vocabulary.index("[PAD]"),
        "relative_buckets": theirs["relative_attention_num_buckets"],
    }
    (options.out / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    for name in ("tokenizer.json", "vocab.txt"):
        shutil.copy(options.vocabulary / name, options.out / name)
    print(f"{options.out}: {options.layers} layers, {sum(v.numel() for v in weights.values()) / 1e6:.1f} M parameters")


if __name__ == "__main__":
    main()
