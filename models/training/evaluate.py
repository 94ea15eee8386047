"""Evaluate a run on the development split: AUC per source and label, toxic spans, our own templates.

    python -m models.training.evaluate --run runs/small --encoder FOLDER --data ../shared/data

Prints tables and writes `dev.npz` (logits, labels, weights, sources: what calibration reads) and `evaluation.json`
into the run's folder.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from tokenizers import Tokenizer

from models.attribution import spans_above
from models.quantise import widen
from models.training.batching import LENGTHS, run_over, tokenise
from models.training.data import Rows, from_templates, load
from models.training.export import layers_of, stored, weights_of
from models.training.network import LABELS, Classifier

THRESHOLDS = tuple(round(0.1 + 0.05 * i, 2) for i in range(16))


def character_f1(predicted: set[int], gold: set[int]) -> float:
    """F1 over characters of one post, as in SemEval-2021 task 5: both empty counts 1, one empty 0."""
    if not gold or not predicted:
        return float(not gold and not predicted)
    hit = len(predicted & gold)
    return 2 * hit / (len(predicted) + len(gold))


def span_f1(tokenizer: Tokenizer, rows: Rows, tokens: list[NDArray[np.float32]]) -> dict[float, float]:
    """Mean character F1 per token threshold over rows with annotated spans; spans as the service gives them, whole words."""
    chosen = [i for i in range(len(rows)) if rows.spans[i] is not None]
    if not chosen:
        return {}
    tokenizer.no_padding()
    tokenizer.enable_truncation(LENGTHS[-1])
    encodings = tokenizer.encode_batch([rows.texts[i] for i in chosen])
    total = dict.fromkeys(THRESHOLDS, 0.0)
    for i, encoding in zip(chosen, encodings, strict=True):
        gold = {c for a, b in rows.spans[i] or [] for c in range(a, b)}
        offsets = np.array(encoding.offsets, np.int32).reshape(-1, 2)
        for threshold in THRESHOLDS:
            spans = spans_above(rows.texts[i], offsets, tokens[i], threshold)
            found = {c for span in spans for c in range(span.start, span.end)}
            total[threshold] += character_f1(found, gold)
    return {threshold: value / len(chosen) for threshold, value in total.items()}


def auc_table(rows: Rows, logits: NDArray[np.float32]) -> dict[str, dict[str, float]]:
    """AUC per source and label where both classes occur, positives = label >= 0.5; and over all sources."""
    table: dict[str, dict[str, float]] = {}
    for source in [*np.unique(rows.sources), "all"]:
        line = {}
        for k, label in enumerate(LABELS):
            use = ~np.isnan(rows.labels[:, k]) & ((rows.sources == source) | (source == "all"))
            truth = rows.labels[use, k] >= 0.5
            if truth.sum() >= 5 and (~truth).sum() >= 5:
                line[label] = float(roc_auc_score(truth, logits[use, k]))
        if line:
            table[str(source)] = line
    return table


def template_table(rows: Rows, logits: NDArray[np.float32]) -> dict[str, dict[str, float]]:
    """Share of template rows per kind whose uncalibrated probability is on the right side of 0.5, per label."""
    table: dict[str, dict[str, float]] = {}
    for kind in np.unique(rows.sources):
        of = rows.sources == kind
        line = {}
        for k, label in enumerate(LABELS):
            known = of & ~np.isnan(rows.labels[:, k])
            if known.any():
                line[label] = float(((logits[known, k] > 0) == (rows.labels[known, k] >= 0.5)).mean())
        table[str(kind)] = line
    return table


def show(title: str, table: dict[str, dict[str, float]]) -> None:
    print(f"\n{title:34s}" + "".join(f"{label[:9]:>10s}" for label in LABELS))
    for name, line in table.items():
        print(f"{name:34s}" + "".join(f"{line[label]:10.4f}" if label in line else f"{'-':>10s}" for label in LABELS))


def model_of(run: Path, encoder: Path, *, int8: bool = False) -> Classifier:
    """The run's network; with `int8`, its matrices rounded as int8 storage rounds them."""
    weights = weights_of(run)
    if int8:
        weights = {name: torch.from_numpy(value) for name, value in widen(numpy_of(stored(weights, "int8"))).items()}
    model = Classifier.from_encoder(encoder, layers_of(weights))
    model.load_state_dict(weights)
    return model


def numpy_of(tensors: Mapping[str, torch.Tensor]) -> dict[str, NDArray[Any]]:
    return {name: value.numpy() for name, value in tensors.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--data", default="../shared/data")
    parser.add_argument("--int8", action="store_true", help="with matrices rounded as int8 storage rounds them")
    options = parser.parse_args()
    model = model_of(options.run, options.encoder, int8=options.int8)
    tokenizer = Tokenizer.from_file(str(options.encoder / "tokenizer.json"))
    rows = load(options.data, "dev")
    logits, tokens = run_over(model, tokenise(tokenizer, rows.texts, rows.spans), progress="development split")
    own = from_templates("eval", 1)
    own_logits, _ = run_over(model, tokenise(tokenizer, own.texts, own.spans), progress="own templates")
    result: dict[str, Any] = {
        "auc": auc_table(rows, logits),
        "templates": template_table(own, own_logits),
        "span_f1": span_f1(tokenizer, rows, tokens),
    }
    show("AUC, development split", result["auc"])
    show("share right at 0.5, own templates", result["templates"])
    best = max(result["span_f1"], key=lambda t: result["span_f1"][t])
    print(f"\ntoxic spans: character F1 {result['span_f1'][best]:.4f} at token threshold {best}")
    both = rows + own
    np.savez_compressed(
        options.run / "dev.npz",
        logits=np.concatenate([logits, own_logits]),
        labels=both.labels,
        weights=both.weights,
        sources=both.sources,
    )
    (options.run / "evaluation.json").write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
