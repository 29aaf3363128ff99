"""
What is particular to SQLite.

Write-ahead logging, foreign keys, the busy timeout, and that a transaction which will write says so
when it begins, since SQLite cannot let two readers both become writers.

``synchronous`` is FULL: whoever was told that a report is stored deletes his copy, so a commit
has to be on the disk, not only in the log of a machine that keeps its power.  NORMAL would lose
the last commits with the power.  What FULL costs (docs/server.md) is little beside a request.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

from lut_server.documents import write_json
from lut_server.engines.place import Place

_WRITES = "hna_writes"


def sqlite_engines(place: Place, busy_timeout_s: float) -> tuple[Engine, Engine, Engine]:
    """
    Return connections to a file for readers, writers, and writers of single rows.

    The file is made on first use.

    Raises:
        StoreInvalid: its folder cannot be made.
    """
    try:
        Path(str(place.url.database)).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise place.unusable(f"its folder cannot be made: {error.strerror}") from error
    engine = create_engine(
        place.url, json_serializer=write_json, connect_args={"timeout": busy_timeout_s}
    )
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    writing = engine.execution_options(**{_WRITES: True})
    return engine, writing, writing


def _configure(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's begin, below, is the only one
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=FULL")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
