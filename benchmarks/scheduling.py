"""What the engine itself costs: posts of log-normal lengths through a model that takes no time.

    python -m benchmarks.scheduling [--posts 10000] [--repeats 5]

Prints medians: the pure queue (push all, pop until empty) and the whole engine (encode stage, admission, queue, both
threads, hand-over), with the padding that each rule leaves. "arrival order" is the comparison: batches of 32 as they come.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import Sequence

import numpy as np

from models.card import ModelCard
from models.types import Attribution, Encoded, Scores, Window, WindowScores
from service.engine import Engine, EngineSettings
from service.engine.jobs import issue
from service.engine.queue import Queue

MEAN_TOKENS, SIGMA, SHORTEST, LONGEST = 57, 0.9, 3, 512


class FreeModel:
    """Costs nothing: posts are encoded beforehand, and every window has the same scores."""

    device, precision = "cpu", "fp32"

    def __init__(self, posts: Sequence[Encoded]) -> None:
        self.card = ModelCard("free", "1", ("toxicity",), "sigmoid", LONGEST, 0)
        self.shapes: list[tuple[int, int, int]] = []
        self._posts = {post.text: post for post in posts}
        self._window = WindowScores(np.zeros(1, np.float32))
        self._scores = Scores({"toxicity": 0.5})

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        return [self._posts.get(text) or make_post(text, SHORTEST) for text in texts]

    def run(self, windows: Sequence[Window]) -> list[WindowScores]:
        lengths = [len(window) for window in windows]
        self.shapes.append((len(lengths), max(lengths), sum(lengths)))
        return [self._window] * len(windows)

    def decode(self, encoded: Encoded, scores: Sequence[WindowScores]) -> Scores:
        return self._scores

    def attribute(self, encoded: Encoded, scores: Scores, label: str) -> tuple[Attribution, ...]:
        return ()

    def close(self) -> None: ...


def make_post(text: str, tokens: int) -> Encoded:
    return Encoded(text, (Window(np.zeros(tokens, np.int64), np.zeros((tokens, 2), np.int32), 0),))


def make_posts(count: int, seed: int) -> list[Encoded]:
    """Distinct posts; lengths log-normal with the given mean, cut to what a model takes."""
    drawn = np.random.default_rng(seed).lognormal(np.log(MEAN_TOKENS) - SIGMA**2 / 2, SIGMA, count)
    return [make_post(f"post {i}", int(n)) for i, n in enumerate(np.clip(drawn, SHORTEST, LONGEST).astype(int))]


def padding(shapes: Sequence[tuple[int, int, int]]) -> float:
    """Padded tokens by tokens."""
    return sum(count * longest for count, longest, _ in shapes) / sum(tokens for _, _, tokens in shapes)


def in_arrival_order(posts: Sequence[Encoded]) -> float:
    lengths = [post.tokens for post in posts]
    batches = [lengths[at : at + 32] for at in range(0, len(lengths), 32)]
    return padding([(len(batch), max(batch), sum(batch)) for batch in batches])


def time_queue(posts: Sequence[Encoded], settings: EngineSettings) -> tuple[float, float, int]:
    """Seconds, padding ratio, batches."""
    tickets = [issue(post.text.encode(), post, "bulk", None, 0.0) for post in posts]
    queue = Queue(settings.batch_tokens, settings.batch_overhead_tokens, settings.bulk_share)
    shapes = []
    began = time.perf_counter()
    for ticket in tickets:
        queue.push(ticket.jobs)
    while (batch := queue.pop(0.0)) is not None:
        lengths = [job.tokens for job in batch.jobs]
        shapes.append((len(lengths), max(lengths), sum(lengths)))
    return time.perf_counter() - began, padding(shapes), len(shapes)


async def time_engine(posts: Sequence[Encoded], settings: EngineSettings, requests: int) -> tuple[float, float, int]:
    """Seconds, padding ratio, batches, with the posts shared out among concurrent requests."""
    model = FreeModel(posts)
    engine = Engine(model, settings)
    await engine.start()
    model.shapes.clear()
    texts = [post.text for post in posts]
    began = time.perf_counter()
    await asyncio.gather(*(engine.score(texts[at::requests], lane="bulk") for at in range(requests)))
    seconds = time.perf_counter() - began
    engine.close()
    return seconds, padding(model.shapes), len(model.shapes)


async def time_single_posts(posts: Sequence[Encoded], settings: EngineSettings) -> float:
    """Median microseconds of one post alone, one after the other: what the threads' hand-overs cost."""
    engine = Engine(FreeModel(posts), settings)
    await engine.start()
    taken = []
    for post in posts[:1000]:
        began = time.perf_counter()
        await engine.score([post.text])
        taken.append(time.perf_counter() - began)
    engine.close()
    return 1e6 * statistics.median(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    settings = EngineSettings(queue_tokens=8_000_000, cache_bytes=0)
    posts = make_posts(options.posts, seed=1)
    result: dict[str, object] = {"posts": options.posts, "padding in arrival order": round(in_arrival_order(posts), 3)}
    runs: dict[str, list[tuple[float, float, int]]] = {"queue": [], "engine, 1 request": [], "engine, 500 requests": []}
    for _ in range(options.repeats):
        runs["queue"].append(time_queue(posts, settings))
        runs["engine, 1 request"].append(asyncio.run(time_engine(posts, settings, 1)))
        runs["engine, 500 requests"].append(asyncio.run(time_engine(posts, settings, 500)))
    for name, figures in runs.items():
        seconds, ratio, batches = (statistics.median(column) for column in zip(*figures, strict=True))
        result[name] = {
            "posts_per_s": round(options.posts / seconds),
            "us_per_post": round(1e6 * seconds / options.posts, 1),
            "padding": round(ratio, 3),
            "batches": int(batches),
        }
    alone = [asyncio.run(time_single_posts(posts, settings)) for _ in range(options.repeats)]
    result["one post alone, us"] = round(statistics.median(alone))
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
