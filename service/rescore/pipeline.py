"""Chunks through the service's own pipeline, a few at a time: while one is scored, the next is matched and tokenised, and
the one before is flagged. Results come in order."""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import msgspec
import pyarrow as pa

from service.engine import Scored
from service.moderation import Moderator, Prepared
from service.rescore.columns import Roles
from service.rescore.formats import columns_of, encode_json
from service.rescore.results import Counts, Layout, Results, earlier_results
from service.rescore.source import Chunk
from service.splitting.section import Post, Section

# Requests that are under way at a time: one being scored, one waiting for the model, one before and one after it.
IN_FLIGHT = 4
_NO_PARENT = ("", "0")


@dataclass(frozen=True, slots=True)
class Done:
    """A chunk's output. rows: of the output; rejects: JSON lines. digest: of the chunk's texts and ids; size: of the chunk."""

    rows: Any
    rejects: bytes
    counts: Counts
    digest: bytes
    size: int


class Rescorer:
    """How chunks are judged. The moderator is started and closed by the caller."""

    def __init__(self, moderator: Moderator, roles: Roles, layout: Layout, *, only_missing: bool) -> None:
        self._moderator = moderator
        self._roles = roles
        self._layout = layout
        self._only_missing = only_missing
        card, self._policy = moderator.model.card, moderator.policy(None)
        self._names = f"{card.name} {card.version}", f"{self._policy.name} {self._policy.version}"

    async def run(self, chunks: Iterator[Chunk]) -> AsyncGenerator[Done]:
        """Judge chunks, in order. The first failure ends all that is under way."""
        loop = asyncio.get_running_loop()
        pending: deque[asyncio.Task[Done]] = deque()
        ended = False
        with ThreadPoolExecutor(1, thread_name_prefix="civility-read") as reader:
            try:
                while pending or not ended:
                    while not ended and len(pending) < IN_FLIGHT:
                        chunk = await loop.run_in_executor(reader, next, chunks, None)
                        if chunk is None:
                            ended = True
                        else:
                            pending.append(asyncio.create_task(self.judge(chunk)))
                    if pending:
                        yield await pending.popleft()
            finally:
                for task in pending:
                    task.cancel()
                await asyncio.gather(*pending, return_exceptions=True)

    async def judge(self, chunk: Chunk) -> Done:
        """One chunk's output. Raises a `ServiceError`."""
        workers, moderator = self._moderator.workers, self._moderator
        prepared = await workers.run(lambda: self._prepare(chunk), large=True)
        scored = await moderator.score(prepared.ready)
        return await workers.run(lambda: self._done(chunk, prepared, scored), large=True)

    def _prepare(self, chunk: Chunk) -> _Prepared:
        texts = chunk.batch.column(self._roles.text).to_pylist()
        bad = dict(chunk.bad)
        longest = self._moderator.settings.max_characters
        for row, text in enumerate(texts):
            if row not in bad and text is None:
                bad[row] = "the text is null"
            elif row not in bad and len(text) > longest:
                bad[row] = f"the text has {len(text)} characters; at most {longest} are allowed"
        good = [row for row in range(len(texts)) if row not in bad]
        earlier: dict[int, Mapping[str, Any]] = {}
        if self._only_missing:
            found = earlier_results(chunk.batch, self._layout.labels)
            earlier = {row: result for row in good if (result := found[row]) is not None}
        posts = posts_of(chunk, self._roles, [row for row in good if row not in earlier], texts)
        return _Prepared(bad, good, earlier, self._moderator.prepare_section(Section("posts", posts), self._policy))

    def _done(self, chunk: Chunk, prepared: _Prepared, scored: Sequence[Scored]) -> Done:
        results = Results(self._layout.labels, *self._names)
        counts = Counts(rows=len(chunk.batch), written=len(prepared.good), rejected=len(prepared.bad))
        counts.kept = len(prepared.earlier)
        verdicts = self._moderator.verdicts(prepared.ready, scored)
        for row in prepared.good:
            if row in prepared.earlier:
                results.add_earlier(prepared.earlier[row])
            else:
                verdict = next(verdicts)
                results.add(verdict)
                counts.unscored += verdict.error is not None
        results.count(counts)
        batch = chunk.batch if not prepared.bad else chunk.batch.take(pa.array(prepared.good, pa.int64()))
        rows = self._layout.rows(batch, results)
        return Done(rows, _rejects(chunk, prepared.bad), counts, digest_of(chunk, self._roles), chunk.size)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Rows that cannot be used and those that can; the results of rows that have them already; the other rows' posts."""

    bad: dict[int, str]
    good: list[int]
    earlier: Mapping[int, Mapping[str, Any]]
    ready: Prepared


def digest_of(chunk: Chunk, roles: Roles) -> bytes:
    """Of the chunk's texts and ids, in order."""
    digest = hashlib.blake2b(digest_size=16)
    for name in filter(None, (roles.text, roles.id)):
        values = msgspec.json.encode(chunk.batch.column(name).to_pylist(), enc_hook=str)
        digest.update(len(values).to_bytes(8, "little"))
        digest.update(values)
    return digest.digest()


def posts_of(chunk: Chunk, roles: Roles, rows: Sequence[int], texts: Sequence[str]) -> tuple[Post, ...]:
    """These rows as posts of a request. Their ids are places in the chunk, since the input's own may be missing or double;
    of a parent elsewhere it is known that there is one, but not who wrote it."""
    ids, authors, parents = (_names(chunk, name) for name in (roles.id, roles.author, roles.parent))
    places = {identity: row for row in rows if (identity := ids[row]) is not None}
    posts = []
    for index, row in enumerate(rows):
        parent = parents[row]
        if parent is None or parent in _NO_PARENT:
            parent = None
        else:
            parent = str(places[parent]) if parent in places else f"elsewhere {parent}"
        posts.append(Post(str(row), index, texts[row], authors[row], parent_id=parent))
    return tuple(posts)


def _names(chunk: Chunk, column: str | None) -> list[str | None]:
    if column is None:
        return [None] * len(chunk.batch)
    return [_name(value) for value in chunk.batch.column(column).to_pylist()]


def _name(value: object) -> str | None:
    """An id or an author as text. Whole numbers in a column of floats, as pandas leaves them beside nulls, are whole."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else None if value != value else str(value)
    return None if value is None else str(value)


def _rejects(chunk: Chunk, bad: dict[int, str]) -> bytes:
    """A line for each rejected row: where it is, why, and its values."""
    if not bad:
        return b""
    rows = sorted(bad)
    columns = dict(columns_of(chunk.batch.take(pa.array(rows, pa.int64()))))
    lines = []
    for place, row in enumerate(rows):
        file, number = chunk.places[row]
        values = {name: values[place] for name, values in columns.items()}
        lines.append(encode_json({"file": file, "row": number, "reason": bad[row], "values": values}) + "\n")
    return "".join(lines).encode()
