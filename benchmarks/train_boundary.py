"""Train the model that finds post borders between bare lines: `service/splitting/boundary.json`.

Data: the gold posts of ../shared/sections, each page once, and the news comments (Civil Comments, CC0-1.0) of ../shared/data
put beside comments on the same topic: their paragraphs, in order. Opening words: how often one to three words open a
post and how often a later paragraph, counted over the same news comments and the discussion pages of Jigsaw 2018 (labels
CC0-1.0, text CC-BY-SA-3.0). What ships are weights of features and log-odds of frequent opening words; no text is kept.
Model: logistic regression over `service/splitting/borders.py`'s features. The pages named in HELD_OUT take no part in the
training, in any rendering; beside them the report gives the mean over folds of pages.

usage: python -m benchmarks.train_boundary [--shared DIR] [--check]
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from service.splitting.borders import BorderModel, border_features, find_borders, length_features
from service.splitting.context import Context, opening_words

SEED = 17
STRENGTH = 0.05  # inverse of the L2 penalty, on standardised features
NEWS_WEIGHT = 0.35  # of a pair of lines of the news comments; one of a page weighs 1
NEWS_SECTIONS, NEWS_POSTS = 400, 14
MOST_POSTS = 80  # of one page
WINDOW = (12, 60)  # lines of a section: pages are cut to such lengths, whatever their number of posts
FEWEST_OPENINGS = 16
FOLDS = 3
SOURCES = ("civil_comments", "toxic_spans")
NOT_PROSE = ("hn_",)  # filled-in forms
OUTPUT = Path(__file__).parent.parent / "service/splitting/boundary.json"
HELD_OUT = ("californiaglobe", "goose", "motleyfool", "thenervousbreakdown", "thepoliticalinsider")
Posts = list[list[str]]  # lines of posts


@dataclass(frozen=True)
class Part:
    """A section for training: its page, its lines, which of them open a post."""

    page: str
    lines: list[str]
    opens: list[bool]


def pages(shared: Path) -> dict[str, Posts]:
    """Posts of each page once, whatever its renderings."""
    found: dict[str, Posts] = {}
    seen: set[str] = set()
    for path in sorted((shared / "sections").rglob("*.gold.json")):
        posts = [post["text"] for post in json.loads(path.read_text("utf-8"))["posts"]]
        key = "".join(posts)[:400]
        page = path.name.split(".")[0].removeprefix("bare_").removesuffix("_fullpage")
        if len(posts) > 1 and key not in seen and page not in found and not page.startswith(NOT_PROSE):
            seen.add(key)
            found[page] = as_lines(posts)[:MOST_POSTS]
    return found


def as_lines(posts: Iterable[str]) -> Posts:
    """The non-empty lines of each post."""
    split = ([line for line in map(str.strip, post.split("\n")) if line] for post in posts)
    return [lines for lines in split if lines]


def news(texts: Sequence[str]) -> list[Posts]:
    """Sections of comments whose most characteristic word is the same or a neighbour's: so topics tell no borders."""
    table = TfidfVectorizer(min_df=5, max_df=0.02, stop_words="english", dtype=np.float32).fit_transform(texts)
    order = np.argsort(np.asarray(table.argmax(axis=1)).ravel(), kind="stable")
    sections = [order[i : i + NEWS_POSTS] for i in range(0, len(order), NEWS_POSTS)]
    chosen = random.Random(SEED).sample(sections, min(NEWS_SECTIONS, len(sections)))
    return [as_lines(texts[i] for i in section) for section in chosen]


def cut(page: str, posts: Posts, rng: random.Random) -> list[Part]:
    """Sections of random length; a post may be cut at either end, as in a paste."""
    lines = [(line, position == 0) for post in posts for position, line in enumerate(post)]
    parts = []
    while len(lines) > 2:
        size = rng.randint(*WINDOW)
        if len(lines) - size < WINDOW[0]:
            size = len(lines)
        part, lines = lines[:size], lines[size:]
        parts.append(Part(page, [line for line, _ in part], [opens for _, opens in part]))
    return parts


def count_openers(sections: Iterable[Posts]) -> dict[str, float]:
    """Log-odds of opening words: how much oftener they open a post than a later paragraph."""
    first: Counter[str] = Counter()
    later: Counter[str] = Counter()
    for posts in sections:
        for post in posts:
            for position, line in enumerate(post[:6]):
                (later if position else first).update(opening_words(line))
    rate = first.total() / later.total()
    often = [key for key in first | later if first[key] + later[key] >= FEWEST_OPENINGS]
    return {key: round(math.log((first[key] + 3 * rate) / (later[key] + 3) / rate), 2) for key in sorted(often)}


def rows(part: Part, openers: Mapping[str, float]) -> list[dict[str, float]]:
    """Features of every line but the first, with the running post as it truly is."""
    context = Context(part.lines, openers)
    found, start = [], 0
    for i in range(1, len(part.lines)):
        length = length_features(i - start, sum(map(len, part.lines[start:i])))
        found.append({**border_features(part.lines, context, i), **length})
        start = i if part.opens[i] else start
    return found


