"""rescore: an input through the pipeline into an output. Killed at any point and called again, it ends with the same rows."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, field, replace
from importlib import resources
from itertools import chain, islice
from pathlib import Path
from typing import Any

import msgspec

from models.model import Model
from service import __version__
from service.app import make_moderator
from service.metrics import Metrics
from service.moderation import Moderator
from service.policy import Policy
from service.rescore.columns import Roles, RolesAsked, find_roles
from service.rescore.disk import Disk
from service.rescore.errors import ChangedError, OutputError
from service.rescore.formats import OutputFormat, check_format, output_format
from service.rescore.output import Output, Part
from service.rescore.pipeline import Done, Rescorer
from service.rescore.results import Counts, Layout
from service.rescore.source import CHUNK_ROWS, Chunk, Selection, Source, open_source
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
    """Rescore, or go on with a run that was ended. Raises `RescoreError`, `ServiceError`, `PolicyError`."""
    source = open_source(options.input, options.query)
    roles = find_roles(source.columns, options.roles)
    schema = source.schema(roles.text)
    moderator = make_moderator(_for_bulk(settings), model, Metrics())
    layout = Layout.of(schema, model.card.labels, only_missing=options.only_missing)
    output = Output(options.output, _format(options), disk if disk is not None else Disk())
    plan = _plan(options, source, roles, moderator, output.kind)
    try:
        finished = output.start(plan, restart=options.restart)
        if finished is None:
            rescorer = Rescorer(moderator, roles, layout, only_missing=options.only_missing)
            run = _Run(options, source, roles, layout, output, report)
            asyncio.run(run.score(moderator, rescorer))
            counts = output.finish(plan, layout.schema)
        else:
            counts = finished
    finally:
        output.close()
    return Summary(counts, options.output, output.rejects if counts.rejected else None, finished is not None)


class _Run:
    """One pass over the input: parts that are there are checked and skipped, the others scored and written."""

    def __init__(
        self,
        options: Options,
        source: Source,
        roles: Roles,
        layout: Layout,
        output: Output,
        report: Callable[[Report], None],
    ) -> None:
        self._options = options
        self._source = source
        self._roles = roles
        self._layout = layout
        self._output = output
        self._report = report
        self._total = Counts()
        self._checked = 0

    async def score(self, moderator: Moderator, rescorer: Rescorer) -> None:
        """Write all parts that are missing."""
        chunks = self._source.chunks(
            self._roles.text, self._options.selection, min(CHUNK_ROWS, self._options.part_rows)
        )
        await asyncio.to_thread(self._skip, chunks)
        first = await asyncio.to_thread(next, chunks, None)
        if first is None:
            return
        await moderator.engine.start()
        try:
            part: list[tuple[Chunk, Done]] = []
            rows = size = 0
            async with aclosing(rescorer.run(chain([first], chunks))) as judged:
                async for chunk, done in judged:
                    part.append((chunk, done))
                    rows += len(chunk.batch)
                    size += chunk.batch.nbytes
                    self._total.add(done.counts)
                    self._tell()
                    if rows >= self._options.part_rows or size >= PART_BYTES:
                        await asyncio.to_thread(self._write, part)
                        part, rows, size = [], 0, 0
            if part:
                await asyncio.to_thread(self._write, part)
        finally:
            await moderator.close()

    def _write(self, part: Sequence[tuple[Chunk, Done]]) -> None:
        counts = Counts()
        for _, done in part:
            counts.add(done.counts)
        digest = _digest([chunk for chunk, _ in part], self._roles)
        record = Part(len(self._output.parts), 0, len(part), digest, counts)
        rejects = b"".join(done.rejects for _, done in part)
        self._output.write(self._layout.schema, [done.rows for _, done in part], rejects, record)

    def _skip(self, chunks: Iterator[Chunk]) -> None:
        """Read past the parts that are done. Raises `ChangedError` where the input is not what they were made from."""
        for part in self._output.parts:
            taken = list(islice(chunks, part.chunks))
            if len(taken) < part.chunks or _digest(taken, self._roles) != part.digest:
                hint = "; a query needs ORDER BY" if self._options.query is not None else ""
                raise ChangedError(
                    f"{self._output.path}: the input's rows are not those of part {part.number} any more{hint};"
                    " --restart begins anew"
                )
            self._total.add(part.counts)
            self._checked += part.counts.rows
            self._tell()

    def _tell(self) -> None:
        expected = self._options.selection.expected(self._source.expected())
        self._report(Report(self._total, expected, self._checked))


def _for_bulk(settings: Settings) -> Settings:
    """The service's settings with bulk work's patience: chunks take the bulk lane and wait as long as it takes."""
    return replace(settings, bulk_posts=1, deadline_s=7 * 86_400.0, queue_tokens=max(settings.queue_tokens, 1 << 20))


def _format(options: Options) -> OutputFormat:
    by_name = output_format(options.output)
    asked = check_format(options.format) if options.format is not None else None
    if by_name is not None and asked not in (None, by_name):
        raise OutputError(f"--format {asked} does not fit the name {options.output.name}")
    return by_name or asked or "parquet"


def _plan(options: Options, source: Source, roles: Roles, moderator: Moderator, kind: OutputFormat) -> dict[str, Any]:
    """What must be the same for a run to go on, in the words of its error."""
    card, policy = moderator.model.card, moderator.policy(None)
    return {
        "input": dict(source.identity),
        "columns": asdict(roles),
        "model": {
            "name": card.name,
            "version": card.version,
            "precision": moderator.model.precision,
            "labels": list(card.labels),
            "files": _hash(msgspec.json.encode(asdict(card), order="deterministic")),
        },
        "policy": {"name": policy.name, "version": policy.version, "content": _policy_hash(policy)},
        "rules": {"civility": __version__, "lexicon": _lexicon_hash()},
        "options": {
            "limit": options.selection.limit,
            "sample": options.selection.sample,
            "only_missing": options.only_missing,
            "format": kind,
            "part_rows": options.part_rows,
            "max_characters": moderator.settings.max_characters,
        },
    }


def _policy_hash(policy: Policy) -> str:
    return _hash(msgspec.json.encode(asdict(policy.draft), order="deterministic", enc_hook=repr))


def _lexicon_hash() -> str:
    entries = resources.files("service") / "lexicon" / "entries"
    found = sorted((entry.name, entry.read_bytes()) for entry in entries.iterdir() if entry.name.endswith(".toml"))
    return _hash(*(part for name, content in found for part in (name.encode(), content)))


def _digest(chunks: Sequence[Chunk], roles: Roles) -> str:
    """Of texts and ids, in order."""
    parts = []
    for chunk in chunks:
        for name in filter(None, (roles.text, roles.id)):
            parts.append(msgspec.json.encode(chunk.batch.column(name).to_pylist(), enc_hook=str))
    return _hash(*parts)


def _hash(*parts: bytes) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()
