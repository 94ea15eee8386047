"""The service's database: SQLite in the data folder, or what CIVILITY_DATABASE_URL names, which replicas share.

Needs the extra `civility[jobs]`, and `civility[postgres]` for PostgreSQL.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection

from service.settings import SettingsError, variable

FILE = "jobs.db"
_KNOWN = ("sqlite", "postgresql")
_VERSION = "1"
_LOCK = 0xC1B117  # any number that no other program locks with
_BUSY_S = 30

metadata = sa.MetaData()
_meta = sa.Table(
    "civility_meta",
    metadata,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)


class DatabaseError(RuntimeError):
    """The database does not answer, or refuses. The message holds no values."""


class Database:
    """One connection pool. The tables are made at the first transaction. Any thread may use it.

    clock: Unix seconds, for a database that is on this machine alone; PostgreSQL's own clock is used where it is shared.
    """

    def __init__(self, url: URL, clock: Callable[[], float] = time.time) -> None:
        self.url = url
        self._clock = clock
        self._local = url.get_backend_name() == "sqlite"
        self._made = threading.Lock()
        self._identity = ""
        options: dict[str, Any] = {"connect_args": {"timeout": _BUSY_S}} if self._local else {"pool_pre_ping": True}
        try:
            self._engine = sa.create_engine(url, hide_parameters=True, **options)
        except ImportError as error:
            raise SettingsError(
                f"{variable('database_url')}: {error}; pip install 'civility[postgres]' for PostgreSQL"
            ) from None
        if self._local:
            sa.event.listen(self._engine, "connect", _no_implicit_begin)
            sa.event.listen(self._engine, "begin", _begin_immediate)

    @property
    def exists(self) -> bool:
        """False for an SQLite file that is not there yet: then nothing is in it."""
        return not self._local or Path(self.url.database or "").exists()

    def identity(self) -> str:
        """A random name that was given to this database when its tables were made."""
        with self.transaction():
            return self._identity

    def now(self, connection: Connection) -> float:
        """Unix seconds by the one clock that all who share the database have."""
        if self._local:
            return self._clock()
        return float(connection.execute(sa.text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All or nothing; in SQLite one at a time. Raises `DatabaseError`."""
        try:
            self._make_tables()
            with self._engine.begin() as connection:
                yield connection
        except sa.exc.SQLAlchemyError as error:
            raise DatabaseError(f"{self.url.render_as_string()}: {str(error).splitlines()[0]}") from None

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def _make_tables(self) -> None:
        with self._made:
            if self._identity:
                return
            if self._local:
                _private_file(Path(self.url.database or ""))
            with self._engine.begin() as connection:
                if not self._local:
                    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
                metadata.create_all(connection)
                rows = connection.execute(sa.select(_meta.c.name, _meta.c.value)).all()
                found = {row.name: row.value for row in rows}
                if not found:
                    found = {"version": _VERSION, "identity": secrets.token_hex(8)}
                    connection.execute(sa.insert(_meta), [{"name": name, "value": found[name]} for name in found])
            if found["version"] != _VERSION:
                raise DatabaseError(f"{self.url.render_as_string()}: made by another version of Civility")
            self._identity = found["identity"]


def open_database(url: str, folder: Path, clock: Callable[[], float] = time.time) -> Database:
    """The database that the setting names; empty: a file in `folder`. Raises `SettingsError`."""
    if not url:
        return Database(URL.create("sqlite", database=str(folder / FILE)), clock)
    return Database(parse_url(url), clock)


def parse_url(text: str) -> URL:
    """The setting as SQLAlchemy's URL. Raises `SettingsError`."""
    name = variable("database_url")
    try:
        url = sa.make_url(text.replace("postgres://", "postgresql://", 1))
    except sa.exc.ArgumentError:
        raise SettingsError(f"{name}: expected such as postgresql://user:password@host/name") from None
    if url.get_backend_name() not in _KNOWN:
        raise SettingsError(f"{name}: expected sqlite:// or postgresql://, got {url.get_backend_name()}://")
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise SettingsError(f"{name}: expected a file, such as sqlite:////var/lib/civility/jobs.db")
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def _private_file(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
    except OSError as error:
        raise DatabaseError(f"{path}: {error.strerror}") from None


def _no_implicit_begin(connection: Any, _: object) -> None:
    connection.isolation_level = None


def _begin_immediate(connection: Connection) -> None:
    """Take the lock at the beginning: two readers that both want to write later would end in a deadlock."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
