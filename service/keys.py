"""API keys: made by `civility keys`, kept as hashes in `keys.db`, checked by the service at each request.

A key is 256 random bits, so one SHA-256 is enough to keep it: there is nothing to guess. As soon as one key exists
every surface needs one, also when all are revoked; to open the service again, remove the file.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

FILE = "keys.db"
_PREFIX = "civ_"
_CHANGES = slice(24, 28)  # SQLite's file change counter, https://www.sqlite.org/fileformat.html, 1.3.6

_SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    created_at REAL NOT NULL,
    per_minute INTEGER,
    revoked_at REAL
) STRICT;
"""


class KeyStoreError(RuntimeError):
    """Keys that cannot be read or written, or a key that is not there."""


@dataclass(frozen=True, slots=True)
class Key:
    """What is kept of a key. per_minute: requests; None takes the service's default. Times are Unix seconds."""

    id: str
    name: str
    hash: bytes
    created_at: float
    per_minute: int | None = None
    revoked_at: float | None = None


class KeyStore:
    """The keys in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def create(self, name: str, now: float, per_minute: int | None = None) -> tuple[Key, str]:
        """A new key, and its text, which is nowhere kept. Raises `KeyStoreError`."""
        text = _PREFIX + secrets.token_urlsafe(32)
        key = Key(secrets.token_hex(4), name, digest(text), now, per_minute)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._path.touch(mode=0o600)
            with closing(sqlite3.connect(self._path)) as file, file:
                file.executescript(_SCHEMA)
                file.execute(
                    "INSERT INTO keys (id, name, hash, created_at, per_minute) VALUES (?, ?, ?, ?, ?)",
                    (key.id, key.name, key.hash, key.created_at, key.per_minute),
                )
        except (sqlite3.Error, OSError) as error:
            raise KeyStoreError(f"{self._path}: {error}") from error
        return key, text

    def revoke(self, identity: str, now: float) -> None:
        """End a key. Raises `KeyStoreError` where there is none of that id that is still good."""
        if not self._path.exists():
            raise KeyStoreError(f"there is no key {identity!r}; there are no keys at all")
        try:
            with closing(sqlite3.connect(self._path)) as file, file:
                change = "UPDATE keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL"
                found = file.execute(change, (now, identity)).rowcount
        except sqlite3.Error as error:
            raise KeyStoreError(f"{self._path}: {error}") from error
        if not found:
            raise KeyStoreError(f"there is no key {identity!r} that could be revoked; see `civility keys list`")

    def read(self) -> tuple[Key, ...]:
        """All keys, the oldest first; none where there is no file. Raises `KeyStoreError`."""
        if not self._path.exists():
            return ()
        columns = "id, name, hash, created_at, per_minute, revoked_at"
        try:
            with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as file:
                return tuple(Key(*row) for row in file.execute(f"SELECT {columns} FROM keys ORDER BY created_at, id"))  # noqa: S608
        except sqlite3.Error as error:
            raise KeyStoreError(f"{self._path}: {error}") from error

    def stamp(self) -> tuple[int, bytes] | None:
        """What changes with every change of the keys; None where there is no file. Raises `KeyStoreError`."""
        try:
            with self._path.open("rb") as file:
                return os.fstat(file.fileno()).st_ino, file.read(_CHANGES.stop)[_CHANGES]
        except FileNotFoundError:
            return None
        except OSError as error:
            raise KeyStoreError(f"{self._path}: {error.strerror}") from error


def digest(text: str) -> bytes:
    """How a key is kept."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def find_key(keys: Sequence[Key], text: str) -> Key | None:
    """The key with this text, unless it was revoked. Every key is compared, each in constant time."""
    given = digest(text)
    matches = [hmac.compare_digest(key.hash, given) and key.revoked_at is None for key in keys]
    return keys[matches.index(True)] if any(matches) else None


@dataclass(slots=True)
class Bucket:
    """A token bucket: `per_minute` requests at once, refilled evenly. Times are seconds of any clock that only grows."""

    per_minute: int
    level: float
    at: float

    def take(self, now: float) -> float:
        """0 where a request may go on, else seconds until the next one may."""
        rate = self.per_minute / 60
        self.level = min(float(self.per_minute), self.level + (now - self.at) * rate)
        self.at = now
        if self.level >= 1:
            self.level -= 1
            return 0.0
        return (1 - self.level) / rate
