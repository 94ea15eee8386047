"""Choose the cascade's bounds: between which scores of the small model the larger one is asked.

    python -m models.training.bounds --first runs/tiny --second runs/small --out models/weights/civility --version 1.0.0

Reads `dev.npz` and `calibration.json` of two evaluated and calibrated runs. First it takes the share of the larger model in
the average of the two at which the mean AUC is best (1 is the larger model alone). Then, of all pairs of a lower and an upper
bound, it takes the cheapest (fewest ordinary rows scored twice) at which, against that average on every row or the larger model
alone, whichever is better, the mean AUC of all labels but conspiracy loses at most `--auc-loss`, that of conspiracy (told within one source, a matter of ranks far below any
level) at most `--conspiracy-loss`, and at most `--changed` of ordinary rows lie on another side of a level that policies decide at than by that
average on every row. Writes the cascade's card and `bounds.json`, the tables of all shares and pairs; with `--as-run FOLDER` also the cascade's own
logits as a run's `dev.npz` and `calibration.json`, which `models.training.fairness` reads.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from models.aggregate import activate
from models.cascade import second_weights
from models.training.calibrate import ORDINARY
from models.training.network import LABELS

#: Levels at which policies decide: a half, and what the default policy asks for review.
LEVELS = {"toxicity": (0.5, 0.95), "obscene": (0.5, 0.95), "insult": (0.5, 0.85)}
LOWER = (0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12)
UPPER = (0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 1.0)
RAMP = 0.25
PLOTS = (LABELS.index("conspiracy"),)
TOXIC = tuple(set(range(len(LABELS))) - set(PLOTS))
SHARES = (0.4, 0.5, 0.6, 0.7, 0.8, 1.0)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Trial:
    """One pair of bounds: share of ordinary rows scored twice, share on another side of a level, and mean AUC lost
    against the better of the larger model alone and the average on every row."""

    lower: float
    upper: float
    twice: float
    changed: float
    auc_loss: float
    conspiracy_loss: float


def calibrated(run: Path) -> tuple[Floats, dict[str, NDArray[np.float32]]]:
    """Calibrated logits [n, labels] and the other columns of `dev.npz`."""
    with np.load(run / "dev.npz") as file:
        data = dict(file)
    fitted = json.loads((run / "calibration.json").read_text())["calibration"]
    slope, intercept = np.array([fitted[label] for label in LABELS]).T
    return data["logits"] * slope + intercept, data


def mean_auc(
    probability: Floats, labels: Floats, rows: NDArray[np.bool_], only: Sequence[int] = range(len(LABELS))
) -> float:
    """Mean over the labels, or `only` some, of the AUC on annotated rows, positives = label >= 0.5."""
    values = []
    for k in only:
        use = rows & ~np.isnan(labels[:, k])
        truth = labels[use, k] >= 0.5
        if truth.any() and not truth.all():
            values.append(roc_auc_score(truth, probability[use, k]))
    return float(np.mean(values))


def trial(
    first: Floats,
    best: Floats,
    labels: Floats,
    weights: Floats,
    ordinary: NDArray[np.bool_],
    pair: tuple[float, float],
    second: Floats,
) -> Trial:
    """Measure one pair; first, best: calibrated logits of the small model and of the average; weights: [n], of the rows;
    second: those of the larger model."""

    def lost(only: Sequence[int]) -> float:
        most = max(mean_auc(one, labels, ordinary, only) for one in (second, best))
        return most - mean_auc(blended, labels, ordinary, only)

    share = second_weights(activate(first, "sigmoid"), np.array([pair] * len(LABELS)), RAMP)
    blended = activate(first + share[:, None] * (best - first), "sigmoid")
    alone = activate(best, "sigmoid")
    moved = np.zeros(len(first), bool)
    for k, label in enumerate(LABELS):
        for level in LEVELS.get(label, (0.5,)):
            moved |= (blended[:, k] >= level) != (alone[:, k] >= level)
    count = weights * ordinary
    return Trial(
        *pair,
        twice=float((count * (share > 0)).sum() / count.sum()),
        changed=float((count * moved).sum() / count.sum()),
        auc_loss=lost(TOXIC),
        conspiracy_loss=lost(PLOTS),
    )


def save_as_run(folder: Path, data: dict[str, NDArray[np.float32]], first: Floats, best: Floats, pair: Trial) -> None:
    """The cascade's development logits, already calibrated, as a run of one model would leave them."""
    bounds = np.array([(pair.lower, pair.upper)] * len(LABELS))
    share = second_weights(activate(first, "sigmoid"), bounds, RAMP)
    folder.mkdir(parents=True, exist_ok=True)
    columns: dict[str, Any] = {**data, "logits": first + share[:, None] * (best - first)}
    np.savez_compressed(folder / "dev.npz", **columns)
    identity = {"calibration": {label: [1.0, 0.0] for label in LABELS}}
    (folder / "calibration.json").write_text(json.dumps(identity) + "\n")


