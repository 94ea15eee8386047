"""Moderators' feedback in the database that replicas share. As append-only as the file: triggers refuse all else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.database import Database, DatabaseError, metadata
from service.feedback import Feedback, FeedbackError

_READ = 1000

feedback = sa.Table(
    "civility_feedback",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("received_at", sa.Double, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("scores", sa.Text, nullable=False),
    sa.Column("languages", sa.Text, nullable=False),
    sa.Column("community_id", sa.Text),
    sa.Column("client_token", sa.Text),
)

_SQLITE = """
CREATE TRIGGER civility_feedback_is_not_{done} BEFORE {change} ON civility_feedback
BEGIN SELECT RAISE(ABORT, 'feedback is append-only'); END
"""
_POSTGRESQL = (
    """
CREATE OR REPLACE FUNCTION civility_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'feedback is append-only'; END $$
""",
    """
CREATE TRIGGER civility_feedback_is_append_only BEFORE UPDATE OR DELETE ON civility_feedback
FOR EACH ROW EXECUTE FUNCTION civility_append_only()
""",
)


def _only(statement: str, dialect: str) -> Any:
    return sa.DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]


for _statement in (_SQLITE.format(done="changed", change="UPDATE"), _SQLITE.format(done="deleted", change="DELETE")):
    sa.event.listen(feedback, "after_create", _only(_statement, "sqlite"))
for _statement in _POSTGRESQL:
    sa.event.listen(feedback, "after_create", _only(_statement, "postgresql"))


class SharedFeedback:
    """Appends to a table of `database`. limit: bytes that the table may take. Any thread may append."""

    def __init__(self, database: Database, limit: int) -> None:
        self._database = database
        self._limit = limit

    def append(self, item: Feedback) -> None:
        """Keep it, with the time of now. Raises `FeedbackError`."""
        try:
            with self._database.transaction() as connection:
                size = _size(connection)
                if size >= self._limit:
                    raise FeedbackError(f"feedback has {size} bytes; at most {self._limit} are allowed")
                connection.execute(
                    sa.insert(feedback).values(
                        received_at=self._database.now(connection),
                        text=_storable(item.text),
                        scores=json.dumps(item.scores),
                        languages=json.dumps(item.languages),
                        community_id=_storable(item.community_id),
                        client_token=_storable(item.client_token),
                    )
                )
        except DatabaseError as error:
            raise FeedbackError(f"feedback cannot be kept: {error}") from None

    def close(self) -> None:
        """Give the connections back."""
        self._database.close()

    def read(self) -> Iterator[Feedback]:
        """All feedback, in the order in which it came. Raises `FeedbackError`."""
        last = 0
        while rows := self._after(last):
            for row in rows:
                languages = tuple(json.loads(row.languages))
                scores = json.loads(row.scores)
                yield Feedback(row.text, scores, languages, row.community_id, row.client_token, row.received_at)
                last = row.id

    def _after(self, last: int) -> list[sa.Row[tuple[object, ...]]]:
        chosen = sa.select(feedback).where(feedback.c.id > last).order_by(feedback.c.id).limit(_READ)
        try:
            with self._database.transaction() as connection:
                return list(connection.execute(chosen))
        except DatabaseError as error:
            raise FeedbackError(f"feedback cannot be read: {error}") from None


def _size(connection: Connection) -> int:
    """Bytes of the table, or of the whole file in SQLite."""
    if connection.dialect.name == "sqlite":
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        return int(pages * connection.exec_driver_sql("PRAGMA page_size").scalar_one())
    return int(connection.execute(sa.text("SELECT pg_total_relation_size('civility_feedback')")).scalar_one())


def _storable(text: str | None) -> str | None:
    """PostgreSQL has no place for the character NUL."""
    return None if text is None else text.replace("\0", "\N{REPLACEMENT CHARACTER}")
