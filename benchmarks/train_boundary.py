"""Train the model that finds post borders between bare lines: `service/splitting/boundary.json`.

Data: the gold posts of ../shared/sections and the news comments (Civil Comments, CC0-1.0) of ../shared/data: their
paragraphs, in order. The weights are those of some fifty features; nothing of the texts is kept.
Model: logistic regression over the features of `service/splitting/pairs.py`. The pages named in HELD_OUT take no part in
the training, in any rendering.

usage: python benchmarks/train_boundary.py [--shared DIR] [--check]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score

from service.splitting.pairs import features

SEED = 17
STRENGTH = 1.0  # inverse of the L2 penalty
SOURCES = ("civil_comments", "toxic_spans")
NOT_PROSE = ("hn_",)  # filled-in forms
OUTPUT = Path(__file__).parent.parent / "service/splitting/boundary.json"
HELD_OUT = ("californiaglobe", "goose", "motleyfool", "thenervousbreakdown", "thepoliticalinsider")
Row = tuple[str, dict[str, float], bool]


def rows(shared: Path) -> Iterator[Row]:
    """(page, features, whether a border) for every pair of neighbouring lines, each page once."""
    seen: set[str] = set()
    for path in sorted((shared / "sections").rglob("*.gold.json")):
        posts = [post["text"] for post in json.loads(path.read_text("utf-8"))["posts"]]
        key = "".join(posts)[:400]
        page = path.name.split(".")[0].removeprefix("bare_").removesuffix("_fullpage")
        if posts and key not in seen and not page.startswith(NOT_PROSE):
            seen.add(key)
            yield from pairs(page, posts)
    table = pd.read_parquet(shared / "data/train/toxicity.parquet", columns=["text", "source"])
    table = table[table.source.isin(SOURCES)].sample(frac=1, random_state=SEED)
    yield from pairs("news comments", list(table.text))


def pairs(page: str, posts: list[str]) -> Iterator[Row]:
    """The pairs of lines of one sequence of posts."""
    previous, count, chars = "", 0, 0
    for post in posts:
        for position, line in enumerate(filter(None, map(str.strip, post.split("\n")))):
            if previous:
                yield page, features(previous, line, count, chars), position == 0
            if position == 0:
                count = chars = 0
            previous, count, chars = line, count + 1, chars + len(line)


def fit(data: list[Row], names: list[str]) -> LogisticRegression:
    """All pairs weigh the same."""
    model = LogisticRegression(C=STRENGTH, solver="newton-cholesky", fit_intercept=False, random_state=SEED)
    return model.fit(matrix(data, names), [border for _, _, border in data])


def matrix(data: list[Row], names: list[str]) -> np.ndarray:
    """float64 [rows, features]."""
    return np.array([[row.get(name, 0.0) for name in names] for _, row, _ in data])


def main() -> None:
    """Train, report on the held-out pages, write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--check", action="store_true", help="report only, write nothing")
    options = parser.parse_args()
    if not options.shared.is_dir():
        raise SystemExit(f"{options.shared} is not there: nothing to train on")
    data = list(rows(options.shared))
    names = sorted({name for _, row, _ in data for name in row})
    train = [row for row in data if not row[0].startswith(HELD_OUT)]
    test = [row for row in data if row[0].startswith(HELD_OUT)]
    model = fit(train, names)
    truth = [border for _, _, border in test]
    chance = model.predict_proba(matrix(test, names))[:, 1]
    report = {
        "rows": len(train),
        "held_out_rows": len(test),
        "auc": round(float(roc_auc_score(truth, chance)), 3),
        "f1": round(float(f1_score(truth, chance > 0.5)), 3),
    }
    print(json.dumps(report))
    weights = {name: round(float(value), 3) for name, value in zip(names, model.coef_[0], strict=True)}
    for name, value in sorted(weights.items(), key=lambda item: -abs(item[1])):
        print(f"{value:7.3f} {name}")
    if not options.check:
        OUTPUT.write_text(
            json.dumps({"made_by": "benchmarks/train_boundary.py", "report": report, "weights": weights}, indent=1)
            + "\n",
            "utf-8",
        )


if __name__ == "__main__":
    main()
