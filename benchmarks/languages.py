"""Language detection on posts of other people's pages: what is told, what is not, what is told wrongly, and how fast.

    python -m benchmarks.languages [--shared ../shared]

English posts and comments must not be taken for another language (the model would then not be asked); German and Russian
posts should be told. Counts and CPU time on standard output.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import time
from collections import Counter
from pathlib import Path

import pandas as pd

from service.text.language import language_of, load_languages

POSTS = 1500
PER_SOURCE = 200
PER_SET = 500


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    shared = parser.parse_args().shared
    load_languages()
    posts = read_posts(shared / "sections")
    texts = {"en": sampled(posts["en"], POSTS) + comments(shared / "data"), "de": posts["de"], "ru": posts["ru"]}
    for language, several in texts.items():
        began = time.process_time()
        found = Counter(language_of(text, ("en",)) for text in several)
        rate = len(several) / (time.process_time() - began)
        wrong = sum(count for tag, count in found.items() if tag not in (language, None))
        print(
            f"{language}: {len(several)} texts, {found[language]} told, {found[None]} not told, {wrong} wrong "
            f"{dict(found.most_common(5))}; {rate:,.0f} a second"
        )


def read_posts(folder: Path) -> dict[str, list[str]]:
    """Texts of the gold posts, by the language of their page."""
    posts: dict[str, list[str]] = {"en": [], "de": [], "ru": []}
    with (folder / "MANIFEST.tsv").open(encoding="utf-8") as manifest:
        for row in csv.DictReader(manifest, delimiter="\t"):
            gold = folder / f"{row['file']}.gold.json"
            if row["lang"] in posts and gold.is_file():
                posts[row["lang"]] += [post["text"] for post in json.loads(gold.read_text("utf-8"))["posts"]]
    return {language: [text for text in texts if text] for language, texts in posts.items()}


def comments(folder: Path) -> list[str]:
    """English comments of every source, misspelt and toxic ones among them."""
    train = pd.read_parquet(folder / "train/toxicity.parquet", columns=["text", "source"])
    texts: list[str] = []
    for _, group in train.groupby("source"):
        texts += group["text"].sample(min(PER_SOURCE, len(group)), random_state=1).tolist()
    texts += pd.read_parquet(folder / "dev/youtoxic.parquet")["text"].sample(PER_SET, random_state=1).tolist()
    return texts


def sampled(texts: list[str], count: int) -> list[str]:
    """At most `count` of them, always the same ones."""
    return random.Random(1).sample(texts, min(count, len(texts)))


if __name__ == "__main__":
    main()
