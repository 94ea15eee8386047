"""How long do callers wait, by load? Open-loop arrivals at a server process, from a load generator in another process.

    python -m benchmarks.latency [--quick] [--model NAME] [--out benchmarks/results/latency.json]

1. The page: 500 posts through POST /moderate against the engine alone, in turns.
2. Saturation: one-post requests of 64 clients, and pages of 100 posts of 8 clients, against the engine alone, in turns.
3. Latency of one-post requests against load, from a tenth of saturation up to it, at constant and Poisson rates. It counts
   from when a request was due, so that queueing is not hidden. With pages among them, and with a job of POST /jobs or pages
   of 500 in the bulk lane beside them.
4. The same at half of saturation for comments of at most 64 tokens. Real lengths go up to thousands of tokens, so that the
   slowest requests of the real mix are those that are slow on an idle server too: its unloaded p99 stands beside the rest.

All texts differ, so that the cache answers none. Before anything is measured, the server answers posts and pages for `--settle`
seconds: a new one compiles patterns, meets its first words and prepares kernels for its first shapes. Load generator, server and (in turns) the engine alone share the cores.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from benchmarks.contenders import Scorer
from benchmarks.job_load import job_running
from benchmarks.measure import RESULTS, interleaved, load, machine, percentile, real_texts, table, write
from benchmarks.served import Answer, Arrivals, Call, Server, Texts, arrivals, body, send, serving, settle
from models.registry import open_model
from service.settings import Settings

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}
PAGE, LARGE, CLIENTS = 500, 100, 64
TYPICAL_TOKENS = 64
KINDS: tuple[Arrivals, ...] = ("constant", "poisson")


def summary(answers: Sequence[Answer], seconds: float) -> dict[str, Any]:
    """Percentiles in milliseconds by kind of request; refused and failed ones are counted and have no latency."""
    found: dict[str, Any] = {"seconds": seconds, "posts_per_s": 0.0}
    good = [answer for answer in answers if answer.status == 200]
    found["posts_per_s"] = sum(answer.posts for answer in good) / seconds
    for kind in sorted({answer.kind for answer in answers}):
        taken = [answer.latency for answer in good if answer.kind == kind]
        asked = sum(answer.kind == kind for answer in answers)
        found[kind] = {"requests": asked, "refused": asked - len(taken)}
        if taken:
            found[kind] |= {name: 1000 * percentile(taken, share) for name, share in SHARES.items()}
    return found


def singles(texts: Texts, times: Sequence[float]) -> list[Call]:
    return [Call(at, "one post", body(texts.take(1))) for at in times]


def pages(texts: Texts, times: Sequence[float], size: int) -> list[Call]:
    return [Call(at, f"{size} posts", body(texts.take(size)), size) for at in times]


def against_engine(server: Server, scorer: Scorer, texts: Texts, rounds: int, *, quick: bool) -> dict[str, Any]:
    """HTTP against the engine alone: seconds of one page, and posts a second at saturation."""
    page = 60 if quick else PAGE
    few, many = (48, 8) if quick else (512, 8)
    large = 20 if quick else LARGE
    pages_sent: list[float] = []
    singles_sent: list[float] = []
    large_sent: list[float] = []

    def by_http() -> None:
        pages_sent.append(send(server, pages(texts, [0.0], page))[1])

    def at_saturation() -> None:
        singles_sent.append(few / send(server, singles(texts, [0.0] * few), CLIENTS)[1])

    def with_pages() -> None:
        large_sent.append(many * large / send(server, pages(texts, [0.0] * many, large), 8)[1])

    steps = {
        "engine, page": lambda: scorer.grouped(texts.take(page)),
        "http, page": by_http,
        "engine, bulk": lambda: scorer.grouped(texts.take(many * large)),
        "http, one post each": at_saturation,
        "http, pages": with_pages,
    }
    for name in ("engine, page", "http, page", "http, one post each"):  # kernels for the shapes that they meet
        steps[name]()
    for sent in (pages_sent, singles_sent, large_sent):
        sent.clear()
    timed = interleaved(steps, rounds, said=lambda line: print(line, file=sys.stderr))
    engine_page, http_page = timed["engine, page"].median, statistics.median(pages_sent)
    engine_rate = many * large / timed["engine, bulk"].median
    return {
        "page posts": page,
        "page, engine alone s": engine_page,
        "page, POST /moderate s": http_page,
        "page, cost over the engine": http_page / engine_page - 1,
        "engine alone posts_per_s": engine_rate,
        f"http posts_per_s, one post each, {CLIENTS} clients": statistics.median(singles_sent),
        f"http posts_per_s, {large} posts each, 8 clients": statistics.median(large_sent),
        "one post each / engine alone": statistics.median(singles_sent) / engine_rate,
        "pages / engine alone": statistics.median(large_sent) / engine_rate,
        "rounds": rounds,
        "spread": {name: each.spread for name, each in timed.items()},
        "load_average": load(),
    }


def unloaded(server: Server, texts: Texts, requests: int) -> dict[str, Any]:
    """One client, one request after the other."""
    answers, seconds = send(server, singles(texts, [0.0] * requests), 1)
    return summary(answers, seconds)


def sweep(
    server: Server, texts: Texts, saturation: float, loads: Sequence[float], seconds: float, *, quick: bool
) -> list[dict[str, Any]]:
    """Every load and every way of arrival; then the mixtures at some of the loads."""
    chance = random.Random(1)
    large = 20 if quick else LARGE
    points: list[tuple[float, Arrivals, str]] = [(share, kind, "nothing") for share in loads for kind in KINDS]
    points += [
        (share, "poisson", beside)
        for share in loads[1:4:2]
        for beside in ("pages", "bulk pages", "a job of POST /jobs")
    ]
    found = []
    for share, kind, beside in points:
        rate = share * saturation
        times = arrivals(rate if beside != "pages" else rate / 2, seconds, kind, chance)
        calls = singles(texts, times)
        if beside == "pages":  # half of the posts come in pages
            calls += pages(texts, arrivals(rate / 2 / large, seconds, kind, chance), large)
        elif beside == "bulk pages":  # always two of them under way or waiting: more than is left over
            calls += pages(texts, arrivals(saturation / PAGE, seconds, "constant", chance), PAGE)
        work = job_running(server.url, 50_000) if beside.startswith("a job") else nullcontext()
        with work:
            answers, took = send(server, sorted(calls, key=lambda call: call.at))
        point = {"load": share, "arrivals": kind, "beside": beside, "rate": rate, **summary(answers, took)}
        point["server_mb"] = server.memory()[0]
        found.append(point)
        one = point["one post"]
        print(
            f"{share:.0%} {kind} beside {beside}: p50 {one.get('p50', 0):.1f} p99 {one.get('p99', 0):.1f} ms",
            file=sys.stderr,
        )
    return found


def of_typical_size(
    server: Server, texts: Texts, seconds: float, *, clients: int = CLIENTS, requests: int = 768
) -> dict[str, Any]:
    """Comments of at most `TYPICAL_TOKENS`: unloaded, at saturation, and at half of it."""
    chance = random.Random(2)
    alone = unloaded(server, texts, requests // 4)["one post"]
    saturation = requests / send(server, singles(texts, [0.0] * requests), clients)[1]
    found: dict[str, Any] = {"unloaded": alone, "saturation posts_per_s": saturation}
    for kind in KINDS:
        answers, took = send(server, singles(texts, arrivals(saturation / 2, seconds, kind, chance)))
        found[kind] = summary(answers, took)["one post"]
    return found


def plot(points: Sequence[dict[str, Any]], path: Path) -> None:
    """Percentiles of one-post requests against load."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, columns = pyplot.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
    for axes, kind in zip(columns, KINDS, strict=True):
        plain = [point for point in points if point["arrivals"] == kind and point["beside"] == "nothing"]
        for name in SHARES:
            axes.plot([100 * p["load"] for p in plain], [p["one post"].get(name) for p in plain], "o-", label=name)
        if kind == "poisson":
            for marker, beside in zip("sx^", ("pages", "bulk pages", "a job of POST /jobs"), strict=True):
                mixed = [point for point in points if point["beside"] == beside]
                axes.plot(
                    [100 * p["load"] for p in mixed],
                    [p["one post"].get("p99") for p in mixed],
                    marker,
                    color="grey",
                    label=f"p99 beside {beside}",
                )
        axes.set_title(f"{kind} arrivals", fontsize=10)
        axes.set_xlabel("load, % of saturation")
        axes.set_yscale("log")
        axes.grid(alpha=0.3, which="both")
        axes.legend(fontsize=7)
    columns[0].set_ylabel("milliseconds, one-post requests")
    figure.savefig(path, dpi=90)
    pyplot.close(figure)