@dataclass(frozen=True)
class Table:
    """All pairs of lines: float32 [pairs, features], whether a border, weight, and the part that each belongs to."""

    names: list[str]
    values: np.ndarray
    border: np.ndarray
    weight: np.ndarray
    part: np.ndarray


def tabulate(parts: Sequence[Part], openers: Mapping[str, float]) -> Table:
    """The features of all parts."""
    found = [rows(part, openers) for part in parts]
    names = sorted({name for section in found for row in section for name in row})
    flat = [row for section in found for row in section]
    return Table(
        names,
        np.array([[row.get(name, 0.0) for name in names] for row in flat], np.float32),
        np.array([opens for part in parts for opens in part.opens[1:]]),
        np.array([NEWS_WEIGHT if part.page == "news" else 1.0 for part in parts for _ in part.lines[1:]]),
        np.array([k for k, part in enumerate(parts) for _ in part.lines[1:]]),
    )


def fit(table: Table, use: np.ndarray, openers: Mapping[str, float]) -> BorderModel:
    """Logistic regression on the rows in `use`; weights are those of the features as they are."""
    spread = table.values[use].std(axis=0)
    kept = spread > 1e-6
    scaled = table.values[np.ix_(use, kept)] / spread[kept]
    model = LogisticRegression(C=STRENGTH, max_iter=400).fit(
        np.hstack([scaled, np.ones((len(scaled), 1), np.float32)]), table.border[use], sample_weight=table.weight[use]
    )
    names = [name for name, keep in zip(table.names, kept, strict=True) if keep]
    weights = {name: float(value) for name, value in zip(names, model.coef_[0][:-1] / spread[kept], strict=True)}
    weights["bias"] = float(model.coef_[0][-1] + model.intercept_[0])
    return BorderModel({name: round(value, 4) for name, value in weights.items()}, openers)


def judge(model: BorderModel, parts: Sequence[Part], table: Table, chosen: Sequence[int]) -> dict[str, float]:
    """AUC of borders, and F1 of whole posts."""
    use = np.isin(table.part, chosen)
    odds = table.values[use] @ np.array([model.weights.get(name, 0.0) for name in table.names], np.float32)
    right = said = true = 0
    for k in chosen:
        part = parts[k]
        truth = [i for i, opens in enumerate(part.opens) if opens or i == 0]
        ours = find_borders(part.lines, lambda _: 0.0, model)
        right += len(spans(truth, len(part.lines)) & spans(ours, len(part.lines)))
        said, true = said + len(ours), true + len(truth)
    return {
        "auc": round(float(roc_auc_score(table.border[use], odds)), 3),
        "post_f1": round(2 * right / (said + true), 3),
        "posts": true,
        "found": said,
    }


def spans(borders: Sequence[int], size: int) -> set[tuple[int, int]]:
    """Half-open runs of lines."""
    return set(zip(borders, [*borders[1:], size], strict=True))


def main() -> None:
    """Train, report on the held-out pages and by folds, write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--check", action="store_true", help="report only, write nothing")
    options = parser.parse_args()
    if not options.shared.is_dir():
        raise SystemExit(f"{options.shared} is not there: nothing to train on")
    rng = random.Random(SEED)
    table = pd.read_parquet(options.shared / "data/train/toxicity.parquet", columns=["text", "source", "tier"])
    comments = [text for text in table[table.source.isin(SOURCES)].text if text.strip()]
    wiki = table[(table.source == "jigsaw2018") & (table.tier != "B_processed_or_augmented")].text
    openers = count_openers([as_lines(comments), as_lines(text.strip('" ') for text in wiki)])
    parts = [part for page, posts in pages(options.shared).items() for part in cut(page, posts, rng)]
    parts += [part for posts in news(comments) for part in cut("news", posts, rng)]
    data = tabulate(parts, openers)
    held = [k for k, part in enumerate(parts) if part.page.startswith(HELD_OUT)]
    names = sorted({part.page for part in parts if part.page != "news" and not part.page.startswith(HELD_OUT)})
    report: dict[str, object] = {"pairs": len(data.border), "openers": len(openers)}
    for fold in range(FOLDS):
        away = [k for k, part in enumerate(parts) if part.page in names[fold::FOLDS]]
        model = fit(data, ~np.isin(data.part, [*away, *held]), openers)
        report[f"fold {fold}"] = judge(model, parts, data, away)
    model = fit(data, ~np.isin(data.part, held), openers)
    report["held out"] = judge(model, parts, data, held)
    print(json.dumps(report, indent=1))
    for name, value in sorted(model.weights.items(), key=lambda item: -abs(item[1])):
        print(f"{value:7.3f} {name}")
    if not options.check:
        content = {
            "made_by": "benchmarks/train_boundary.py",
            "report": report,
            "weights": model.weights,
            "openers": openers,
        }
        OUTPUT.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
