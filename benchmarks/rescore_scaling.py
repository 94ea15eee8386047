"""How rescoring grows with workers: rows a second here and on Ray with one and two workers, and from that an estimate for more.

    python -m benchmarks.rescore_scaling [--rows 2000] [--model NAME] [--core-hour 0.04] [--out benchmarks/results/rescore_scaling.json]

Measured: what twice the rows take longer than the rows, so that neither the start of Ray and the models counts, nor that chunks
which are under way together end together. Estimated, and marked so: workers times the rate of one, up to what one reader and
one driver can do, which is measured as their processor time a row.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from benchmarks.measure import RESULTS, cores, load, machine, real_texts, table, write
from models.registry import open_model
from service.rescore.cluster.connect import connected
from service.rescore.cluster.wire import chunk_row
from service.rescore.reading import Reading
from service.rescore.run import Options, rescore, rescore_with
from service.rescore.source import Selection, open_source
from service.settings import Settings

PART_ROWS = 100  # also of a chunk: with the usual 1,000 there would be too few for several workers
ESTIMATED = (4, 8, 16, 32, 64, 128, 256)


@dataclass(frozen=True)
class Spent:
    """Seconds by the clock, and of this process's cores."""

    wall: float
    processor: float

    def __sub__(self, less: Spent) -> Spent:
        return Spent(self.wall - less.wall, self.processor - less.processor)


