"""
The tables as they are handed out: computed once for each change, kept, then sent.

A table's row counts its changes.  As long as the count stands, what is on the shelf is current,
also when another process wrote the measurements.  Nothing is handed out that the store does not
keep as a version.

Whoever makes a table holds no connection while it waits for others, and never two at a time, so
that many who ask at once cannot use up the connections and wait for each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import replace
from threading import Lock

from sqlalchemy.orm import Session

from lut_server.clock import Clock, iso
from lut_server.database import Database
from lut_server.documents import adapter
from lut_server.models import TableVersionRow
from lut_server.tables.making import made_table, unknown_table
from lut_server.tables.repository import TableRepository
from lut_server.tables.shelved import ShelvedTable, compressed
from lut_server.tables.versions import VersionRepository, allowed_text
from profiler.errors import TableVersionUnknown
from profiler.table import Entry, Table, ValueKind

Fill = Callable[[Table], tuple[Entry, ...]]
"""Returns further entries for a table, for what it lacks."""


class TableShelf:
    """
    Keeps the newest version of every table that was asked for; threads may share it.

    Args:
        database: where measurements and versions are.
        clock: tells the time, in UTC.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._kept: dict[tuple[str, str], ShelvedTable] = {}
        self._making: defaultdict[tuple[str, str], Lock] = defaultdict(Lock)

    def kept(self, name: str) -> ShelvedTable | None:
        """Return what is on the shelf, current or not; costs nothing."""
        return self._kept.get((name, ""))

    def current(
        self, name: str, allowed: Collection[ValueKind] = (), fill: Fill | None = None
    ) -> ShelvedTable:
        """
        Return a table as its measurements now are; to be called outside of transactions.

        Args:
            name: of the table.
            allowed: value kinds that may fill gaps, beside imports.
            fill: returns entries of these kinds for what is lacking still; the same ones as long
                as the table does not change.

        Raises:
            TableUnknown: nothing was measured or imported under that name.
        """
        shelved = self._found(name, allowed)
        if shelved is not None:
            return shelved
        with self._making[name, allowed_text(allowed)]:
            return self._found(name, allowed) or self._made(name, allowed, fill)

    def version(self, name: str, version: str) -> ShelvedTable:
        """
        Return a version of a table that was once handed out.

        Raises:
            TableUnknown: there is no table of that name.
            TableVersionUnknown: it never had that version.
        """
        with self._database.reading() as session:
            row = VersionRepository(session).find(name, version)
            if row is not None:
                return _shelved(row)
            if not TableRepository(session).changes(name):
                raise unknown_table(name)
        raise TableVersionUnknown(
            f"table {name} was never handed out as version {version!r}; "
            f"GET /v1/tables/{name}/versions lists what was"
        )

    def peek(self, session: Session, name: str) -> Table:
        """Return a table as a transaction sees it, for what is not handed out."""
        changes = TableRepository(session).changes(name)
        kept = self.kept(name)
        return kept.table if kept and kept.changes == changes else made_table(session, name)

    def settle(self, session: Session, name: str) -> Table:
        """Return a table as a transaction that writes sees it, and keep that version."""
        table = self.peek(session, name)
        changes = TableRepository(session).changes(name) or 0
        VersionRepository(session).keep(self._row(table, changes, ()))
        return table

    def _found(self, name: str, allowed: Collection[ValueKind]) -> ShelvedTable | None:
        """Return the current version if it is on the shelf or in the store."""
        key = (name, allowed_text(allowed))
        with self._database.reading() as session:
            changes = TableRepository(session).changes(name)
            if not changes:
                raise unknown_table(name)
            kept = self._kept.get(key)
            if kept is not None and kept.changes == changes:
                return kept
            row = VersionRepository(session).current(name, changes, allowed)
            if row is None:
                return None
            found = self._kept[key] = _shelved(row)
        return found

    def _made(self, name: str, allowed: Collection[ValueKind], fill: Fill | None) -> ShelvedTable:
        key = (name, allowed_text(allowed))
        with self._database.reading() as session:
            changes = TableRepository(session).changes(name) or 0
            table = made_table(session, name, allowed)
        if fill is not None:
            table = replace(table, entries=(*table.entries, *fill(table)))
        row = self._row(table, changes, allowed)
        with self._database.writing() as session:
            made = _shelved(VersionRepository(session).keep(row))
        self._kept[key] = made
        return made

    def _row(self, table: Table, changes: int, allowed: Collection[ValueKind]) -> TableVersionRow:
        return TableVersionRow(
            table_name=table.name,
            version=table.version,
            changes=changes,
            allowed=allowed_text(allowed),
            entries=len(table.entries),
            created_at=iso(self._clock()),
            body=compressed(adapter(Table).dump_json(table)),
        )


def _shelved(row: TableVersionRow) -> ShelvedTable:
    """Return what a row holds, which its session may forget."""
    return ShelvedTable(
        name=row.table_name,
        version=row.version,
        changes=row.changes,
        entries=row.entries,
        body_zstd=row.body,
    )
