"""
Whether anything in the store changed, told without asking it anything.

SQLite counts for each connection the commits of all others, also of other processes
(``PRAGMA data_version``); reading that counter waits for nobody.  PostgreSQL has no such counter:
there a stamp is always unknown, and whoever wants to know asks.
"""

from __future__ import annotations

import sqlite3

from lut_server.engines.place import Place


class Stamp:
    """
    Reads a number that is another one after every commit; for one thread.

    Its connection is opened at the first reading and never writes.

    Args:
        place: of the store, which exists.
    """

    def __init__(self, place: Place) -> None:
        self._path = str(place.url.database) if place.is_file else None
        self._connection: sqlite3.Connection | None = None

    def read(self) -> int | None:
        """Return the number; None where it is not known."""
        if self._path is None:
            return None
        if self._connection is None:
            self._connection = sqlite3.connect(
                self._path, timeout=0, isolation_level=None, check_same_thread=False
            )
        try:
            (number,) = self._connection.execute("PRAGMA data_version").fetchone()
        except sqlite3.OperationalError:
            return None  # the file is being recovered or gone: asking it will wait, or say so
        return int(number)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
