"""Posts a second of processor time through the lexicon, how time grows with a post's length, and what is
restored of disguised words.

Run: python benchmarks/lexicon.py [--texts FILE.parquet] [--posts 20000]
Without a file, posts are put together from ordinary words with a share of disguised ones.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from models.training.augment import ATTACKS
from service.lexicon import Lexicon, default_lexicon, packaged_specs
from service.splitting.section import Post
from service.text.fold import fold
from service.variants import variants

WORDS = re.findall(
    r"\S+",
    "the of and a to in is you that it he was for on are with as they be at one have this from or had by but what some we "
    "can out other were all there when up use your how said an each she which do their time if will way about many then "
    "government people think don't it's don’t really, long-term vaccine election. 2020 $500 school money (again) class "
    "president; country: never - I’d comment! article? news report “quote” and/or e-mail 10% https://example.com/a/b",
)
DISGUISED = ("f*ck", "sh1t", "b!tch", "id10t", "a$$hole", "d u m b", "sooooo", "сrap")


def made_up(count: int, seed: int = 7) -> list[str]:
    """Posts of about 300 characters, log-normal in length; one word in 60 is disguised."""
    pick = random.Random(seed)
    posts = []
    for _ in range(count):
        length = max(3, int(pick.lognormvariate(3.85, 0.6)))
        posts.append(" ".join(pick.choice(DISGUISED if pick.random() < 1 / 60 else WORDS) for _ in range(length)))
    return posts


def rate(run: Callable[[str], object], posts: Sequence[str], rounds: int = 3) -> float:
    """Posts a second of processor time: the median of the rounds."""
    rates = []
    for _ in range(rounds):
        began = time.process_time()
        for post in posts:
            run(post)
        rates.append(len(posts) / (time.process_time() - began))
    return statistics.median(rates)


def restored(lexicon: Lexicon, category: str, name: str, size: int = 300) -> float:
    """Share of a category's words that the model gets to read plainly when they are disguised. name: of the attack."""
    rng = random.Random(name)
    specs = [spec for spec in packaged_specs() if spec.entry.category == category and spec.disguise and not spec.needs]
    words = sorted({form for spec in specs for form in spec.forms if form.isalpha() and len(form) >= 4})
    words = rng.sample(words, min(size, len(words)))
    good = 0
    for word in words:
        text = f"I think {ATTACKS[name](word, rng)} is what it says"
        read = variants(Post("1", 0, text), lexicon.find(text))
        good += any(f"i think {word} is" in variant.text.lower() for variant in read)
    return good / len(words)


def main() -> None:
    """Prints the tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--texts", help="parquet file with a column `text`")
    options.add_argument("--posts", type=int, default=20_000)
    chosen = options.parse_args()
    if chosen.texts:
        import pandas as pd

        table = pd.read_parquet(chosen.texts, columns=["text"])
        posts = table.text.dropna().sample(min(chosen.posts, table.text.notna().sum()), random_state=7).tolist()
    else:
        posts = made_up(chosen.posts)
    began = time.perf_counter()
    full = default_lexicon()
    print(f"loaded {len(full.entries)} entries in {time.perf_counter() - began:.2f} s")
    words = Lexicon(packaged_specs())
    plain = sum(map(str.isascii, posts)) / len(posts)
    length, size = statistics.mean(map(len, posts)), statistics.mean(len(post.split()) for post in posts)
    print(f"{len(posts)} posts, {length:.0f} characters and {size:.0f} words on average, {plain:.0%} ASCII")
    for name, run in (("fold", fold), ("words", words.find), ("words and phrases", full.find)):
        print(f"{name:>18}  {rate(run, posts):>10,.0f} posts/s")
    print("one long post, microseconds a character")
    for unit in ("ordinary words ", "f*ck ", "s.l.u.t ", "a ", "aaaa ", "$", "*a", "ʇǝ ", "а", "tit for tat "):
        costs = []
        for size in (1_000, 10_000, 100_000):
            post = (unit * (size // len(unit) + 1))[:size]
            began = time.process_time()
            full.find(post)
            costs.append(f"{(time.process_time() - began) / size * 1e6:8.2f}")
        print(f"{unit!r:>18}  {' '.join(costs)}")
    categories = ("slur", "profanity", "insult", "plain")
    print(f"disguised words that the model reads plainly: {', '.join(categories)}")
    for name in ATTACKS:
        print(f"{name:>18}  {' '.join(f'{restored(words, category, name):8.3f}' for category in categories)}")


if __name__ == "__main__":
    main()
