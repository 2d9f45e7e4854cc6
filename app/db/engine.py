"""The database: one engine, and the two ways to use it."""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, Table, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Session as Session  # noqa: PLC0414 - handed on: the layers above do not import SQLAlchemy

from app.errors import BridgeError

# Long enough for a token refresh under its row lock (SQLite has one writer at a time).
_BUSY_TIMEOUT_SECONDS = 30
# Any number, as long as it stays: replicas that start together migrate one after the other.
_MIGRATION_LOCK = 7_284_001

_T = TypeVar("_T")


class DatabaseUnavailable(BridgeError):
    """The database does not answer, or is locked for too long."""


class Database:
    """SQLite (WAL) for one machine, PostgreSQL for several."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self.engine = _engine(url, is_sqlite=self.is_sqlite)
        self._reader = self.engine.execution_options(bridge_reads=True)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One step: everything in it is committed together, or nothing. Never call a remote system inside."""
        with self._translated(), Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A consistent look that holds no write lock."""
        with self._translated(), Session(self._reader, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """One transaction for changes of the tables themselves, for one process at a time."""
        with self._translated(), self.engine.connect() as connection:
            if self.is_sqlite:
                # SQLite alters a table by copying it, and dropping the old one would delete what refers to it.
                driver = connection.connection.driver_connection
                if driver is not None:
                    driver.execute("PRAGMA foreign_keys=OFF")
            with connection.begin():
                if not self.is_sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
                yield connection
            connection.invalidate()

    def ping(self) -> None:
        """Raises `DatabaseUnavailable` when the database does not answer."""
        with self.reading() as session:
            session.execute(text("SELECT 1"))

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OperationalError as error:
            raise DatabaseUnavailable(f"The database does not answer: {error.orig}") from error


# A statement takes only so many values.
_IN_ONE_STATEMENT = 500


def in_parts(values: Collection[_T]) -> Iterator[list[_T]]:
    """As many values at a time as one statement takes."""
    every = list(values)
    for start in range(0, len(every), _IN_ONE_STATEMENT):
        yield every[start : start + _IN_ONE_STATEMENT]


def insert_unless_there(session: Session, table: type[DeclarativeBase], *rows: dict[str, Any]) -> int:
    """Insert those rows that no unique key of the table forbids; returns how many that were.

    Two processes may find a row missing at the same time; with this, the slower one goes on without an error.
    """
    if not rows:
        return 0
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    # One statement for any number of rows, which is compiled once.
    fresh = insert(cast(Table, table.__table__)).on_conflict_do_nothing().returning(*table.__table__.primary_key)
    return len(session.execute(fresh, list(rows)).all())


def _engine(url: str, *, is_sqlite: bool) -> Engine:
    if not is_sqlite:
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20)
    engine = create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT_SECONDS, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        # The driver's own transaction control begins too late for a read that is followed by a write.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options: dict[str, Any] = connection.get_execution_options()
        # A writer takes the lock at once: upgrading later fails with "database is locked" at any load.
        connection.exec_driver_sql("BEGIN" if options.get("bridge_reads") else "BEGIN IMMEDIATE")

    return engine
