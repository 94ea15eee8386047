"""Train the model that finds post borders between bare lines: `service/splitting/boundary.json`.

Data: the gold posts of ../shared/sections (their paragraphs, in order; nothing of their text is kept in the weights).
Model: logistic regression over the features of `service/splitting/pairs.py`. The files named in HELD_OUT, and every
rendering of the same pages, take no part in the training.

usage: python benchmarks/train_boundary.py [--sections DIR] [--check]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score

from service.splitting.pairs import features

SEED = 17
STRENGTH = 0.5  # inverse of the L2 penalty
OUTPUT = Path(__file__).parent.parent / "service/splitting/boundary.json"
HELD_OUT = ("californiaglobe", "goose", "motleyfool", "thenervousbreakdown", "thepoliticalinsider")
Row = tuple[str, dict[str, float], bool]


def rows(root: Path) -> Iterator[Row]:
    """(page, features, whether a border) for every pair of neighbouring lines, each page once."""
    seen: set[str] = set()
    for path in sorted(root.rglob("*.gold.json")):
        posts = [post["text"] for post in json.loads(path.read_text("utf-8"))["posts"]]
        key = "".join(posts)[:400]
        if not posts or key in seen:
            continue
        seen.add(key)
        page = path.name.split(".")[0].removeprefix("bare_").removesuffix("_fullpage")
        previous, count, chars = "", 0, 0
        for post in posts:
            for position, line in enumerate(filter(None, map(str.strip, post.split("\n")))):
                if previous:
                    yield page, features(previous, line, count, chars), position == 0
                if position == 0:
                    count = chars = 0
                previous, count, chars = line, count + 1, chars + len(line)


def fit(data: list[Row], names: list[str]) -> LogisticRegression:
    """Each page weighs by the square root of its size, so that no single large thread rules."""
    sizes: dict[str, int] = {}
    for page, _, _ in data:
        sizes[page] = sizes.get(page, 0) + 1
    weight = [sizes[page] ** -0.5 for page, _, _ in data]
    model = LogisticRegression(C=STRENGTH, max_iter=2000, fit_intercept=False, random_state=SEED)
    return model.fit(matrix(data, names), [border for _, _, border in data], weight)


def matrix(data: list[Row], names: list[str]) -> np.ndarray:
    """float64 [rows, features]."""
    return np.array([[row.get(name, 0.0) for name in names] for _, row, _ in data])


def main() -> None:
    """Train, report on the held-out pages, write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sections", type=Path, default=Path("../shared/sections"))
    parser.add_argument("--check", action="store_true", help="report only, write nothing")
    options = parser.parse_args()
    if not options.sections.is_dir():
        raise SystemExit(f"{options.sections} is not there: nothing to train on")
    data = list(rows(options.sections))
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
