"""Chunks through the service's own pipeline, a few at a time: while one is scored, the next is matched and tokenised, and
the one before is flagged. Results come in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import msgspec
import pyarrow as pa

from service.moderation import Moderator
from service.reading import Source as Request
from service.rescore.columns import Roles
from service.rescore.formats import columns_of, encode_json
from service.rescore.results import Counts, Layout, earlier_results, result_of
from service.rescore.source import Chunk
from service.schema import ModerateAnswer, PostInput

# Requests that are under way at a time: one being scored, one waiting for the model, one before and one after it.
IN_FLIGHT = 4
_NO_PARENT = ("", "0")


@dataclass(frozen=True, slots=True)
class Done:
    """A chunk's output. rows: of the output; rejects: JSON lines."""

    rows: Any
    rejects: bytes
    counts: Counts


class Rescorer:
    """How chunks are judged. The moderator is started and closed by the caller."""

    def __init__(self, moderator: Moderator, roles: Roles, layout: Layout, *, only_missing: bool) -> None:
        self._moderator = moderator
        self._roles = roles
        self._layout = layout
        self._only_missing = only_missing
        card, policy = moderator.model.card, moderator.policy(None)
        self._model = f"{card.name} {card.version}"
        self._policy = f"{policy.name} {policy.version}"

    async def run(self, chunks: Iterator[Chunk]) -> AsyncGenerator[tuple[Chunk, Done]]:
        """Judge chunks, in order. The first failure ends all that is under way."""
        loop = asyncio.get_running_loop()
        pending: deque[tuple[Chunk, asyncio.Task[Done]]] = deque()
        ended = False
        with ThreadPoolExecutor(1, thread_name_prefix="civility-read") as reader:
            try:
                while pending or not ended:
                    while not ended and len(pending) < IN_FLIGHT:
                        chunk = await loop.run_in_executor(reader, next, chunks, None)
                        if chunk is None:
                            ended = True
                        else:
                            pending.append((chunk, asyncio.create_task(self.judge(chunk))))
                    if pending:
                        chunk, task = pending.popleft()
                        yield chunk, await task
            finally:
                for _, task in pending:
                    task.cancel()
                await asyncio.gather(*(task for _, task in pending), return_exceptions=True)

    async def judge(self, chunk: Chunk) -> Done:
        """One chunk's output. Raises a `ServiceError`."""
        workers, moderator = self._moderator.workers, self._moderator
        prepared = await workers.run(lambda: self._prepare(chunk), large=True)
        if not prepared.posts:
            return await workers.run(lambda: self._done(chunk, prepared, None), large=True)
        request = Request("posts", prepared.posts)
        ready = await workers.run(lambda: moderator.prepare(request), large=True)
        scored = await moderator.score(ready)
        return await workers.run(
            lambda: self._done(chunk, prepared, moderator.answer(ready, scored, "rescore")), large=True
        )

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
        earlier = earlier_results(chunk.batch, self._layout.labels) if self._only_missing else [None] * len(texts)
        return _Prepared(
            bad, good, earlier, posts_of(chunk, self._roles, [row for row in good if earlier[row] is None], texts)
        )

    def _done(self, chunk: Chunk, prepared: _Prepared, answer: ModerateAnswer | None) -> Done:
        results = list(prepared.earlier)
        counts = Counts(rows=len(chunk.batch), written=len(prepared.good), rejected=len(prepared.bad))
        counts.kept = sum(results[row] is not None for row in prepared.good)
        for post in answer.posts if answer is not None else ():
            results[int(post.id)] = result_of(post, self._layout.labels, self._model, self._policy)
            counts.unscored += post.error is not msgspec.UNSET
        kept = [result for row in prepared.good if (result := results[row]) is not None]
        for result in kept:
            counts.actions[result["action"]] = counts.actions.get(result["action"], 0) + 1
            for flag in result["flags"] or ():
                counts.flags[flag] = counts.flags.get(flag, 0) + 1
        batch = chunk.batch if not prepared.bad else chunk.batch.take(pa.array(prepared.good, pa.int64()))
        return Done(self._layout.rows(batch, kept), _rejects(chunk, prepared.bad), counts)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Rows that cannot be used and those that can; what is known of each already; the posts that are to be judged."""

    bad: dict[int, str]
    good: list[int]
    earlier: Sequence[dict[str, Any] | None]
    posts: tuple[PostInput, ...]


def posts_of(chunk: Chunk, roles: Roles, rows: Sequence[int], texts: Sequence[str]) -> tuple[PostInput, ...]:
    """These rows as posts of a request. Their ids are places in the chunk, since the input's own may be missing or double;
    of a parent elsewhere it is known that there is one, but not who wrote it."""
    ids, authors, parents = (_names(chunk, name) for name in (roles.id, roles.author, roles.parent))
    places = {identity: row for row in rows if (identity := ids[row]) is not None}
    posts = []
    for row in rows:
        parent = parents[row]
        if parent is None or parent in _NO_PARENT:
            parent = None
        else:
            parent = str(places[parent]) if parent in places else f"elsewhere {parent}"
        posts.append(PostInput(str(row), texts[row], authors[row], parent))
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
