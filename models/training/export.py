"""Export a run as an embedded model folder: card.json, tokenizer.json, model.safetensors (float16, or int8 with scales).

    python -m models.training.export --run runs/small --encoder FOLDER --name civility-small --version 1.0.0 \
        --calibration runs/small/calibration.json --out models/weights/civility-small

float16 halves the file; the service computes in bfloat16 or float32, so weights lose nothing that it would keep.
`--storage int8` halves it again: matrices of the encoder as int8 with one scale a row (`models.quantise`), widened on load.
Give `--int8` to `models.training.evaluate` before, so that the card's figures and calibration are those of what is shipped.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from models.card import sha256_of
from models.quantise import SCALE, quantise, widen
from models.training.network import LABELS

WINDOW = 160  # tokens, special ones included: what the model was trained on
STRIDE = 40
LICENCE = "Apache-2.0 (weights); see MODEL_CARD.md for the data's licences"


def floats(path: Path) -> dict[str, torch.Tensor]:
    """Weights of a run or of a released model as float32: what is stored as int8 is widened."""
    tensors = {name: value.numpy() for name, value in load_file(path).items()}
    return {name: torch.from_numpy(value).float() for name, value in widen(tensors).items()}


def weights_of(run: Path) -> dict[str, torch.Tensor]:
    """The run's final weights, or those of its last checkpoint while it is still going on; or a released model's."""
    final = run / "model.safetensors"
    if final.exists():
        return floats(final)
    state: dict[str, torch.Tensor] = torch.load(run / "checkpoint.pt", weights_only=True)["model"]
    return state


def stored(weights: Mapping[str, torch.Tensor], storage: str) -> dict[str, torch.Tensor]:
    """The tensors of the file. With int8: the encoder's word table and products; heads and small tables stay float16."""
    result = {}
    for name, value in weights.items():
        if storage == "int8" and name.startswith("encoder.") and value.ndim == 2 and "position" not in name:
            values, scale = quantise(value.numpy())
            result[name], result[name + SCALE] = torch.from_numpy(values), torch.from_numpy(scale)
        else:
            result[name] = value.to(torch.float16).contiguous()
    return result


def layers_of(weights: dict[str, torch.Tensor]) -> int:
    """How many layers the encoder has, counted from the weights."""
    return 1 + max(int(name.split(".")[3]) for name in weights if name.startswith("encoder.encoder.layer."))


def architecture(encoder: Path, weights: dict[str, torch.Tensor]) -> dict[str, Any]:
    """The encoder's shape in the card's terms, layers counted from the weights."""
    config = json.loads((encoder / "config.json").read_text())
    return {
        "type": config["model_type"],
        "hidden": config["hidden_size"],
        "layers": layers_of(weights),
        "heads": config["num_attention_heads"],
        "intermediate": config["intermediate_size"],
        "vocabulary": config["vocab_size"],
        "positions": config["max_position_embeddings"],
        "layer_norm_eps": config["layer_norm_eps"],
        "activation": config["hidden_act"],
        "pooling": "mean+max",
        "pad_token_id": config["pad_token_id"],
        "relative_buckets": config.get("relative_buckets", 0),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="folder of the training run")
    parser.add_argument("--encoder", type=Path, required=True, help="folder of the encoder it started from")
    parser.add_argument("--name", default="civility-small")
    parser.add_argument("--version", required=True)
    parser.add_argument("--calibration", type=Path, help="calibration.json of models.training.calibrate")
    parser.add_argument("--storage", choices=("float16", "int8"), default="float16", help="how matrices are stored")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    weights = weights_of(options.run)
    options.out.mkdir(parents=True, exist_ok=True)
    save_file(stored(weights, options.storage), options.out / "model.safetensors")
    tokenizer = Tokenizer.from_file(str(options.encoder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(options.out / "tokenizer.json"))
    for name, copy in (
        ("config.json", "training.json"),
        ("evaluation.json", "evaluation.json"),
        ("curve.png", "curve.png"),
    ):
        if (options.run / name).exists():
            shutil.copy(options.run / name, options.out / copy)
    fitted = json.loads(options.calibration.read_text()) if options.calibration else {}
    card = {
        "name": options.name,
        "version": options.version,
        "labels": list(LABELS),
        "activation": "sigmoid",
        "window": WINDOW,
        "stride": STRIDE,
        "calibration": fitted.get("calibration", {}),
        "token_head": True,
        "token_threshold": fitted.get("token_threshold", 0.5),
        "languages": ["en"],
        "licence": LICENCE,
        "architecture": architecture(options.encoder, weights),
        "files": {name: sha256_of(options.out / name) for name in ("model.safetensors", "tokenizer.json")},
    }
    (options.out / "card.json").write_text(json.dumps(card, indent=1) + "\n")
    for path in options.out.iterdir():
        path.chmod(0o644)
    size = sum(path.stat().st_size for path in options.out.iterdir()) / 1e6
    print(f"{options.out}: {options.name} {options.version}, {size:.1f} MB")


if __name__ == "__main__":
    main()
