"""The card's tables of identity terms and of thresholds, from an evaluated and calibrated run.

    python -m models.training.fairness --run runs/small

Reads `dev.npz` (`models.training.evaluate`) and `calibration.json` (`models.training.calibrate`). Prints the share of benign
template sentences per identity term that pass a calibrated 0.5, and precision and recall at thresholds on Jigsaw's
development rows, weighted so that its class mix is right.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.training.network import LABELS
from models.training.templates import build

IDENTITY_LABELS = ("toxicity", "identity_attack", "insult")
THRESHOLDS = {
    "toxicity": (0.5, 0.95, 0.97),
    "severe_toxicity": (0.5, 0.6),
    "obscene": (0.5, 0.97),
    "threat": (0.5, 0.6),
    "insult": (0.5, 0.85),
    "identity_attack": (0.5, 0.6),
}


def identity_terms(probabilities: NDArray[np.float64]) -> None:
    """Print false positives per term; probabilities: [rows of the evaluation templates, labels]."""
    rows = build("eval", 1)
    for label in IDENTITY_LABELS:
        flagged: dict[str, list[bool]] = defaultdict(list)
        for row, probability in zip(rows, probabilities[:, LABELS.index(label)], strict=True):
            if row.kind == "identity_benign" and row.term is not None:
                flagged[row.term].append(bool(probability >= 0.5))
        shares = {term: float(np.mean(values)) for term, values in flagged.items()}
        mean = float(np.mean([value for values in flagged.values() for value in values]))
        worst = sorted(shares, key=lambda term: -shares[term])[:6]
        print(
            f"{label:16s} mean {mean:.3f}, above 0.10: {sum(x > 0.1 for x in shares.values())} of {len(shares)} terms; "
            + ", ".join(f"{term} {shares[term]:.2f}" for term in worst)
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    run = parser.parse_args().run
    data = np.load(run / "dev.npz")
    calibration = json.loads((run / "calibration.json").read_text())["calibration"]
    slope, intercept = np.array([calibration[label] for label in LABELS]).T
    probabilities = 1 / (1 + np.exp(-(data["logits"] * slope + intercept)))
    identity_terms(probabilities[np.char.startswith(data["sources"], "template:")])
    jigsaw = data["sources"] == "jigsaw2018"
    for label, thresholds in THRESHOLDS.items():
        k = LABELS.index(label)
        of = jigsaw & ~np.isnan(data["labels"][:, k])
        truth, weight, probability = data["labels"][of, k] >= 0.5, data["weights"][of, k], probabilities[of, k]
        for threshold in thresholds:
            flagged = probability >= threshold
            hit = weight[flagged & truth].sum()
            print(
                f"{label:16s} at {threshold:.2f}: precision {hit / max(weight[flagged].sum(), 1e-9):.2f}, "
                f"recall {hit / weight[truth].sum():.2f}, {int(flagged.sum())} flagged"
            )


if __name__ == "__main__":
    main()