def show(result: dict[str, Any]) -> None:
    table("POST /moderate and the engine alone", ("", "measured"), _plain(result["against the engine"]))
    rows = [
        (
            100 * point["load"],
            point["arrivals"],
            point["beside"],
            point["one post"]["requests"],
            point["one post"]["refused"],
            *(point["one post"].get(name, "-") for name in SHARES),
            point["server_mb"],
        )
        for point in result["points"]
    ]
    table(
        "Milliseconds of one-post requests",
        ("load %", "arrivals", "beside", "requests", "refused", *SHARES, "server MB"),
        rows,
        "p99.9 of fewer than 1,000 requests is the slowest one",
    )
    table("Goals", ("goal", "measured"), _plain(result["goals"]))


def _plain(found: dict[str, Any]) -> list[tuple[str, object]]:
    return [(name, value) for name, value in found.items() if isinstance(value, int | float)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few and small requests: does it run? Not for figures.")
    parser.add_argument("--model", default=Settings().model)
    parser.add_argument("--rounds", type=int, default=3, help="of HTTP against the engine alone")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each point (default %(default)s)")
    parser.add_argument("--settle", type=float, default=60.0, help="seconds of load before (default %(default)s)")
    parser.add_argument("--loads", default="10,25,50,75,90,100", help="percent of saturation (default %(default)s)")
    parser.add_argument("--out", type=Path, default=RESULTS / "latency.json")
    options = parser.parse_args()
    sample, origin = real_texts(2000)
    texts = Texts(sample)
    loads = [float(part) / 100 for part in options.loads.split(",")]
    rounds, seconds = (2, 1.5) if options.quick else (options.rounds, options.seconds)
    if options.quick:
        loads = [0.1, 0.5]
    result: dict[str, Any] = {"machine": machine(), "texts": origin, "model": options.model}
    scorer = Scorer(open_model(options.model))
    # The number that tells texts apart takes up to six tokens more.
    tokens = [encoded.tokens for encoded in scorer.model.encode(sample)]
    short = [text for text, count in zip(sample, tokens, strict=True) if count <= TYPICAL_TOKENS - 6]
    with tempfile.TemporaryDirectory() as folder, serving(options.model, Path(folder)) as server:
        settle(server, Texts(sample, seed=5), 2.0 if options.quick else options.settle)
        result["against the engine"] = against_engine(server, scorer, texts, rounds, quick=options.quick)
        scorer.close()
        alone = unloaded(server, texts, 20 if options.quick else 200)
        saturation = next(v for k, v in result["against the engine"].items() if k.startswith("http posts_per_s, one"))
        result["unloaded"] = alone
        result["points"] = sweep(server, texts, saturation, loads, seconds, quick=options.quick)
        few = {"clients": 8, "requests": 48} if options.quick else {}
        result["typical size"] = of_typical_size(server, Texts(short, seed=9), seconds, **few)
        result["server_mb"] = dict(zip(("steady", "peak"), server.memory(), strict=True))
    half = [p for p in result["points"] if p["load"] == 0.5 and p["beside"] == "nothing"]
    median, typical = alone["one post"]["p50"], result["typical size"]
    result["goals"] = {
        "HTTP at saturation / engine alone, one post each (goal 0.90)": result["against the engine"][
            "one post each / engine alone"
        ],
        "HTTP at saturation / engine alone, pages (goal 0.90)": result["against the engine"]["pages / engine alone"],
        "page of 500, cost over the engine (goal at most 0.10)": result["against the engine"][
            "page, cost over the engine"
        ],
        "unloaded median, ms": median,
        **{
            f"p99 at half load / unloaded median, {p['arrivals']} (goal 4)": p["one post"]["p99"] / median for p in half
        },
        "unloaded p99 / unloaded median, real mix": alone["one post"]["p99"] / median,
        **{
            f"p99 at half load / unloaded median, {kind}, at most {TYPICAL_TOKENS} tokens (goal 4)": typical[kind][
                "p99"
            ]
            / typical["unloaded"]["p50"]
            for kind in KINDS
        },
        "server resident MB, after all (goal 600)": result["server_mb"]["steady"],
        "server resident MB, peak": result["server_mb"]["peak"],
    }
    result["load_average_at_end"] = load()
    write(result, options.out)
    plot(result["points"], options.out.with_suffix(".png"))
    show(result)
    print(f"{options.out} and {options.out.with_suffix('.png')} written")


if __name__ == "__main__":
    main()
