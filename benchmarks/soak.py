"""Does the server's memory stay flat under mixed load? An hour of it, by default.

    python -m benchmarks.soak [--minutes 60] [--model NAME] [--clients 4] [--out benchmarks/results/soak.json]

A server process gets, from another process, rounds of one-post requests, pages of 20 and, now and then, a page of 200 (the
bulk lane) and a post of thousands of characters; all texts differ. After each round its resident memory is read. The first
fifth of the time is warm-up: caches fill, and the runtime meets its shapes. "growth" is the slope of a straight line through
what comes after, times its length.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import RESULTS, load, machine, real_texts, table, write
from benchmarks.served import Call, Server, Texts, body, send, serving
from service.settings import Settings

GOAL_MB = 600
WARM_UP = 0.2


@dataclass(frozen=True)
class Point:
    """After one round. seconds: since the start; requests: answered so far; megabytes: resident (10^6 bytes)."""

    seconds: float
    requests: int
    failed: int
    megabytes: float


def mixed_round(texts: Texts, number: int, singles: int = 40) -> list[Call]:
    """One-post requests and a page of 20; every fifth round a page of 200 and a very long post too."""
    calls = [Call(0.0, "one post", body(texts.take(1))) for _ in range(singles)]
    calls.append(Call(0.0, "page", body(texts.take(20)), 20))
    if number % 5 == 4:
        calls.append(Call(0.0, "bulk page", body(texts.take(200)), 200))
        calls.append(Call(0.0, "long post", body([" ".join(texts.take(20))])))
    return calls


def soak(server: Server, plan: Callable[[int], list[Call]], seconds: float, clients: int) -> list[Point]:
    """Rounds until the time is over; at least ten. plan: what a round sends, by its number."""
    points: list[Point] = []
    answered = failed = number = 0
    began = time.monotonic()
    while (now := time.monotonic() - began) < seconds or len(points) < 10:
        answers, _ = send(server, plan(number), clients)
        answered += len(answers)
        failed += sum(answer.status != 200 for answer in answers)
        points.append(Point(time.monotonic() - began, answered, failed, server.memory()[0]))
        number += 1
        if number % 10 == 0:
            print(f"{now:.0f} s: {answered} requests, {points[-1].megabytes:.0f} MB", file=sys.stderr)
    return points


def growth(points: Sequence[Point]) -> tuple[float, float]:
    """Megabytes that the fitted line rises after the warm-up, and bytes a request of that."""
    after = points[int(len(points) * WARM_UP) :]
    slope = float(np.polyfit([point.requests for point in after], [point.megabytes for point in after], 1)[0])
    return slope * (after[-1].requests - after[0].requests), slope * 1e6


def plot(points: Sequence[Point], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 3), layout="constrained")
    axes.plot([point.seconds / 60 for point in points], [point.megabytes for point in points], ".-")
    axes.axhline(GOAL_MB, color="grey", linestyle=":", label=f"goal {GOAL_MB} MB")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("minutes")
    axes.set_ylabel("server's resident MB")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    figure.savefig(path, dpi=90)
    pyplot.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--model", default=Settings().model)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument(
        "--python", default=sys.executable, help="the server's interpreter, such as that of a plain install"
    )
    parser.add_argument("--out", type=Path, default=RESULTS / "soak.json")
    options = parser.parse_args()
    sample, origin = real_texts(2000)
    result: dict[str, Any] = {"machine": machine(), "texts": origin, "model": options.model}
    with tempfile.TemporaryDirectory() as folder, serving(options.model, Path(folder), options.python) as server:
        result["at start, MB"] = server.memory()[0]
        texts = Texts(sample, seed=7)
        points = soak(server, lambda number: mixed_round(texts, number), 60 * options.minutes, options.clients)
        result["peak, MB"] = server.memory()[1]
    risen, each = growth(points)
    result |= {
        "minutes": points[-1].seconds / 60,
        "requests": points[-1].requests,
        "failed": points[-1].failed,
        "at the end, MB (goal 600)": points[-1].megabytes,
        "growth after the warm-up, MB": risen,
        "growth, bytes a request": each,
        "points": [[point.seconds, point.requests, point.megabytes] for point in points],
        "load_average_at_end": load(),
    }
    write(result, options.out)
    plot(points, options.out.with_suffix(".png"))
    rows = [(name, value) for name, value in result.items() if isinstance(value, int | float)]
    table("Memory under mixed load", ("", "measured"), rows)
    print(f"{options.out} and {options.out.with_suffix('.png')} written")


if __name__ == "__main__":
    main()
