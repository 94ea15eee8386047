"""How good is a model? AUC per file and label with confidence intervals, beside the published references.

    python benchmarks/quality.py --model civility-small --data ../shared/data/dev
    python benchmarks/quality.py --model detoxify:original --data my/folder --sample 2000

Every parquet file of the folder with a `text` column and label columns (the standard names, or the aliases below) is
scored whole, in windows, as the service does. Labels that are not annotated (NaN) or that the model lacks are left out.
Intervals: 95 %, percentile bootstrap over rows, 1,000 resamples. Writes benchmarks/results/quality-MODEL.json and .png.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sklearn.metrics import roc_auc_score

from models.model import Model
from models.registry import open_model

LABELS = (
    "toxicity",
    "severe_toxicity",
    "obscene",
    "threat",
    "insult",
    "identity_attack",
    "sexual_explicit",
    "conspiracy",
)
#: Other names for a column in data sets at hand -> ours.
ALIASES = {
    "toxic": "toxicity",
    "severe_toxic": "severe_toxicity",
    "identity_hate": "identity_attack",
    "IsToxic": "toxicity",
    "IsAbusive": "insult",
    "IsHatespeech": "identity_attack",
    "IsThreat": "threat",
    "H": "identity_attack",
    "HR": "insult",
    "V": "threat",
    "label_gold": "identity_attack",
}
#: Mean column AUC on the Jigsaw 2018 test, as published by Detoxify.
REFERENCES = {"Detoxify original": 0.9864, "Detoxify original-small": 0.9828}
RESULTS = Path(__file__).parent / "results"


def truth_of(column: pd.Series[Any]) -> NDArray[np.float64]:
    """A label column as 0, 1 or NaN."""
    if column.dtype == object or str(column.dtype).startswith(("str", "category")):
        words = column.astype(str).str.lower()
        return np.where(words.isin(["hateful", "true", "1", "yes"]), 1.0, 0.0)
    values = column.to_numpy(np.float64, na_value=np.nan)
    return np.where(np.isnan(values), np.nan, (values >= 0.5).astype(float))


def score(model: Model, texts: Sequence[str], tokens: int = 8192) -> dict[str, NDArray[np.float64]]:
    """Calibrated probabilities per label, grouped by length under a budget of padded tokens."""
    encoded = model.encode(texts)
    windows = sorted(
        ((len(w), i, k) for i, e in enumerate(encoded) for k, w in enumerate(e.windows)), key=lambda x: x[0]
    )
    found: dict[tuple[int, int], Any] = {}
    batch: list[tuple[int, int]] = []
    batches = []
    for length, i, k in windows:
        if batch and (len(batch) + 1) * length > tokens:
            batches.append(batch)
            batch = []
        batch.append((i, k))
    batches.append(batch)
    for part in track(batches, description="scoring", transient=True):
        for key, result in zip(part, model.run([encoded[i].windows[k] for i, k in part]), strict=True):
            found[key] = result
    scores = [model.decode(e, [found[i, k] for k in range(len(e.windows))]).values for i, e in enumerate(encoded)]
    return {label: np.array([s[label] for s in scores]) for label in model.card.labels}


def interval(
    metric: Callable[[NDArray[np.int64]], float], n: int, rounds: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """95 % percentile bootstrap interval of `metric(rows)` over n rows."""
    rng = np.random.default_rng(seed)
    values = [v for v in (metric(rng.integers(0, n, n)) for _ in range(rounds)) if not np.isnan(v)]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def auc(truth: NDArray[np.float64], probability: NDArray[np.float64]) -> float:
    return float(roc_auc_score(truth, probability)) if 0 < truth.sum() < len(truth) else float("nan")


def evaluate(model: Model, path: Path, sample: int | None) -> list[dict[str, Any]]:
    """One line per label of a file: AUC, its interval, rows and positives."""
    frame = pd.read_parquet(path)
    if "text" not in frame:
        return []
    if sample is not None and len(frame) > sample:
        frame = frame.sample(sample, random_state=0)
    columns = {ALIASES.get(c, c): c for c in frame.columns if ALIASES.get(c, c) in LABELS}
    pairs = [c for c in frame.columns if c.startswith("neutral")]
    if not columns and not pairs:
        return []
    probabilities = score(model, frame.text.astype(str).tolist())
    lines: list[dict[str, Any]] = []
    for label, column in columns.items():
        if label not in probabilities:
            continue
        truth = truth_of(frame[column])
        known = ~np.isnan(truth)
        y, p = truth[known], probabilities[label][known]
        value = auc(y, p)
        if np.isnan(value):
            continue
        low, high = interval(lambda at, y=y, p=p: auc(y[at], p[at]), len(y), 200 if len(y) > 20_000 else 1000)
        lines.append(
            {
                "file": path.stem,
                "label": label,
                "metric": "AUC",
                "value": value,
                "low": low,
                "high": high,
                "rows": len(y),
                "positives": int(y.sum()),
            }
        )
    if pairs and "toxicity" in probabilities:
        rewrites = frame[pairs[0]].astype(str)
        use = (rewrites != "").to_numpy()
        other = score(model, rewrites[use].tolist())["toxicity"]
        above = (probabilities["toxicity"][use] > other).astype(float)
        low, high = interval(lambda at: float(above[at].mean()), len(above))
        lines.append(
            {
                "file": path.stem,
                "label": "toxicity",
                "metric": "above its rewrite",
                "value": float(above.mean()),
                "low": low,
                "high": high,
                "rows": len(above),
                "positives": len(above),
            }
        )
    return lines


def show(lines: list[dict[str, Any]], title: str) -> None:
    table = Table(title=title)
    for name in ("file", "label", "metric", "value", "95 %", "rows", "positives"):
        table.add_column(name, justify="left" if name in ("file", "label", "metric") else "right")
    for x in lines:
        table.add_row(
            x["file"],
            x["label"],
            x["metric"],
            f"{x['value']:.4f}",
            f"{x['low']:.3f}-{x['high']:.3f}",
            str(x["rows"]),
            str(x["positives"]),
        )
    Console().print(table)
    print("published, Jigsaw 2018 test, mean column AUC: " + ", ".join(f"{k} {v}" for k, v in REFERENCES.items()))


def plot(lines: list[dict[str, Any]], title: str, path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 0.32 * len(lines) + 1.2))
    at = np.arange(len(lines))[::-1]
    value = np.array([x["value"] for x in lines])
    error = np.array([[x["value"] - x["low"], x["high"] - x["value"]] for x in lines]).T
    axes.errorbar(value, at, xerr=error, fmt="o", capsize=3)
    axes.set_yticks(at, [f"{x['file']}: {x['label']} ({x['metric']})" for x in lines], fontsize=8)
    axes.set(xlabel="value with 95 % interval", title=title, xlim=(0.4, 1.005))
    axes.grid(axis="x", alpha=0.4)
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="civility", help="as for civility serve --model")
    parser.add_argument("--data", type=Path, default=Path("../shared/data/dev"), help="folder of parquet files")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--sample", type=int, help="score at most this many random rows of a file")
    options = parser.parse_args()
    files = sorted(options.data.glob("*.parquet"))
    if not files:
        raise SystemExit(f"{options.data}: no parquet files there; give a folder with --data (skipped)")
    model = open_model(options.model, device=options.device)
    started = time.perf_counter()
    lines = [line for path in files for line in evaluate(model, path, options.sample)]
    title = f"{model.card.name} {model.card.version} ({model.precision}, {model.device})"
    show(lines, title)
    RESULTS.mkdir(exist_ok=True)
    name = "quality-" + options.model.replace(":", "-").replace("/", "-")
    (RESULTS / f"{name}.json").write_text(
        json.dumps(
            {
                "model": title,
                "machine": platform.processor() or platform.machine(),
                "lines": lines,
                "seconds": round(time.perf_counter() - started, 1),
            },
            indent=1,
        )
    )
    plot(lines, title, RESULTS / f"{name}.png")
    print(f"wrote {RESULTS / name}.json and .png")


if __name__ == "__main__":
    main()
