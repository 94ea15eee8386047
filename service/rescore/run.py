"""rescore: an input through the pipeline into an output. Killed at any point and called again, it ends with the same rows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.model import Model
from service.rescore.columns import RolesAsked, find_roles
from service.rescore.disk import Disk
from service.rescore.errors import ChangedError, OutputError
from service.rescore.formats import OutputFormat, check_format, output_format
from service.rescore.output import Output, Part
from service.rescore.pipeline import Done, digest_of
from service.rescore.plan import Judging, hash_of, make_plan
from service.rescore.reading import Reading
from service.rescore.results import Counts, Layout
from service.rescore.scorer import LocalScorer, Scorer
from service.rescore.source import CHUNK_ROWS, Selection, open_source
from service.settings import Settings

# A part ends with the chunk that reaches one of these: what a kill can cost, and what is in memory.
PART_ROWS = 20_000
PART_BYTES = 32_000_000


@dataclass(frozen=True, slots=True)
class Options:
    """What to rescore. output: a folder, or a file whose suffix says the format. query: then input is a database's URL."""

    input: str
    output: Path
    query: str | None = None
    roles: RolesAsked = field(default_factory=RolesAsked)
    selection: Selection = field(default_factory=Selection)
    format: str | None = None
    only_missing: bool = False
    restart: bool = False
    part_rows: int = PART_ROWS


@dataclass(frozen=True, slots=True)
class Report:
    """How far the run is. expected: rows in all, None while unknown. checked: rows of a former run that were skipped."""

    counts: Counts
    expected: int | None
    checked: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run has done. already: the output was complete before."""

    counts: Counts
    output: Path
    rejects: Path | None
    already: bool


def rescore(
    options: Options,
    settings: Settings,
    model: Model,
    disk: Disk | None = None,
    report: Callable[[Report], None] = lambda _: None,
) -> Summary:
    """Rescore in this process, or go on with a run that was ended. Raises `RescoreError`, `ServiceError`, `PolicyError`."""
    return rescore_with(LocalScorer(settings, model), options, settings, disk, report)


def rescore_with(
    scorer: Scorer,
    options: Options,
    settings: Settings,
    disk: Disk | None = None,
    report: Callable[[Report], None] = lambda _: None,
) -> Summary:
    """As `rescore`, judged by `scorer`. The output does not depend on which one it is."""
    source = open_source(options.input, options.query)
    roles = find_roles(source.columns, options.roles)
    layout = Layout.of(source.schema(roles.text), scorer.card.labels, only_missing=options.only_missing)
    judging = Judging(roles, layout, options.only_missing)
    output = Output(options.output, _format(options), disk if disk is not None else Disk())
    chosen = _chosen(options, settings, output.kind)
    plan = make_plan(source.identity, judging, scorer.card, scorer.precision, scorer.policy, chosen)
    try:
        finished = output.start(plan, restart=options.restart)
        if finished is None:
            reading = Reading(source, roles.text, options.selection, min(CHUNK_ROWS, options.part_rows))
            asyncio.run(_Run(options, judging, reading, output, report).score(scorer))
            counts = output.finish(plan, layout.schema)
        else:
            counts = finished
    finally:
        output.close()
    return Summary(counts, options.output, output.rejects if counts.rejected else None, finished is not None)


class _Run:
    """One pass over the input: parts that are there are checked and skipped, the others scored and written."""

    def __init__(
        self, options: Options, judging: Judging, reading: Reading, output: Output, report: Callable[[Report], None]
    ) -> None:
        self._options = options
        self._judging = judging
        self._reading = reading
        self._output = output
        self._report = report
        self._total = Counts()
        self._checked = 0

    async def score(self, scorer: Scorer) -> None:
        """Write all parts that are missing."""
        await asyncio.to_thread(self._skip)
        if await asyncio.to_thread(self._reading.ended):
            return
        part: list[Done] = []
        rows = size = 0
        async with aclosing(scorer.run(self._judging, self._reading)) as judged:
            async for done in judged:
                part.append(done)
                rows += done.counts.rows
                size += done.size
                self._total.add(done.counts)
                self._tell()
                if rows >= self._options.part_rows or size >= PART_BYTES:
                    await asyncio.to_thread(self._write, part)
                    part, rows, size = [], 0, 0
        if part:
            await asyncio.to_thread(self._write, part)

    def _write(self, part: Sequence[Done]) -> None:
        counts = Counts()
        for done in part:
            counts.add(done.counts)
        record = Part(len(self._output.parts), 0, len(part), hash_of(done.digest for done in part), counts)
        rejects = b"".join(done.rejects for done in part)
        self._output.write(self._judging.layout.schema, [done.rows for done in part], rejects, record)

    def _skip(self) -> None:
        """Read past the parts that are done. Raises `ChangedError` where the input is not what they were made from."""
        for part in self._output.parts:
            taken = self._reading.take(part.chunks)
            digest = hash_of(digest_of(chunk, self._judging.roles) for chunk in taken)
            if len(taken) < part.chunks or digest != part.digest:
                hint = "; a query needs ORDER BY" if self._options.query is not None else ""
                raise ChangedError(
                    f"{self._output.path}: the input's rows are not those of part {part.number} any more{hint};"
                    " --restart begins anew"
                )
            self._total.add(part.counts)
            self._checked += part.counts.rows
            self._tell()

    def _tell(self) -> None:
        self._report(Report(self._total, self._reading.rows_expected(), self._checked))


def _format(options: Options) -> OutputFormat:
    by_name = output_format(options.output)
    asked = check_format(options.format) if options.format is not None else None
    if by_name is not None and asked not in (None, by_name):
        raise OutputError(f"--format {asked} does not fit the name {options.output.name}")
    return by_name or asked or "parquet"


def _chosen(options: Options, settings: Settings, kind: OutputFormat) -> dict[str, Any]:
    """The options that change the output."""
    return {
        "limit": options.selection.limit,
        "sample": options.selection.sample,
        "only_missing": options.only_missing,
        "format": kind,
        "part_rows": options.part_rows,
        "max_characters": settings.max_characters,
    }
