"""Ways to score posts that benchmarks run against one another: the engine, its parts, and what others do."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.measure import Timed
from benchmarks.shapes import Shape
from models.errors import ModelError
from models.model import Model
from models.registry import open_model
from service.engine import Engine, EngineSettings

GROUPED = "engine, grouped"
DETOXIFY = "Detoxify.predict"


@dataclass(frozen=True)
class Contender:
    """A way to score posts. tokens: real ones, of each of the model's inputs. shape: None where it is not one encoder."""

    model: str
    runtime: str
    precision: str
    policy: str
    shape: Shape | None
    posts: int
    tokens: tuple[int, ...]
    step: Callable[[], object]

    @property
    def name(self) -> str:
        return f"{self.model} | {self.runtime} {self.precision} | {self.policy}"

    def figures(self, timed: Timed, rates: tuple[float, float]) -> dict[str, Any]:
        """What the rounds say. rates: operations of the matrix product, a second by the clock and a second of processor time."""
        work = self.shape.operations(self.tokens) if self.shape else None
        return {
            "model": self.model,
            "runtime": self.runtime,
            "precision": self.precision,
            "policy": self.policy,
            "posts": self.posts,
            "comments_per_s": self.posts / timed.median,
            "tokens_per_s": sum(self.tokens) / timed.median,
            "of_machine": work / timed.median / rates[0] if work else None,
            "of_machine_by_processor_time": work / timed.processor_median / rates[1] if work else None,
            "comments_per_processor_s": self.posts / timed.processor_median,
            "spread": timed.spread,
            "seconds": list(timed.wall),
        }


class Scorer:
    """A model behind the engine, started; the cache is off, so that every round scores anew."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._runner = asyncio.Runner()
        settings = EngineSettings.for_device(model.device)
        self._engine = Engine(model, replace(settings, cache_bytes=0))
        self._runner.run(self._start())

    async def _start(self) -> None:
        await self._engine.start()

    def grouped(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """By the engine: the probabilities of each text."""
        found = self._runner.run(self._engine.score(texts, lane="bulk", keep=False))
        return [dict(each.scores.values) for each in found if each.scores is not None]

    def in_batches(self, texts: Sequence[str], size: int) -> None:
        """As they come, so many at a time, padded to the longest."""
        for at in range(0, len(texts), size):
            windows = [window for post in self.model.encode(texts[at : at + size]) for window in post.windows]
            self.model.run(windows)

    def alone(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """Every window in a batch of its own."""
        posts = self.model.encode(texts)
        return [dict(self.model.decode(post, [self.model.run([w])[0] for w in post.windows]).values) for post in posts]

    def difference(self, texts: Sequence[str]) -> float:
        """The largest difference of a probability, alone and in the engine's batches."""
        pairs = zip(self.alone(texts), self.grouped(texts), strict=True)
        return max(abs(one[label] - many[label]) for one, many in pairs for label in one)

    def close(self) -> None:
        async def stop() -> None:
            self._engine.close()

        self._runner.run(stop())
        self._runner.close()
        self.model.close()


def ours(
    label: str, shape: Shape | None, scorer: Scorer, runtime: str, posts: Sequence[str], few: Sequence[str]
) -> list[Contender]:
    """The engine; and for OpenVINO in its best precision the policies that it is compared with."""

    def contender(policy: str, texts: Sequence[str], step: Callable[[], object]) -> Contender:
        tokens = tuple(len(window) for post in scorer.model.encode(texts) for window in post.windows)
        return Contender(label, runtime, scorer.model.precision, policy, shape, len(texts), tokens, step)

    found = [contender(GROUPED, posts, lambda: scorer.grouped(posts))]
    if runtime == "openvino" and scorer.model.precision != "fp32":
        found.append(contender("arrival order, batches of 32", few, lambda: scorer.in_batches(few, 32)))
        found.append(contender("whole list", few, lambda: scorer.in_batches(few, len(few))))
    return found


def theirs(shape: Shape, checkpoint: Path, few: Sequence[str], *, everything: bool) -> list[Contender]:
    """Detoxify's own `predict`, used in four ways, and a pipeline of transformers over the same network, in fp32 both."""
    import detoxify
    import transformers

    scorer = detoxify.Detoxify(checkpoint=str(checkpoint))
    pipeline = transformers.TextClassificationPipeline(
        model=scorer.model, tokenizer=scorer.tokenizer, top_k=None, function_to_apply="sigmoid", device="cpu"
    )
    by_length = sorted(few, key=len)
    tokens = tuple(len(ids) for ids in scorer.tokenizer(list(few), truncation=True)["input_ids"])

    def predict(texts: Sequence[str], size: int) -> None:
        for at in range(0, len(texts), size):
            scorer.predict(list(texts[at : at + size]))

    def pipe(size: int) -> None:
        pipeline(list(few), batch_size=size, truncation=True)

    ways: dict[tuple[str, str], Callable[[], object]] = {
        (DETOXIFY, "one by one"): lambda: [scorer.predict(text) for text in few],
        (DETOXIFY, "batches of 32, arrival order"): lambda: predict(few, 32),
        (DETOXIFY, "whole list"): lambda: predict(few, len(few)),
        (DETOXIFY, "batches of 32, sorted by the caller"): lambda: predict(by_length, 32),
        ("transformers pipeline", "one by one"): lambda: pipe(1),
    }
    if len(few) <= 32:  # then these are the one batch that is there already
        del ways[DETOXIFY, "whole list"], ways[DETOXIFY, "batches of 32, sorted by the caller"]
    if everything:
        ways["transformers pipeline", "batches of 32"] = lambda: pipe(32)
    return [
        Contender(shape.name, runtime, "fp32", policy, shape, len(few), tokens, step)
        for (runtime, policy), step in ways.items()
    ]


def open_scorers(reference: str, *, device: str, backends: Sequence[tuple[str, str]]) -> list[tuple[str, Scorer]]:
    """A scorer for each backend and precision that this machine has; one that two precisions lead to is kept once."""
    found: dict[tuple[str, str], tuple[str, Scorer]] = {}
    for backend, precision in backends:
        try:
            model = open_model(reference, device=device, backend=backend, precision=precision)
        except ModelError as error:
            print(f"left out: {reference} by {backend} in {precision}: {error}", file=sys.stderr)
            continue
        if (backend, model.precision) in found:
            model.close()
        else:
            found[backend, model.precision] = backend, Scorer(model)
    return list(found.values())
