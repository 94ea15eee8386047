"""Reading: one pass over an input, which another process can go on with."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from service.rescore.source import CHUNK_ROWS, Chunk, Selection, Source


class Reading:
    """One pass over an input's chunks: those of parts that are done are taken first, the rest is judged.

    Can be pickled, to read the rest somewhere else. expected: rows of the whole input as another reader knows them.
    """

    def __init__(self, source: Source, text: str, selection: Selection, rows: int = CHUNK_ROWS) -> None:
        self.selection = selection
        self.expected: int | None = None
        self.taken = 0
        self.source = source
        self._text = text
        self._rows = rows
        self._chunks: Iterator[Chunk] | None = None
        self._next: Chunk | None = None

    def take(self, count: int) -> list[Chunk]:
        """The next chunks, fewer at the end. Raises `InputError`."""
        found = list(islice(self._rest(), count))
        self.taken += len(found)
        return found

    def ended(self) -> bool:
        """Whether nothing is left."""
        if self._next is None:
            self._next = next(self._rest(), None)
        return self._next is None

    def rest(self) -> Iterator[Chunk]:
        """The chunks that were not taken, read here."""
        first, self._next = self._next, None
        return self._rest() if first is None else chain([first], self._rest())

    def passed(self, expected: int | None) -> None:
        """Another reader has read a chunk, which is judged."""
        self.expected = expected
        self.taken += 1
        self._chunks = self._next = None

    def rows_expected(self) -> int | None:
        """How many rows will be taken in all, as far as can be said now."""
        return self.selection.expected(self.source.expected() if self.expected is None else self.expected)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_chunks": None, "_next": None}

    def _rest(self) -> Iterator[Chunk]:
        """After unpickling, the input is opened anew and read past what was taken."""
        if self._chunks is None:
            self._chunks = self.source.chunks(self._text, self.selection, self._rows)
            next(islice(self._chunks, self.taken, self.taken), None)
        return self._chunks