def spent(work: Callable[[], object]) -> Spent:
    """What `work` takes."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return Spent(time.perf_counter() - wall, time.process_time() - processor)


def here(options: Options, settings: Settings) -> Spent:
    """The local engine."""
    model = open_model(settings.model, "cpu", threads=settings.threads)
    try:
        return spent(lambda: rescore(options, settings, model))
    finally:
        model.close()


def on_ray(options: Options, settings: Settings, workers: int, cpus: float) -> Spent:
    """So many workers of so many cores."""
    from service.rescore.cluster.scorer import RayScorer, Workers

    with connected(None):
        return spent(lambda: rescore_with(RayScorer(settings, Workers(workers, cpus)), options, settings))


def one_reader(source: Path) -> float:
    """Rows a second of reading and packing alone."""
    reading = Reading(open_source(str(source)), "text", Selection())
    rows, began = 0, time.process_time()
    for number, chunk in enumerate(reading.rest()):
        rows += len(chunk.batch)
        chunk_row(number, chunk, None).table()
    return rows / (time.process_time() - began)


def files(folder: Path, rows: int) -> tuple[Path, Path, Path, str]:
    """The input, the same texts twice, and one of the size that reading takes a measurable time for. A chunk's texts are never
    repeated in it, so that all are scored."""
    texts, origin = real_texts(rows)
    small, twice, large = folder / "in.parquet", folder / "twice.parquet", folder / "large.parquet"
    parquet.write_table(pa.table({"id": range(rows), "text": texts}), small)
    parquet.write_table(pa.table({"id": range(2 * rows), "text": texts + [f"{text} ." for text in texts]}), twice)
    with parquet.ParquetWriter(large, pa.schema([("id", pa.int64()), ("text", pa.string())])) as writer:
        for number in range(max(1, 200_000 // rows)):
            ids = range(number * rows, (number + 1) * rows)
            writer.write_table(pa.table({"id": ids, "text": texts}))
    return small, twice, large, origin


def estimate(rate: float, workers: Sequence[int], reader: float, driver: float) -> Iterator[dict[str, Any]]:
    """Rows a second of more workers, as the slowest of the three allows."""
    for count in workers:
        found = min(count * rate, reader, driver)
        limit = "workers" if found == count * rate else "reader" if found == reader else "driver"
        yield {"workers": count, "rows_per_s": found, "limit": limit, "estimated": True}


def plot(result: dict[str, Any], path: Path) -> None:
    """Measured points, and the estimate beyond them."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 4), layout="constrained")
    measured = [each for each in result["measured"] if each["engine"] == "ray" and each["cores_each"] == 1]
    guessed = result["estimated"]
    axes.plot([e["cores"] for e in measured], [e["rows_per_s"] for e in measured], "o", label="measured, Ray")
    axes.plot([e["workers"] for e in guessed], [e["rows_per_s"] for e in guessed], "x--", label="estimate")
    for each in result["measured"]:
        if each["engine"] == "local":
            axes.plot(each["cores"], each["rows_per_s"], "s", label="measured, local engine")
    axes.set(xscale="log", yscale="log", xlabel="workers of one core", ylabel="rows a second", title=result["model"])
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    figure.savefig(path, dpi=90)
    pyplot.close(figure)


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Everything, in one pass."""
    small, twice, large, origin = files(folder, options.rows)
    number = iter(range(100))
    settings = Settings(model=options.model, device="cpu")

    def asked(source: Path) -> Options:
        return Options(str(source), folder / f"out-{next(number)}.parquet", part_rows=PART_ROWS)

    found: list[dict[str, Any]] = []

    def measured(engine: str, workers: int, each: int, run: Callable[[Options], Spent]) -> None:
        once = run(asked(small))
        more = run(asked(twice)) - once
        found.append(
            {
                "engine": engine,
                "workers": workers,
                "cores_each": each,
                "cores": workers * each,
                "rows_per_s": options.rows / more.wall,
                "driver_ms_per_row": 1000 * more.processor / options.rows,
                "start_s": once.wall - more.wall,
            }
        )
        print(found[-1], load(), flush=True)

    for threads in sorted({1, cores()}):
        local = Settings(model=options.model, device="cpu", threads=threads)
        measured("local", 1, threads, partial(here, settings=local))
    for workers, each in ((1, 1), (1, cores()), (2, max(1, cores() // 2))):
        measured("ray", workers, each, partial(on_ray, settings=settings, workers=workers, cpus=float(each)))
    driver = 1000 / found[-1]["driver_ms_per_row"]
    single = next(each["rows_per_s"] for each in found if each["engine"] == "ray" and each["cores"] == 1)
    reader = one_reader(large)
    return {
        "machine": machine(),
        "texts": origin,
        "model": options.model,
        "rows": options.rows,
        "measured": found,
        "reader_rows_per_s": reader,
        "driver_rows_per_s": driver,
        "estimated": list(estimate(single, ESTIMATED, reader, driver)),
        "core_hour": options.core_hour,
        "cost_per_million": {
            f"{each['engine']}, {each['workers']} x {each['cores_each']} cores": cost(each, options.core_hour)
            for each in found
        },
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def cost(each: dict[str, Any], core_hour: float) -> float:
    """Of a million comments, in the currency of `core_hour`."""
    return float(1e6 / each["rows_per_s"] / 3600 * each["cores"] * core_hour)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--model", default=Settings().model)
    parser.add_argument(
        "--core-hour", type=float, default=0.04, help="price of one core for an hour (default %(default)s)"
    )
    parser.add_argument("--out", type=Path, default=RESULTS / "rescore_scaling.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = measure(Path(folder), options)
    write(result, options.out)
    plot(result, options.out.with_suffix(".png"))
    columns = ("engine", "workers", "cores_each", "rows_per_s", "driver_ms_per_row", "start_s")
    rows = [tuple(each.get(name, "-") for name in columns) for each in result["measured"]]
    table("measured", columns, rows, f"{result['texts']}; {options.model}")
    guessed = ("workers", "rows_per_s", "limit")
    table(
        "estimate, not measured: workers of one core",
        guessed,
        [tuple(e[n] for n in guessed) for e in result["estimated"]],
    )
    for name, price in result["cost_per_million"].items():
        print(f"a million comments, {name}: {price:.3f} at {options.core_hour} a core-hour")
    print(f"{options.out} and {options.out.with_suffix('.png')} written")


if __name__ == "__main__":
    main()
