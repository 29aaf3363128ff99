"""
What is particular to PostgreSQL.

Readers are REPEATABLE READ and READ ONLY: all their queries see one state, and wait for nobody.

Writers are READ COMMITTED, and each begins by taking one lock that all servers on the database
share and that its transaction's end gives back, so they pass one after the other, as on SQLite.
Every rule that looks before it writes (this device, this session, this table is not known yet; all
operations of this job are measured now) holds by that, on both databases, by the same code.  The
level matters: under it a statement sees what was committed while the lock was waited for, which
under REPEATABLE READ, whose one snapshot is older than the lock, it would not.  A
conditional UPDATE of one row needs no such lock: the row is looked at again once the other writer
is done.  So heartbeats, which are half of what a fleet sends, do not queue up.

Databases that do not keep text as UTF-8 are refused: SQL_ASCII does not know what its bytes mean,
and every other encoding lacks characters that names and messages may hold.
"""

from __future__ import annotations

from functools import partial
from math import ceil
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

from lut_server.documents import write_json
from lut_server.engines.place import Place
from profiler.errors import ExtraMissing

WRITERS = int.from_bytes(b"hna-nas")
"""Key of the lock that whoever writes holds; advisory locks are numbers of 64 bits."""

UTF8 = "UTF8"

_QUEUES_UP = "hna_queues_up"


def postgresql_engines(place: Place, busy_timeout_s: float) -> tuple[Engine, Engine, Engine]:
    """
    Return connections to a server's database for readers, writers, and writers of single rows.

    Raises:
        ExtraMissing: psycopg is not installed.
        StoreInvalid: raised by the first connection; the database's encoding is not UTF-8.
    """
    try:
        engine = create_engine(
            place.url,
            isolation_level="READ COMMITTED",
            json_serializer=write_json,
            pool_pre_ping=True,  # a server that was restarted closed the connections kept
            pool_timeout=busy_timeout_s,
            connect_args={
                "connect_timeout": max(2, ceil(busy_timeout_s)),
                "options": f"-c lock_timeout={max(1, round(1e3 * busy_timeout_s))}",
            },
        )
    except ImportError as error:
        raise ExtraMissing("psycopg", "postgres") from error
    # before SQLAlchemy's own first look at the server, which fails on text it cannot decode
    event.listen(engine, "connect", partial(_require_utf8, place), insert=True)
    event.listen(engine, "begin", _begin)
    return (
        engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True),
        engine.execution_options(**{_QUEUES_UP: True}),
        engine,
    )


def _require_utf8(place: Place, connection: Any, _: Any) -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != UTF8:
        raise place.unusable(
            f"it keeps text as {encoding}, which is not {UTF8}; make one that does: "
            f"createdb --encoding={UTF8} --template=template0 NAME"
        )


def _begin(connection: Connection) -> None:
    """Queue up, if this connection is a writer's."""
    if connection.get_execution_options().get(_QUEUES_UP, False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS})")
