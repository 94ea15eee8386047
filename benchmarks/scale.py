"""Throughput and memory of a server against posts per request, length of posts, and number of clients.

    python -m benchmarks.scale [--quick] [--model NAME] [--out benchmarks/results/scale.json]

One server process for all; requests come from another process. Each point's peak of resident memory is its own where the
system can reset it (Linux). All texts differ, so that the cache answers none. A point that would take longer than
`--longest` seconds, by the rate of the one before, is left out, and says so.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import RESULTS, load, machine, made_up, percentile, real_texts, table, write
from benchmarks.served import Call, Server, Texts, body, send, serving
from service.settings import Settings

POSTS = (1, 10, 100, 1_000, 10_000)
CHARACTERS = (1, 10, 100, 1_000, 10_000, 100_000)
COUNTS = (1, 2, 4, 8, 16, 32, 64, 128)
SWEEPS = ("posts per request", "characters per post", "clients")


def point(server: Server, calls: Sequence[Call], clients: int, size: int) -> dict[str, Any]:
    """Send the calls by so many clients, one after the other each."""
    server.forget_peak()
    answers, seconds = send(server, calls, clients)
    good = [answer for answer in answers if answer.status == 200]
    resident, peak = server.memory()
    return {
        "size": size,
        "requests": len(calls),
        "failed": len(calls) - len(good),
        "seconds": seconds,
        "posts_per_s": sum(answer.posts for answer in good) / seconds,
        "characters_per_s": sum(len(call.body) for call in calls) / seconds,
        "p50_ms": 1000 * percentile([answer.latency for answer in good], 0.5) if good else None,
        "resident_mb": resident,
        "peak_mb": peak,
        "load": load()[0],
    }


def sweep(
    sizes: Sequence[int],
    seconds_for: Callable[[int, dict[str, Any]], float],
    longest: float,
    run: Callable[[int], dict[str, Any]],
) -> list[dict[str, Any]]:
    """A point for each size. seconds_for: a guess for a size, from the point before."""
    found: list[dict[str, Any]] = []
    for size in sizes:
        if found and (guess := seconds_for(size, found[-1])) > longest:
            print(f"size {size} left out: it would take about {guess:.0f} s (--longest)", file=sys.stderr)
            continue
        found.append(run(size))
        print(f"{size}: {found[-1]['posts_per_s']:.1f} posts/s, peak {found[-1]['peak_mb']:.0f} MB", file=sys.stderr)
    return found


def long_text(characters: int, chance: random.Random) -> str:
    """Words, cut to exactly so many characters; a fresh number first, so that it differs."""
    text = str(chance.randrange(10**9))
    while len(text) < characters:
        text += " " + made_up(chance, chance.randrange(10**6))
    return text[:characters]


def measure(server: Server, texts: Texts, longest: float, *, quick: bool) -> dict[str, list[dict[str, Any]]]:
    """All three sweeps."""
    chance = random.Random(3)
    few = 20 if quick else 128

    def by_posts(size: int) -> dict[str, Any]:
        requests = max(1, min(few, 200 // size))
        return point(server, [Call(0, "page", body(texts.take(size)), size) for _ in range(requests)], 1, size)

    def by_characters(size: int) -> dict[str, Any]:
        requests = max(2, min(few, 20_000 // size))
        return point(server, [Call(0, "post", body([long_text(size, chance)])) for _ in range(requests)], 2, size)

    def by_clients(size: int) -> dict[str, Any]:
        calls = [Call(0, "post", body(texts.take(1))) for _ in range(max(few, 2 * size))]
        return point(server, calls, size, size)

    limit = 2 if quick else None
    send(server, [Call(0, "warm", body(texts.take(8)), 8)], 1)
    return {
        "posts per request": sweep(
            POSTS[: limit and 3], lambda size, last: size / last["posts_per_s"], longest, by_posts
        ),
        "characters per post": sweep(
            CHARACTERS[: limit and 4],
            lambda size, last: max(2, 20_000 // size) * size / max(1.0, last["characters_per_s"]),
            longest,
            by_characters,
        ),
        "clients": sweep(COUNTS[:limit], lambda size, last: 0.0, longest, by_clients),
    }


def plot(found: dict[str, list[dict[str, Any]]], path: Path) -> None:
    """Throughput above, peak memory below."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, rows = pyplot.subplots(2, 3, figsize=(10, 5), sharex="col", sharey="row", layout="constrained")
    for at, name in enumerate(SWEEPS):
        sizes = [each["size"] for each in found[name]]
        rows[0][at].plot(sizes, [each["posts_per_s"] for each in found[name]], "o-")
        rows[1][at].plot(sizes, [each["peak_mb"] for each in found[name]], "o-", label="peak")
        rows[1][at].plot(sizes, [each["resident_mb"] for each in found[name]], "x--", label="afterwards")
        rows[0][at].set_yscale("log")
        rows[0][at].set_xscale("log")
        rows[1][at].set_ylim(bottom=0)
        rows[1][at].set_xlabel(name)
        for axes in (rows[0][at], rows[1][at]):
            axes.grid(alpha=0.3)
    rows[0][0].set_ylabel("posts a second")
    rows[1][0].set_ylabel("server's resident MB")
    rows[1][0].legend(fontsize=8)
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes only: does it run? Not for figures.")
    parser.add_argument("--model", default=Settings().model)
    parser.add_argument("--longest", type=float, default=120.0, help="seconds of one point (default %(default)s)")
    parser.add_argument("--out", type=Path, default=RESULTS / "scale.json")
    options = parser.parse_args()
    sample, origin = real_texts(2000)
    result: dict[str, Any] = {"machine": machine(), "texts": origin, "model": options.model}
    with tempfile.TemporaryDirectory() as folder, serving(options.model, Path(folder)) as server:
        result["sweeps"] = measure(server, Texts(sample, seed=5), options.longest, quick=options.quick)
        result["server_mb_at_end"] = server.memory()[0]
    write(result, options.out)
    plot(result["sweeps"], options.out.with_suffix(".png"))
    for name, points in result["sweeps"].items():
        columns = ("size", "requests", "failed", "posts_per_s", "characters_per_s", "p50_ms", "peak_mb", "resident_mb")
        table(name, columns, [tuple(each[column] for column in columns) for each in points])
    print(f"{options.out} and {options.out.with_suffix('.png')} written")


if __name__ == "__main__":
    main()
