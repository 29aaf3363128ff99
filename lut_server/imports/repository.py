"""Queries about imports: added, read, never changed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from lut_server.models import ImportRow


class ImportRepository:
    """Imports in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, import_id: str) -> ImportRow | None:
        """Return an import, if there is one of that id."""
        return self._session.get(ImportRow, import_id)

    def add(self, row: ImportRow) -> None:
        """Add an import."""
        self._session.add(row)
        self._session.flush()

    def of_table(self, table_name: str) -> Sequence[ImportRow]:
        """Return the imports of a table, the newest first."""
        query = select(ImportRow).where(ImportRow.table_name == table_name)
        return self._session.scalars(
            query.order_by(ImportRow.created_at.desc(), ImportRow.id)
        ).all()
