"""
The store: one database, opened, brought up to date and handed out in transactions.

What holds on every database: ``reading`` sees one state of the store and does not wait for
writers; ``writing`` transactions pass one after the other, and each is committed whole or not at
all.  How SQLite and PostgreSQL are brought to that is in ``lut_server.engines``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm import Session, sessionmaker

from lut_server.engines.place import Place, place_of
from lut_server.engines.postgresql import postgresql_engines
from lut_server.engines.sqlite import sqlite_engines
from lut_server.migrations.upgrade import bring_up_to_date, newest_version, version_of
from profiler.errors import HnaError, StoreFailed


class Database:
    """
    Hands out transactions on one database; made by ``open_database``.

    Args:
        reading: connections for transactions that only read.
        writing: connections for transactions that write.
        touching: connections for transactions that change rows one by one.
        place: where it is, for messages.
    """

    def __init__(self, reading: Engine, writing: Engine, touching: Engine, place: Place) -> None:
        self._engines = (reading, writing, touching)
        self._place = place
        self._reading = sessionmaker(reading)
        self._writing = sessionmaker(writing)
        self._touching = sessionmaker(touching)

    @property
    def is_file(self) -> bool:
        """Whether it is a file, which one transaction changes at a time."""
        return self._place.is_file

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

    @contextmanager
    def touching(self) -> Iterator[Session]:
        """
        Give a session for changes that need no other rows to stay as they are.

        A statement that names all it rests on in its own condition needs not wait for other
        writers where a database can do without; devices are changed before jobs.
        """
        with self._translated(), self._touching.begin() as session:
            yield session

    def ping(self) -> None:
        """Raise ``StoreFailed`` if the store cannot be read, or was upgraded by a newer server."""
        with self.reading() as session:
            found, known = version_of(session.connection()), newest_version()
        if found != known:
            raise StoreFailed(
                f"the database {self._place.shown} now has schema version {found}, this server "
                f"knows {known}: it was upgraded; stop this server and start the newer hna-nas"
            )

    def close(self) -> None:
        """Close all connections."""
        for engine in self._engines:
            engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DataError as error:
            raise HnaError(
                f"the database cannot keep a value of this request ({_one_line(error.orig)}); "
                "make it shorter, without characters of code 0"
            ) from error
        except (DBAPIError, NoConnectionFree) as error:
            said = _one_line(getattr(error, "orig", error))
            raise StoreFailed(
                f"the database {self._place.shown} did not do its work ({said}); "
                "check its disk and its log, and try again"
            ) from error


def open_database(database: str | Path | Place, busy_timeout_s: float) -> Database:
    """
    Open the database that *database* names, made or upgraded where that is needed.

    Args:
        database: path of a SQLite file, or address of a PostgreSQL database.
        busy_timeout_s: how long a transaction waits for another one, in seconds.

    Raises:
        StoreInvalid: it cannot be opened, is another program's, or of a newer schema version.
        ExtraMissing: the package that speaks to this kind of database is not installed.
    """
    place = place_of(database)
    open_engines = sqlite_engines if place.is_file else postgresql_engines
    reading, writing, touching = open_engines(place, busy_timeout_s)
    opened = Database(reading, writing, touching, place)
    try:
        with writing.begin() as connection:
            bring_up_to_date(connection, place)
    except DBAPIError as error:
        opened.close()
        raise place.unusable(_one_line(error.orig)) from error
    except HnaError:
        opened.close()
        raise
    return opened


def _one_line(said: object) -> str:
    return " ".join(str(said).split())