def choose(trials: list[Trial], changed: float, auc_loss: float, conspiracy_loss: float) -> Trial | None:
    """The cheapest that keeps all limits; among those that cost the same to a hundredth, the one that changes least."""
    good = [
        t for t in trials if t.changed <= changed and t.auc_loss <= auc_loss and t.conspiracy_loss <= conspiracy_loss
    ]
    return min(good, key=lambda t: (round(t.twice, 2), t.changed)) if good else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=Path, required=True, help="run of the small model")
    parser.add_argument("--second", type=Path, required=True, help="run of the larger model")
    parser.add_argument("--first-name", default="civility-tiny", help="folder of the small model, beside --out")
    parser.add_argument("--second-name", default="civility-small", help="folder of the larger model, beside --out")
    parser.add_argument("--name", default="civility")
    parser.add_argument("--version", required=True)
    parser.add_argument("--share", type=float, choices=SHARES, help="instead of the best one")
    parser.add_argument("--changed", type=float, default=0.005, help="most rows on another side of a level")
    parser.add_argument("--auc-loss", type=float, default=0.0005, help="most mean AUC lost, all labels but conspiracy")
    parser.add_argument("--conspiracy-loss", type=float, default=0.01, help="most AUC of conspiracy lost")
    parser.add_argument("--as-run", type=Path, help="folder for the cascade's own development logits")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    first, data = calibrated(options.first)
    second, other = calibrated(options.second)
    if not np.array_equal(data["labels"], other["labels"], equal_nan=True):
        parser.error("--first, --second: the two runs were not evaluated on the same rows")
    ordinary = np.isin(data["sources"], ORDINARY)
    weights = np.nan_to_num(data["weights"][:, LABELS.index("toxicity")]).astype(np.float64)
    labels = data["labels"].astype(np.float64)
    aucs = {share: mean_auc(first + share * (second - first), labels, ordinary) for share in (0.0, *SHARES)}
    print("mean AUC by share of the larger model: " + ", ".join(f"{share}: {auc:.5f}" for share, auc in aucs.items()))
    share = options.share or max(SHARES, key=lambda one: aucs[one])
    best = first + share * (second - first)
    pairs = [(low, high) for low in LOWER for high in UPPER]
    trials = [trial(first, best, labels, weights, ordinary, pair, second) for pair in pairs]
    print(f"{'lower':>7s}{'upper':>7s}{'twice':>9s}{'changed':>9s}{'AUC lost':>10s}{'conspiracy':>12s}")
    for one in trials:
        print(
            f"{one.lower:7.3f}{one.upper:7.3f}{one.twice:9.4f}{one.changed:9.4f}{one.auc_loss:10.5f}{one.conspiracy_loss:12.5f}"
        )
    chosen = choose(trials, options.changed, options.auc_loss, options.conspiracy_loss)
    options.out.mkdir(parents=True, exist_ok=True)
    table = {
        "auc_by_share": aucs,
        "share": share,
        "chosen": asdict(chosen) if chosen else None,
        "trials": [asdict(one) for one in trials],
    }
    (options.out / "bounds.json").write_text(json.dumps(table, indent=1) + "\n")
    if chosen is None:
        parser.exit(1, "no pair of bounds keeps all limits: the cascade does not hold up\n")
    if options.as_run:
        save_as_run(options.as_run, data, first, best, chosen)
    card = {
        "name": options.name,
        "version": options.version,
        "cascade": {
            "first": options.first_name,
            "second": options.second_name,
            "ramp": RAMP,
            "share": share,
            "bounds": {label: [chosen.lower, chosen.upper] for label in LABELS},
        },
    }
    (options.out / "card.json").write_text(json.dumps(card, indent=1) + "\n")
    print(f"{options.out}: {chosen}")


if __name__ == "__main__":
    main()
