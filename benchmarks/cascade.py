"""Is the cascade worth it? Actions and flags of the default model against those of both tiers everywhere, and of the larger alone.

    python -m benchmarks.cascade [--data ../shared/data] [--sample 2000] [--first civility]

Through the service: ordinary comments of the development data (Wikipedia, news) and videos' comments, each moderated three times
under the default policy. "everywhere" is the same average of the two tiers on every post, which is what the cascade saves;
what differs from the larger tier alone differs mostly because the average of two is not one of them.
Says how many actions differ, by set and by kind of change, which flags differ, the share of windows that both tiers scored,
and posts a second of each way in the same run. Writes benchmarks/results/cascade.json.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.flags import FLAGS, Judged, judge, sampled
from benchmarks.measure import RESULTS, machine, table, write
from models.cascade import CascadeModel
from models.files import WEIGHTS
from models.registry import open_model
from service.app import make_moderator
from service.metrics import Metrics
from service.settings import read_settings

SLICE = 500  # posts of a request


def sets(data: Path, sample: int) -> dict[str, list[str]]:
    """Comments by where they are from."""
    toxicity = pd.read_parquet(data / "train" / "toxicity.parquet")
    toxicity = toxicity[toxicity.split == "dev"]
    wikipedia = toxicity[(toxicity.source == "jigsaw2018") & (toxicity.tier != "B_processed_or_augmented")]
    news = toxicity[toxicity.source.isin(["civil_comments", "context_toxicity_gn", "context_toxicity_gc"])]
    tube = pd.read_parquet(data / "dev" / "youtoxic.parquet")
    frames = {"Wikipedia talk pages": wikipedia, "news comments": news, "video comments": tube}
    return {name: sampled(frame, sample).text.tolist() for name, frame in frames.items()}


def judged(reference: str, texts: dict[str, list[str]]) -> tuple[dict[str, Judged], float, float | None]:
    """What a model's service says of each set, its posts a second, and the share of windows that both tiers scored."""
    model = open_model(reference)
    found: dict[str, Judged] = {}
    with asyncio.Runner() as runner:
        moderator = make_moderator(read_settings({}, deadline_s=3600.0), model, Metrics())

        async def start() -> None:
            await moderator.engine.start()

        runner.run(start())
        runner.run(judge(moderator, next(iter(texts.values()))[:100], SLICE))  # patterns and kernels
        began = time.perf_counter()
        for name, some in texts.items():
            print(f"{reference}: {name}, {len(some)} posts", file=sys.stderr)
            found[name] = runner.run(judge(moderator, some, SLICE))
        seconds = time.perf_counter() - began
        runner.run(moderator.close())
    share = model.second_share if isinstance(model, CascadeModel) else None
    model.close()
    return found, sum(map(len, texts.values())) / seconds, share


def compared(first: Judged, second: Judged) -> dict[str, Any]:
    """Shares of posts with another action, and of each flag that only one of the two has."""
    pairs = Counter(
        f"{one} instead of {other}" for one, other in zip(first.actions, second.actions, strict=True) if one != other
    )
    line: dict[str, Any] = {"posts": len(first.actions), "actions that differ": pairs.total() / len(first.actions)}
    line |= {flag: float(np.mean(first.flags[flag] != second.flags[flag])) for flag in FLAGS}
    return line | {"changes": dict(pairs)}


def other_ways(cascade: str, folder: Path) -> tuple[str, str]:
    """The larger tier, and a cascade that asks it about everything, written to `folder`. Raises `SystemExit`."""
    try:
        card = json.loads((WEIGHTS / cascade / "card.json").read_text())
        plan = card["cascade"]
    except (OSError, KeyError):
        raise SystemExit(f"--first: expected a cascade among {WEIGHTS}, got {cascade}") from None
    plan["bounds"] = {label: [0.0, 1.0] for label in plan["bounds"]}
    (folder / "card.json").write_text(json.dumps(card))
    return plan["second"], str(folder)


def rows(result: dict[str, dict[str, Any]]) -> Sequence[Sequence[object]]:
    return [
        [
            name,
            line["posts"],
            f"{line['actions that differ']:.2%}",
            *(f"{line[flag]:.2%}" for flag in FLAGS),
            ", ".join(f"{count} {change}" for change, count in line["changes"].items()),
        ]
        for name, line in result.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--sample", type=int, default=2000, help="posts of a set at most (default %(default)s)")
    parser.add_argument("--first", default="civility", help="the cascade (default %(default)s)")
    parser.add_argument("--out", type=Path, default=RESULTS / "cascade.json")
    options = parser.parse_args()
    if not (options.data / "dev").is_dir():
        raise SystemExit(f"{options.data / 'dev'}: the development data is not there; skipped (--data)")
    texts = sets(options.data, options.sample)
    first, first_rate, share = judged(options.first, texts)
    found: dict[str, Any] = {"machine": machine(), "scored_twice": share, "posts_per_s": {options.first: first_rate}}
    with tempfile.TemporaryDirectory() as folder:
        larger, everywhere = other_ways(options.first, Path(folder))
        for name, reference in (("everywhere", everywhere), (larger, larger)):
            other, rate, _ = judged(reference, texts)
            result = {source: compared(first[source], other[source]) for source in texts}
            table(
                f"{options.first} against {name}: shares of posts that differ",
                ["set", "posts", "action", *FLAGS, "changes of the action"],
                rows(result),
                note=f"{first_rate:.0f} against {rate:.0f} posts/s; both tiers scored {share or 0.0:.0%} of the windows",
            )
            found[f"against {name}"] = result
            found["posts_per_s"][name] = rate
            write(found, options.out)


if __name__ == "__main__":
    main()
