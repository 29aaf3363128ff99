"""
Reports kept on disk until the server has them.

One row a report, in SQLite with a write-ahead log: a report is either there or not, also after
``kill -9``.  A row is removed only after the server acknowledged it.  One the server refused stays
on disk and is offered again when the agent starts the next time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from lut_server.wire import Report
from profiler.errors import SpoolFailed

FORMAT = 1
"""Of the table, kept in ``user_version``; history: 1 (2026-11) the first."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS report (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id TEXT NOT NULL UNIQUE,
    document TEXT NOT NULL,
    refused TEXT
)
"""


class Spool:
    """
    The reports that wait in *path*.

    Args:
        path: the file; made with its folder where there is none.

    Every method raises:
        SpoolFailed: the disk is full or the file cannot be written; names the way out.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._translated():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(path, isolation_level=None)
        with self._translated():
            self._open()

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        """Count all reports on disk, the refused ones included."""
        with self._translated():
            return int(self._base.execute("SELECT count(*) FROM report").fetchone()[0])

    def put(self, report: Report) -> None:
        """Keep *report*; one of the same session is kept once."""
        with self._translated():
            self._base.execute(
                "INSERT OR IGNORE INTO report (session_id, document) VALUES (?, ?)",
                (report.session.id, report.model_dump_json()),
            )

    def oldest(self) -> Report | None:
        """Return the oldest report nobody refused yet; None where there is none."""
        query = "SELECT session_id, document FROM report WHERE refused IS NULL ORDER BY number"
        while True:
            with self._translated():
                row = self._base.execute(f"{query} LIMIT 1").fetchone()
            if row is None:
                return None
            try:
                return Report.model_validate_json(row[1])
            except ValidationError as error:
                # Written by another version: keep it for that version, but do not stop at it.
                self.refuse(row[0], f"not readable by this version: {error.error_count()} errors")

    def remove(self, session_id: str) -> None:
        """Forget a report: the server has it."""
        with self._translated():
            self._base.execute("DELETE FROM report WHERE session_id = ?", (session_id,))

    def refuse(self, session_id: str, reason: str) -> None:
        """Keep a report but do not offer it again before the next start."""
        with self._translated():
            self._base.execute(
                "UPDATE report SET refused = ? WHERE session_id = ?", (reason, session_id)
            )

    def _open(self) -> None:
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute("PRAGMA synchronous = FULL")
        found = self._base.execute("PRAGMA user_version").fetchone()[0]
        if found not in (0, FORMAT):
            raise SpoolFailed(
                f"{self._path} is a spool of format {found}, this version writes {FORMAT}; "
                "update hna-nas or move the file away"
            )
        self._base.execute(SCHEMA)
        self._base.execute(f"PRAGMA user_version = {FORMAT}")
        self._base.execute("UPDATE report SET refused = NULL WHERE refused IS NOT NULL")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise SpoolFailed(
                f"the spool {self._path} cannot be used: {error}; free space there, move the file "
                "away if it is no spool, or choose another folder with --state-dir"
            ) from error
