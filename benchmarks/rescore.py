"""Does rescoring keep up with the engine? Rows a second of the engine alone and of `civility rescore` over the same texts, in
turns, their processor time (which a busy machine distorts less), what the path of a row takes by stage, and peak memory.

    python -m benchmarks.rescore [--rows 4000] [--rounds 3] [--model NAME] [--device auto] [--out benchmarks/results/rescore.json]

The engine alone scores what rescoring scores: the own words of each post, and the same undisguised where that differs. Texts are a
sample of the development data's comments; without the data, made-up ones.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from benchmarks.measure import RESULTS, Timed, interleaved, load, machine, real_texts, table, write
from models.model import Model
from models.registry import open_model
from service.app import make_moderator
from service.engine import Engine, Scored
from service.lexicon import default_lexicon
from service.metrics import Metrics
from service.moderation import Moderator, Prepared
from service.rescore.columns import Roles
from service.rescore.formats import write_rows
from service.rescore.pipeline import digest_of, posts_of
from service.rescore.plan import bulk_settings
from service.rescore.reading import Reading
from service.rescore.results import Layout, Results
from service.rescore.run import Options, rescore
from service.rescore.source import Chunk, Selection, open_source
from service.settings import Settings
from service.splitting.section import Section
from service.text.language import language_of
from service.variants import variants

CHUNK = 1000
IN_FLIGHT = 4


async def engine_alone(model: Model, texts: Sequence[str]) -> None:
    """All texts through the engine's bulk lane, four requests under way."""
    engine = Engine(model)
    await engine.start()
    room = asyncio.Semaphore(IN_FLIGHT)

    async def one(part: Sequence[str]) -> None:
        async with room:
            await engine.score(part, lane="bulk")

    await asyncio.gather(*(one(texts[at : at + CHUNK]) for at in range(0, len(texts), CHUNK)))
    await engine.drain(60.0)
    engine.close()


async def answers(moderator: Moderator, chunks: Sequence[Chunk], roles: Roles) -> list[tuple[Prepared, list[Scored]]]:
    """What the engine says of each chunk."""
    await moderator.engine.start()
    found = []
    for chunk in chunks:
        ready = prepared(moderator, chunk, roles)
        found.append((ready, list(await moderator.score(ready))))
    return found


def prepared(moderator: Moderator, chunk: Chunk, roles: Roles) -> Prepared:
    """Matched, with what the model reads."""
    texts = chunk.batch.column(roles.text).to_pylist()
    posts = posts_of(chunk, roles, range(len(texts)), texts)
    return moderator.prepare_section(Section("posts", posts), moderator.policy(None))


def stages(model: Model, source: Path, rows: int) -> dict[str, float]:
    """Processor milliseconds a row of each stage but the model's, in one thread, one after the other."""
    opened = open_source(str(source))
    roles = Roles("text", "id")
    moderator = make_moderator(bulk_settings(Settings()), model, Metrics())
    layout = Layout.of(opened.schema("text"), model.card.labels, only_missing=False)
    spent: dict[str, float] = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        began = time.process_time()
        found = work()
        spent[name] = 1000 * (time.process_time() - began) / rows
        return found

    chunks: list[Chunk] = timed("read", lambda: list(Reading(opened, "text", Selection()).rest()))
    scored = asyncio.run(answers(moderator, chunks, roles))
    lexicon = default_lexicon()
    posts = [post for ready, _ in scored for post in ready.section.posts]
    matches = timed("lexicon", lambda: [lexicon.find(post.text) for post in posts])
    timed("language", lambda: [language_of(post.text, moderator.languages) for post in posts])
    timed("variants", lambda: [variants(post, found) for post, found in zip(posts, matches, strict=True)])
    verdicts = timed("flags and policy", lambda: [list(moderator.verdicts(*each)) for each in scored])

    def columns() -> list[Any]:
        made = []
        for chunk, found in zip(chunks, verdicts, strict=True):
            results = Results(layout.labels, "model", "policy")
            for verdict in found:
                results.add(verdict)
            made.append(layout.rows(chunk.batch, results))
        return made

    batches = timed("columns", columns)
    timed("digest", lambda: [digest_of(chunk, roles) for chunk in chunks])
    timed("write", lambda: write_rows(io.BytesIO(), "parquet", layout.schema, batches))
    asyncio.run(moderator.close())
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=Settings().model)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=RESULTS / "rescore.json")
    options = parser.parse_args()
    texts, origin = real_texts(options.rows)
    model = open_model(options.model, options.device)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "in.parquet"
        parquet.write_table(pa.table({"id": range(len(texts)), "text": texts}), source)
        spent = stages(model, source, len(texts))  # the runtime also compiles the shapes that it meets
        moderator = make_moderator(bulk_settings(Settings()), model, Metrics())
        (chunk,) = Reading(open_source(str(source)), "text", Selection(), len(texts) + 1).take(1)
        judged = prepared(moderator, chunk, Roles("text", "id")).texts
        number = iter(range(10_000))

        def rescored() -> None:
            rescore(Options(str(source), Path(folder) / f"out-{next(number)}.parquet"), Settings(), model)

        found = interleaved(
            {"engine": lambda: asyncio.run(engine_alone(model, judged)), "rescore": rescored},
            options.rounds,
            said=lambda line: print(line, flush=True),
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result = {
        "machine": machine(),
        "texts": origin,
        "rows": options.rows,
        "texts_scored": len(judged),
        "model": options.model,
        "device": model.device,
        "precision": model.precision,
        "stages_ms_per_row": spent,
        "ran": {name: summary(timed, options.rows) for name, timed in found.items()},
        "peak_mb": peak,
    }
    write(result, options.out)
    show(result)
    print(f"{options.out} written")


def summary(timed: Timed, rows: int) -> dict[str, float]:
    """Medians of a step."""
    return {
        "rows_per_s": rows / timed.median,
        "processor_ms_per_row": 1000 * timed.processor_median / rows,
        "spread": timed.spread,
    }


def show(result: dict[str, Any]) -> None:
    """The tables."""
    ran = result["ran"]
    rows = [(name, *each.values()) for name, each in ran.items()]
    note = f"{result['model']}, {result['device']}, {result['precision']}; {result['texts']}; load {load()}"
    table("rescoring and the engine alone", ("what", "rows/s", "processor ms/row", "slowest/fastest"), rows, note)
    spent = result["stages_ms_per_row"]
    table(
        "the path of a row, without the model",
        ("stage", "processor ms/row"),
        [*spent.items(), ("sum", sum(spent.values()))],
    )
    by_wall = ran["rescore"]["rows_per_s"] / ran["engine"]["rows_per_s"]
    by_processor = ran["rescore"]["processor_ms_per_row"] / ran["engine"]["processor_ms_per_row"]
    print(
        f"rescore has {by_wall:.1%} of the engine's rate and takes {by_processor - 1:.1%} more processor time;"
        f" peak memory {result['peak_mb']:.0f} MB"
    )


if __name__ == "__main__":
    main()
