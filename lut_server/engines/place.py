"""
Where a store is: a file of SQLite, or a database of a PostgreSQL server.

An address may hold a password.  What is shown of a place never does, and an address that cannot
be read is not repeated in the message that says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from profiler.errors import StoreInvalid

SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
EXAMPLE = "postgresql://user:password@host:5432/name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """
    Where a store is.

    Args:
        url: the address, with its password.
        shown: the same for messages and logs, without.
    """

    url: URL = field(repr=False)
    shown: str

    @property
    def is_file(self) -> bool:
        """Whether it is a file of SQLite."""
        return self.url.get_backend_name() == "sqlite"

    def unusable(self, why: str) -> StoreInvalid:
        """Return the error that this place cannot hold the store."""
        return StoreInvalid(
            f"{self.shown} cannot be the server's database: {why}; choose another with --database"
        )


def place_of(database: str | Path | Place) -> Place:
    """
    Return the place that *database* names: a file's path, or an address like ``EXAMPLE``.

    Raises:
        StoreInvalid: it is an address, but not one of a PostgreSQL database.
    """
    if isinstance(database, Place):
        return database
    scheme, is_address, _ = str(database).partition("://")
    if not is_address:
        # absolute, so that no path means SQLite's database in memory
        url = URL.create("sqlite+pysqlite", database=str(Path(database).absolute()))
        return Place(url=url, shown=str(database))
    if scheme not in SCHEMES:
        raise StoreInvalid(
            f"{scheme}:// is no database the server can use; give the path of a file, or an "
            f"address like {EXAMPLE}"
        )
    return _server(str(database))


def _server(address: str) -> Place:
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise _unreadable("it cannot be read") from None  # the cause may hold the password
    if not url.database:
        raise _unreadable("it names no database")
    if "@" in (url.host or ""):
        raise _unreadable("an @ in a password is written %40")
    user = f"{url.username}@" if url.username else ""
    port = f":{url.port}" if url.port else ""
    return Place(
        url=url.set(drivername="postgresql+psycopg"),
        shown=f"postgresql://{user}{url.host or ''}{port}/{url.database}",
    )


def _unreadable(why: str) -> StoreInvalid:
    return StoreInvalid(
        f"the database's address is wrong: {why}; write it like {EXAMPLE}, with / : @ and % in "
        "a password as %2F %3A %40 %25"
    )
