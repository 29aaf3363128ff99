"""
The backup of a SQLite file: SQLite's own online copy, out of one snapshot.

The transaction that is begun before copying keeps the snapshot: however much is written meanwhile,
the copy never begins anew, and no writer waits for it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from lut_server.engines.place import Place
from profiler.errors import BackupFailed

OURS = "measurements"
PAGES_AT_ONCE = 4_096
"""16 MiB of a file with pages of the usual size."""


def copy(
    place: Place, partial: Path, progress: Callable[[int, int], None]
) -> dict[str, int | None]:
    """
    Copy the file at *place* to *partial*; return the rows of every table.

    Raises:
        StoreInvalid: there is no store.
        BackupFailed: the copy could not be made, is damaged, or holds other rows.
    """
    source = Path(str(place.url.database))
    if not source.is_file():
        raise place.unusable("there is no such file, so there is nothing to back up")
    try:
        with (
            closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True)) as here,
            closing(sqlite3.connect(partial)) as there,
        ):
            here.isolation_level = None
            here.execute("BEGIN")
            wanted = _rows(here)
            if OURS not in wanted:
                raise place.unusable("it is another program's database")
            here.backup(
                there,
                pages=PAGES_AT_ONCE,
                progress=lambda _, left, whole: progress(whole - left, whole),
            )
            _check(there, wanted)
    except sqlite3.Error as error:
        raise BackupFailed(f"{place.shown} could not be copied: {error}") from error
    return dict(wanted)


def _rows(connection: sqlite3.Connection) -> dict[str, int]:
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    names = [name for (name,) in connection.execute(query)]
    return {
        name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names
    }


def _check(there: sqlite3.Connection, wanted: dict[str, int]) -> None:
    # what is checked is one file: nothing of it is left in a log beside it
    there.execute("PRAGMA journal_mode=DELETE")
    (verdict,) = there.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        raise BackupFailed(f"the copy is damaged ({verdict}); is the disk sound?")
    found = _rows(there)
    if found != wanted:
        differing = sorted(name for name in wanted if found.get(name) != wanted[name])
        raise BackupFailed(f"the copy holds other rows than the store, in {', '.join(differing)}")
