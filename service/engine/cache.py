"""The cache of scores: identical posts (spam floods, quotes) are scored once. In memory only; bounded; least recent out."""

from __future__ import annotations

import hashlib
from collections import OrderedDict

from service.engine.jobs import Scored

# Estimates of what an entry holds besides its text: objects and arrays, and the 8 + 8 bytes of each token's id and offsets.
_ENTRY_BYTES = 2048
_TOKEN_BYTES = 16


class ContentKey:
    """Names a text under one model: 128 bits of BLAKE2b over the model's name, its version and the text."""

    def __init__(self, name: str, version: str) -> None:
        self._start = hashlib.blake2b(f"{name}\0{version}\0".encode(), digest_size=16)

    def __call__(self, text: str) -> bytes:
        state = self._start.copy()
        state.update(text.encode("utf-8", "surrogatepass"))
        return state.digest()


class ScoreCache:
    """Least recently used answers within `limit` bytes, by estimate; a limit of 0 keeps nothing. One thread only."""

    def __init__(self, limit: int) -> None:
        self.bytes = 0
        self._limit = limit
        self._entries: OrderedDict[bytes, Scored] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: bytes) -> Scored | None:
        """The answer, which becomes the most recent; None where there is none."""
        found = self._entries.get(key)
        if found is not None:
            self._entries.move_to_end(key)
        return found

    def put(self, key: bytes, scored: Scored) -> None:
        """Keep an answer. One that alone is over the limit is not kept."""
        size = _size(scored)
        if size > self._limit or key in self._entries:
            return
        self._entries[key] = scored
        self.bytes += size
        while self.bytes > self._limit:
            _, oldest = self._entries.popitem(last=False)
            self.bytes -= _size(oldest)


def _size(scored: Scored) -> int:
    return _ENTRY_BYTES + 2 * len(scored.encoded.text) + _TOKEN_BYTES * scored.encoded.tokens
