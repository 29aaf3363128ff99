"""
The store: one SQLite file, opened, checked and handed out in transactions.

What is particular to SQLite is here and nowhere else: write-ahead logging, foreign keys, the busy
timeout, and that a transaction which will write says so when it begins, since SQLite cannot let
two readers both become writers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session, sessionmaker

from lut_server.models import SCHEMA_VERSION, Row, SchemaRow
from profiler.errors import StoreFailed, StoreInvalid

_WRITES = "hna_writes"


class Database:
    """
    Hands out transactions on one database file; made by ``open_database``.

    Args:
        engine: connections to the file.
        where: the file, for messages.
    """

    def __init__(self, engine: Engine, where: Path) -> None:
        self._engine = engine
        self._where = where
        writes = engine.execution_options(**{_WRITES: True})
        self._reading = sessionmaker(engine)
        self._writing = sessionmaker(writes)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that sees one state of the store."""
        with self._translated(), self._reading.begin() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session whose changes are committed together, or not at all."""
        with self._translated(), self._writing.begin() as session:
            session.connection()  # now, not at the first query: whoever waits, waits here
            yield session

    def ping(self) -> None:
        """Raise ``StoreFailed`` if the store cannot be read."""
        with self.reading() as session:
            session.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DatabaseError as error:
            raise StoreFailed(
                f"the database {self._where} did not do its work ({error.orig}); "
                "check the disk and try again"
            ) from error


def open_database(path: Path, busy_timeout_s: float) -> Database:
    """
    Open the database file at *path*, made on first use.

    Raises:
        StoreInvalid: it is no database, another program's, or of another schema version.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(path, f"its folder cannot be made: {error.strerror}") from error
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        connect_args={"timeout": busy_timeout_s},
    )
    _speak_sqlite(engine)
    try:
        with engine.execution_options(**{_WRITES: True}).begin() as connection:
            _prepare(connection, path)
    except DatabaseError as error:
        engine.dispose()
        raise _unusable(path, str(error.orig)) from error
    except StoreInvalid:
        engine.dispose()
        raise
    return Database(engine, path)


def _prepare(connection: Connection, path: Path) -> None:
    """Make the tables in an empty file; check the version of one that has tables."""
    tables = inspect(connection).get_table_names()
    if not tables:
        Row.metadata.create_all(connection)
        connection.execute(SchemaRow.__table__.insert().values(version=SCHEMA_VERSION))  # type: ignore[attr-defined]
        return
    if SchemaRow.__tablename__ not in tables:
        raise _unusable(path, "it is another program's database")
    version = connection.scalar(select(SchemaRow.version))
    if version != SCHEMA_VERSION:
        raise _unusable(
            path,
            f"its schema has version {version}, this hna-nas knows version {SCHEMA_VERSION}; "
            "install the version of hna-nas that made it",
        )


def _speak_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy's begin, below, is the only one
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=NORMAL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _unusable(path: Path, why: str) -> StoreInvalid:
    return StoreInvalid(
        f"{path} cannot be the server's database: {why}; choose another file with --database"
    )
