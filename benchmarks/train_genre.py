"""Train the model that tells documents from comment sections among lines without names and dates:
`service/splitting/genre.json`.

Comment sections: the gold posts of ../shared/sections, each page once, as bare lines, and news comments put together
by topic (see train_boundary.py). Documents: the articles of the same pages with their comments taken out (as trafilatura
extracts them), the pages without comments, Python's own documentation, and the made-up texts of
tests/splitting/barren.py. Model: logistic regression over `service/splitting/genre.py`'s features. Reported: the
made-up texts and the pages, each judged by a model that has not seen it (folds).

usage: python -m benchmarks.train_genre [--shared DIR] [--check]
"""

from __future__ import annotations

import argparse
import json
import pydoc_data.topics
import random
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from lxml import html
from sklearn.linear_model import LogisticRegression
from trafilatura import extract

from benchmarks.train_boundary import SEED, SOURCES, Posts, cut, news, pages
from service.splitting.genre import FEWEST_LINES, genre_features
from service.splitting.markup import parse
from service.splitting.platforms import find_platform
from service.splitting.records import find_records
from tests.splitting.barren import PLAIN

STRENGTH = 0.3  # inverse of the L2 penalty, on standardised features
FOLDS = 8
NEWS, TOPICS = 250, 40
OUTPUT = Path(__file__).parent.parent / "service/splitting/genre.json"


class Text(NamedTuple):
    """Lines, which page or collection they are of, and whether they are a document."""

    page: str
    units: list[str]
    document: bool


def articles(shared: Path) -> list[Text]:
    """What is left of the pages without their comments."""
    found = []
    for path in sorted((shared / "sections").rglob("*.html")):
        root = parse(path.read_text("utf-8", "replace"))
        if root is None:
            continue
        known = find_platform(root)
        records = find_records(root)
        nodes = known.nodes if known else records.nodes if records else ()
        for node in nodes:
            if node.getparent() is not None:
                node.drop_tree()
        text = extract(html.tostring(root, encoding="unicode"), include_comments=False) or ""
        units = [line.strip("- ") for line in text.split("\n") if line.strip("- ")]
        if len(units) >= FEWEST_LINES and sum(map(len, units)) > 800:
            found.append(Text(path.name.split(".")[0], units, True))
    return found


def manuals(rng: random.Random) -> list[Text]:
    """Chapters of Python's documentation, a line per paragraph."""
    found = []
    for name, text in sorted(pydoc_data.topics.topics.items()):
        units = [" ".join(block.split()) for block in re.split(r"\n\s*\n", text) if block.strip(" *=-\n")]
        if FEWEST_LINES <= len(units) <= 40:
            found.append(Text(f"manual {name}", units, True))
    return rng.sample(found, min(TOPICS, len(found)))


def sections(shared: Path, rng: random.Random) -> list[Text]:
    """Comment sections as bare lines."""
    found = [
        Text(part.page, part.lines, False) for page, posts in pages(shared).items() for part in cut(page, posts, rng)
    ]
    table = pd.read_parquet(shared / "data/train/toxicity.parquet", columns=["text", "source"])
    comments = [text for text in table[table.source.isin(SOURCES)].text if text.strip()]
    groups: list[Posts] = rng.sample(news(comments), NEWS)
    for posts in groups:
        lines = [line for post in posts[: rng.randint(4, len(posts))] for line in post]
        found.append(Text(f"news {len(found)}", lines, False))
    return [text for text in found if len(text.units) >= FEWEST_LINES]


def table_of(texts: list[Text]) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Names of the features, their values [texts, features], and whether each is a document."""
    rows = [genre_features(text.units) for text in texts]
    names = sorted({name for row in rows for name in row})
    return (
        names,
        np.array([[row.get(name, 0.0) for name in names] for row in rows]),
        np.array([text.document for text in texts]),
    )


def fit(names: list[str], values: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Weights of the features as they are."""
    spread = values.std(axis=0)
    spread[spread < 1e-9] = 1.0
    model = LogisticRegression(C=STRENGTH, max_iter=2000, class_weight="balanced").fit(values / spread, truth)
    weights = dict(zip(names, (model.coef_[0] / spread).tolist(), strict=True))
    weights["bias"] = weights.get("bias", 0.0) + float(model.intercept_[0])
    return {name: round(value, 3) for name, value in weights.items()}


def main() -> None:
    """Train, report by folds, write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--check", action="store_true", help="report only, write nothing")
    options = parser.parse_args()
    if not options.shared.is_dir():
        raise SystemExit(f"{options.shared} is not there: nothing to train on")
    rng = random.Random(SEED)
    own = [Text(name, text.split("\n"), True) for name, text in PLAIN.items()]
    texts = own + articles(options.shared) + manuals(rng) + sections(options.shared, rng)
    names, values, truth = table_of(texts)
    groups = sorted({text.page for text in texts})
    rng.shuffle(groups)
    odds = np.zeros(len(texts))
    for fold in range(FOLDS):
        away = np.array([text.page in groups[fold::FOLDS] for text in texts])
        weights = fit(names, values[~away], truth[~away])
        odds[away] = values[away] @ np.array([weights[name] for name in names])
    report: dict[str, object] = {"documents": int(truth.sum()), "sections": int((~truth).sum())}
    kinds = {
        "made up": [text in own for text in texts],
        "articles": [t.document and t not in own and not t.page.startswith("manual") for t in texts],
        "manuals": [t.page.startswith("manual") for t in texts],
        "comments of pages": [not t.document and not t.page.startswith("news") for t in texts],
        "news comments": [t.page.startswith("news") for t in texts],
    }
    for bound in (0.0, 1.0, 2.0, 3.0):
        report[f"called documents above {bound}"] = {
            kind: round(float((odds[np.array(mask)] > bound).mean()), 3) for kind, mask in kinds.items()
        }
    weights = fit(names, values, truth)
    print(json.dumps(report, indent=1))
    for name, value in sorted(weights.items(), key=lambda item: -abs(item[1])):
        print(f"{value:7.3f} {name}")
    for text, value in sorted(zip(texts, odds, strict=True), key=lambda item: item[1])[-400:]:
        if not text.document and value > 0:
            print(f"{value:6.2f} {text.page}: {text.units[0][:60]} ({len(text.units)} lines)")
    if not options.check:
        content = {"made_by": "benchmarks/train_genre.py", "report": report, "weights": weights}
        OUTPUT.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
