"""Queries about tables, what they rest on, and their certificates."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lut_server.models import (
    CertificateRow,
    HealthCheckRow,
    MeasurementRow,
    SessionRow,
    TableRow,
)


class TableRepository:
    """Tables in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, name: str) -> TableRow | None:
        """Return a table, if there is one of that name."""
        return self._session.get(TableRow, name)

    def all(self) -> Sequence[TableRow]:
        """Return all tables with measurements, by name."""
        query = select(TableRow).where(TableRow.changes > 0)
        return self._session.scalars(query.order_by(TableRow.name)).all()

    def add(self, row: TableRow) -> None:
        """Add a table."""
        self._session.add(row)
        self._session.flush()

    def changes(self, name: str) -> int | None:
        """Return how often a table changed; None if there is none of that name."""
        return self._session.scalar(select(TableRow.changes).where(TableRow.name == name))

    def count_change(self, name: str) -> None:
        """Say that a table has new measurements."""
        change = update(TableRow).where(TableRow.name == name)
        self._session.execute(change.values(changes=TableRow.changes + 1))

    def sessions(self, name: str) -> list[list[dict[str, Any]]]:
        """
        Return the documents of a table's measurements, session by session, the oldest first.

        Health checks are left out: with each of them the table would be another version.
        """
        query = (
            select(SessionRow.id, MeasurementRow.document)
            .join(SessionRow, SessionRow.id == MeasurementRow.session_id)
            .where(SessionRow.table_name == name)
            .where(SessionRow.id.not_in(select(HealthCheckRow.session_id)))
            .order_by(SessionRow.received_at, SessionRow.id, MeasurementRow.position)
        )
        rows = self._session.execute(query)
        return [[document for _, document in of] for _, of in groupby(rows, key=itemgetter(0))]

    def add_certificate(self, name: str, document: dict[str, Any]) -> None:
        """Keep a certificate beside the older ones."""
        self._session.add(CertificateRow(table_name=name, document=document))
        self._session.flush()

    def certificate(self, name: str) -> dict[str, Any] | None:
        """Return the newest certificate of a table."""
        query = select(CertificateRow.document).where(CertificateRow.table_name == name)
        return self._session.scalars(query.order_by(CertificateRow.id.desc()).limit(1)).first()
