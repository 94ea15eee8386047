"""Does rescoring keep up with the engine? Rows a second of the engine alone and of `civility rescore` over the same texts,
in alternation, their processor time (which a busy machine
distorts less), and the peak memory of the second.

    python -m benchmarks.rescore --data ../shared/data [--rows 4000] [--rounds 3] [--model NAME] [--device auto]

The texts are a sample of the development data's news comments; without the data the benchmark says so.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from models.model import Model
from models.registry import open_model
from service.engine import Engine
from service.rescore.run import Options, rescore
from service.settings import Settings

CHUNK = 1000


async def engine_alone(model: Model, texts: Sequence[str]) -> float:
    """Seconds for all texts through the engine's bulk lane, four requests under way."""
    engine = Engine(model)
    await engine.start()
    room = asyncio.Semaphore(4)

    async def one(part: Sequence[str]) -> None:
        async with room:
            await engine.score(part, lane="bulk")

    began = time.perf_counter()
    await asyncio.gather(*(one(texts[at : at + CHUNK]) for at in range(0, len(texts), CHUNK)))
    seconds = time.perf_counter() - began
    await engine.drain(60.0)
    engine.close()
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--model", default="civility-small")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    source = options.data / "train" / "toxicity.parquet"
    if not source.is_file():
        raise SystemExit(f"{source}: the development data is not there; skipped (--data)")
    frame = pd.read_parquet(source, columns=["text", "split"])
    frame = frame[frame.split == "dev"].drop_duplicates("text").sample(options.rows, random_state=0)[["text"]]
    texts = frame.text.tolist()
    model = open_model(options.model, options.device)
    rates: dict[str, list[float]] = {"engine": [], "rescore": []}
    costs: dict[str, list[float]] = {"engine": [], "rescore": []}
    with tempfile.TemporaryDirectory() as folder:
        frame.to_parquet(Path(folder) / "in.parquet")
        asyncio.run(engine_alone(model, texts))  # the runtime compiles the shapes that it meets
        for number in range(options.rounds):
            used = time.process_time()
            rates["engine"].append(len(texts) / asyncio.run(engine_alone(model, texts)))
            costs["engine"].append(time.process_time() - used)
            began, used = time.perf_counter(), time.process_time()
            rescore(Options(f"{folder}/in.parquet", Path(folder) / f"out-{number}.parquet"), Settings(), model)
            rates["rescore"].append(len(texts) / (time.perf_counter() - began))
            costs["rescore"].append(time.process_time() - used)
            print({name: round(found[-1], 1) for name, found in rates.items()}, flush=True)
    medians = {name: statistics.median(found) for name, found in rates.items()}
    processor = {name: statistics.median(found) * 1000 / len(texts) for name, found in costs.items()}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{model.device} {model.precision}, {options.rows} rows: engine {medians['engine']:.0f}/s, rescore"
        f" {medians['rescore']:.0f}/s ({medians['rescore'] / medians['engine']:.0%}), peak memory {peak:.0f} MiB;"
        f" processor time a row {processor['engine']:.2f} and {processor['rescore']:.2f} ms"
    )


if __name__ == "__main__":
    main()
