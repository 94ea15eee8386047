"""Platt scaling per label on the development split, with the class prior put right; picks the span threshold too.

    python -m models.training.calibrate --run runs/small

Reads `dev.npz` and `evaluation.json` of `models.training.evaluate`. Fits slope and intercept on one half of the rows,
reports the expected calibration error (15 bins of equal width) on the other half, then fits on both. Rows count by their
training weights, so that the missing half of Jigsaw's clean rows is stood in for. Only sources that were not collected by
searching for abuse take part: in the others, as in our own templates, the share of positives is not that of a comment
section. Source: Platt (1999), "Probabilistic outputs for support vector machines".
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from models.training.network import LABELS

#: Sources drawn from ordinary talk.
ORDINARY = (
    "jigsaw2018",
    "civil_comments",
    "context_toxicity_gc",
    "context_toxicity_gn",
    "psycomark",
    "civil_negative",
    "jigsaw_negative",
)

#: What a source's conspiracy label counts here: psycomark was collected from conspiracy forums, a comment section was not.
#: These shares put the weighted prior near 5 %.
CONSPIRACY_SHARE = {"psycomark": 0.3, "civil_negative": 1.0, "jigsaw_negative": 1.0}

Floats = NDArray[np.float32]


def fit(logits: Floats, truth: Floats, weights: Floats) -> tuple[float, float]:
    """Slope and intercept of sigmoid(slope * logit + intercept) by weighted likelihood; soft labels count as shares."""
    x = np.concatenate([logits, logits])[:, None]
    y = np.concatenate([np.ones_like(truth), np.zeros_like(truth)])
    w = np.concatenate([weights * truth, weights * (1 - truth)])
    keep = w > 0
    model = LogisticRegression(C=1e6).fit(x[keep], y[keep], sample_weight=w[keep])
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def expected_error(probability: Floats, truth: Floats, weights: Floats, bins: int = 15) -> float:
    """Expected calibration error: weighted mean over bins of |mean truth - mean probability|."""
    at = np.minimum((probability * bins).astype(int), bins - 1)
    error = 0.0
    for bin_ in range(bins):
        of = at == bin_
        weight = weights[of].sum()
        if weight > 0:
            gap = np.average(truth[of], weights=weights[of]) - np.average(probability[of], weights=weights[of])
            error += weight * abs(gap)
    return float(error / weights.sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    run = parser.parse_args().run
    data = np.load(run / "dev.npz")
    spans = {float(k): v for k, v in json.loads((run / "evaluation.json").read_text())["span_f1"].items()}
    ordinary = np.isin(data["sources"], ORDINARY)
    share = np.array([CONSPIRACY_SHARE.get(source, 1.0) for source in data["sources"]], np.float32)
    half = np.random.default_rng(0).random(len(ordinary)) < 0.5
    calibration, errors = {}, {}
    for k, label in enumerate(LABELS):
        use = (data["weights"][:, k] > 0) & ordinary
        logits, truth, weights = (data[name][:, k] for name in ("logits", "labels", "weights"))
        if label == "conspiracy":
            weights = np.where(np.isnan(truth), 0.0, share).astype(np.float32)
        slope, intercept = fit(logits[use & half], truth[use & half], weights[use & half])
        test = use & ~half
        probability = 1 / (1 + np.exp(-(slope * logits[test] + intercept)))
        raw = 1 / (1 + np.exp(-logits[test]))
        errors[label] = expected_error(probability, truth[test], weights[test])
        before = expected_error(raw, truth[test], weights[test])
        calibration[label] = fit(logits[use], truth[use], weights[use])
        print(
            f"{label:16s} rows {int(use.sum()):6d} positives {int((truth[use] >= 0.5).sum()):5d}"
            f"  error {before:.4f} -> {errors[label]:.4f}  slope, intercept {calibration[label]}"
        )
    result = {
        "calibration": calibration,
        "expected_error": errors,
        "token_threshold": max(spans, key=lambda threshold: spans[threshold]) if spans else 0.5,
    }
    (run / "calibration.json").write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
