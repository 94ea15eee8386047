"""Moderators' feedback (Perspective's suggestscore) in an append-only SQLite file, or in a database that replicas share.

Nothing is ever changed or deleted through this module, and triggers in the file refuse it too. To forget everything,
stop the service and remove the file (or the table `civility_feedback`).
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from service.settings import Settings, SettingsError, data_folder, variable

if TYPE_CHECKING:
    from service.feedback_database import SharedFeedback

FILE = "feedback.db"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS feedback (
    id INTEGER PRIMARY KEY,
    received_at REAL NOT NULL,
    text TEXT NOT NULL,
    scores TEXT NOT NULL,
    languages TEXT NOT NULL,
    community_id TEXT,
    client_token TEXT
) STRICT;
CREATE TRIGGER IF NOT EXISTS feedback_is_not_changed BEFORE UPDATE ON feedback
BEGIN SELECT RAISE(ABORT, 'feedback is append-only'); END;
CREATE TRIGGER IF NOT EXISTS feedback_is_not_deleted BEFORE DELETE ON feedback
BEGIN SELECT RAISE(ABORT, 'feedback is append-only'); END;
"""
_COLUMNS = "text, scores, languages, community_id, client_token, received_at"


class FeedbackError(RuntimeError):
    """Feedback that cannot be kept or read: the disk is full, the file is damaged or not writable."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a moderator said of one text. scores: as Perspective's attributeScores; received_at: Unix seconds."""

    text: str
    scores: dict[str, Any]
    languages: tuple[str, ...] = ()
    community_id: str | None = None
    client_token: str | None = None
    received_at: float = 0.0

    def value(self, attribute: str) -> float | None:
        """What was said of the whole text, None where only parts of it were scored."""
        summary = self.scores.get(attribute, {}).get("summaryScore")
        return None if summary is None else float(summary["value"])

    def line(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)


class FeedbackKeeper(Protocol):
    """Where feedback is kept. Any thread may append."""

    def append(self, feedback: Feedback, /) -> None:
        """Keep it, with the time of now. Raises `FeedbackError`."""
        ...

    def close(self) -> None:
        """Give connections back."""
        ...


class FeedbackStore:
    """Appends to `folder/feedback.db`, which is made at the first append. limit: bytes on disk. Any thread may append."""

    def __init__(self, folder: Path, limit: int, clock: Callable[[], float] = time.time) -> None:
        self._path = folder / FILE
        self._limit = limit
        self._clock = clock
        self._lock = threading.Lock()

    def append(self, feedback: Feedback) -> None:
        """Keep `feedback`, with the time of now. Raises `FeedbackError`."""
        row = (
            feedback.text,
            json.dumps(feedback.scores),
            json.dumps(feedback.languages),
            feedback.community_id,
            feedback.client_token,
            self._clock(),
        )
        try:
            with self._lock:
                self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._path.touch(mode=0o600)
                with closing(sqlite3.connect(self._path, timeout=5.0)) as file, file:
                    (page,) = file.execute("PRAGMA page_size").fetchone()
                    file.execute(f"PRAGMA max_page_count = {max(1, self._limit // page)}")
                    file.executescript(_SCHEMA)
                    file.execute(f"INSERT INTO feedback ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)", row)  # noqa: S608
        except (sqlite3.Error, OSError) as error:
            raise FeedbackError(f"feedback cannot be kept in {self._path}: {error}") from error

    def close(self) -> None:
        """Nothing: the file is open while something is appended."""


def read_feedback(folder: Path) -> Iterator[Feedback]:
    """All feedback in `folder`, in the order in which it came; none where there is no file. Raises `FeedbackError`."""
    path = folder / FILE
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5.0)) as file:
            rows = file.execute(f"SELECT {_COLUMNS} FROM feedback ORDER BY id")  # noqa: S608
            for text, scores, languages, community, token, received in rows:
                yield Feedback(text, json.loads(scores), tuple(json.loads(languages)), community, token, received)
    except (sqlite3.Error, OSError) as error:
        raise FeedbackError(f"feedback cannot be read from {path}: {error}") from error


def open_feedback(settings: Settings) -> FeedbackKeeper:
    """Where the settings want feedback to be kept. Raises `SettingsError`."""
    if settings.database_url:
        return _shared(settings)
    return FeedbackStore(data_folder(settings), settings.feedback_bytes)


def all_feedback(settings: Settings) -> Iterator[Feedback]:
    """All feedback that is kept there. Raises `FeedbackError`, `SettingsError`."""
    if not settings.database_url:
        yield from read_feedback(data_folder(settings))
        return
    shared = _shared(settings)
    try:
        yield from shared.read()
    finally:
        shared.close()


def _shared(settings: Settings) -> SharedFeedback:
    try:
        from service.database import open_database
        from service.feedback_database import SharedFeedback
    except ImportError:
        raise SettingsError(f"{variable('database_url')} needs: pip install 'civility[jobs]'") from None
    return SharedFeedback(open_database(settings.database_url, data_folder(settings)), settings.feedback_bytes)
