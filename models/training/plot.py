"""Pictures of a run."""

from __future__ import annotations

import json
from pathlib import Path

from models.training.network import LABELS


def curve(log: Path, picture: Path) -> None:
    """Draw loss and development AUC over steps, from the run's `log.jsonl`."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    lines = [json.loads(line) for line in log.read_text().splitlines()]
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4))
    left.plot([x["step"] for x in lines], [x["loss"] for x in lines])
    left.set(xlabel="step", ylabel="training loss", yscale="log")
    for label in LABELS:
        points = [(x["step"], x["auc"][label]) for x in lines if label in x.get("auc", {})]
        if points:
            right.plot(*zip(*points, strict=True), marker=".", label=label)
    right.set(xlabel="step", ylabel="development AUC")
    right.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(picture, dpi=120)
    pyplot.close(figure)
