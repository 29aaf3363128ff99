"""
Versions of tables as they were handed out: kept before anybody sees them, read again for ever.

A version is a hash of what a table holds.  A table that comes to hold again what it held before
has that version again, and its body is the one that was kept then.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from lut_server.models import TableRow, TableVersionRow
from lut_server.wire import TableVersionView
from profiler.table import ValueKind


def allowed_text(allowed: Collection[ValueKind]) -> str:
    """Return the value kinds that may fill gaps as one text, whatever their order."""
    return ",".join(sorted(allowed))


class VersionRepository:
    """Versions of tables in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, name: str, version: str) -> TableVersionRow | None:
        """Return a version of a table, if it was ever handed out."""
        return self._session.get(TableVersionRow, (name, version))

    def current(
        self, name: str, changes: int, allowed: Collection[ValueKind]
    ) -> TableVersionRow | None:
        """Return the version computed when a table had changed *changes* times, if one was."""
        query = select(TableVersionRow).where(TableVersionRow.table_name == name)
        query = query.where(TableVersionRow.changes == changes)
        query = query.where(TableVersionRow.allowed == allowed_text(allowed))
        return self._session.scalars(query.limit(1)).first()

    def keep(self, row: TableVersionRow) -> TableVersionRow:
        """
        Keep a version, unless it is known, and return the row: its body is the one kept first.

        Writing transactions pass one after the other, so looking first is enough.
        """
        known = self.find(row.table_name, row.version)
        if known is None:
            self._session.add(row)
            self._session.flush()
            return row
        if (known.changes, row.allowed) <= (row.changes, known.allowed):
            known.changes, known.allowed = row.changes, row.allowed
        return known

    def of(self, name: str) -> tuple[TableVersionView, ...]:
        """Return what is known of a table's versions, the newest first."""
        columns = (
            TableVersionRow.version,
            TableVersionRow.changes,
            TableVersionRow.entries,
            TableVersionRow.created_at,
        )
        query = select(*columns).where(TableVersionRow.table_name == name)
        order = (TableVersionRow.changes.desc(), TableVersionRow.created_at.desc())
        rows = self._session.execute(query.order_by(*order, TableVersionRow.version))
        return tuple(TableVersionView.model_validate(row._asdict()) for row in rows)

    def all_current(self) -> dict[str, tuple[str, int]]:
        """Return version and number of entries of every table whose version is current."""
        query = select(
            TableVersionRow.table_name, TableVersionRow.version, TableVersionRow.entries
        ).join(TableRow, TableRow.name == TableVersionRow.table_name)
        query = query.where(TableVersionRow.changes == TableRow.changes)
        rows = self._session.execute(query.where(TableVersionRow.allowed == ""))
        return {name: (version, entries) for name, version, entries in rows}
