"""The embedded model against itself in fp32, both through the engine, under the instructions that this process may use.

    ONEDNN_MAX_CPU_ISA=AVX2 python -m benchmarks.isa [--model NAME] [--quick]

Prints one JSON object; `benchmarks.engine` starts it once for each instruction set. AUC: mean over Jigsaw's labels, on
development rows half of which are toxic; null where the data is absent.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.measure import DATA, interleaved, load, real_texts
from models.registry import open_model
from service.settings import Settings

JIGSAW = ("toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack")


def labelled(count: int) -> Any:
    """Rows of Jigsaw's development split, half of them toxic, or None."""
    source = DATA / "train" / "toxicity.parquet"
    if not source.is_file():
        return None
    import pandas as pd

    frame = pd.read_parquet(source, columns=["text", "source", "split", *JIGSAW])
    frame = frame[(frame.split == "dev") & (frame.source == "jigsaw2018")].dropna(subset=list(JIGSAW))
    toxic = frame[frame.toxicity >= 0.5]
    clean = frame[frame.toxicity < 0.5]
    return pd.concat([part.sample(min(len(part), count // 2), random_state=0) for part in (toxic, clean)])


def mean_auc(frame: Any, scores: Sequence[dict[str, float]]) -> float:
    """Of the labels that the sample has both kinds of."""
    from sklearn.metrics import roc_auc_score

    found = []
    for label in JIGSAW:
        truth = frame[label].to_numpy() >= 0.5
        if 0 < truth.sum() < len(truth):
            found.append(roc_auc_score(truth, [score[label] for score in scores]))
    return float(np.mean(found))


def main() -> None:
    from benchmarks.contenders import Scorer

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=Settings().model)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    texts, _ = real_texts(24 if options.quick else 128)
    scorers = {
        name: Scorer(open_model(options.model, device="cpu", backend="openvino", precision=precision))
        for name, precision in (("default", "auto"), ("fp32", "fp32"))
    }
    for scorer in scorers.values():
        scorer.grouped(texts)
    timed = interleaved(
        {name: lambda scorer=scorer: scorer.grouped(texts) for name, scorer in scorers.items()},  # type: ignore[misc]
        2 if options.quick else 5,
    )
    frame = labelled(60 if options.quick else 600)
    scores = (
        {name: scorer.grouped(frame.text.tolist()) for name, scorer in scorers.items()} if frame is not None else {}
    )
    aucs = {name: mean_auc(frame, found) for name, found in scores.items()}
    result = {
        "ONEDNN_MAX_CPU_ISA": os.environ.get("ONEDNN_MAX_CPU_ISA", ""),
        "default precision": scorers["default"].model.precision,
        "default comments_per_s": len(texts) / timed["default"].median,
        "fp32 comments_per_s": len(texts) / timed["fp32"].median,
        "ratio": timed["fp32"].median / timed["default"].median,
        "mean AUC": aucs or None,
        "largest score difference": max(
            (
                abs(one[label] - other[label])
                for one, other in zip(scores["default"], scores["fp32"], strict=True)
                for label in one
            ),
            default=None,
        )
        if scores
        else None,
        "spread": {name: each.spread for name, each in timed.items()},
        "load_average": load(),
    }
    for scorer in scorers.values():
        scorer.close()
    print(json.dumps(result))


if __name__ == "__main__":
    main()
