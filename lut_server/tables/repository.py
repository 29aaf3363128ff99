"""Queries about tables, what they rest on, and their certificates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Text, cast, func, select, update
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
        """Return all tables with anything in them, by name."""
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

    def sessions(self, name: str) -> Iterator[list[str]]:
        """
        Yield the measurements of a table as JSON, session by session, the oldest first.

        Health checks are left out: with each of them the table would be another version.  So is
        what came for a job when others had measured it.
        """
        query = (
            select(SessionRow.id, cast(MeasurementRow.document, Text))
            .join(SessionRow, SessionRow.id == MeasurementRow.session_id)
            .where(SessionRow.table_name == name)
            .where(SessionRow.id.not_in(select(HealthCheckRow.session_id)))
            .where(MeasurementRow.counted)
            .order_by(SessionRow.received_at, SessionRow.id, MeasurementRow.position)
        )
        for _, rows in groupby(self._session.execute(query), key=itemgetter(0)):
            yield [text for _, text in rows]

    def software(self, name: str, since: str = "") -> tuple[str, ...]:
        """Return each ``name=version`` that sessions of a table received after *since* ran."""
        query = select(SessionRow.document["software"])
        query = query.where(SessionRow.table_name == name, SessionRow.received_at > since)
        return tuple(sorted({text for told in self._session.scalars(query) for text in told or ()}))

    def add_certificate(self, name: str, document: dict[str, Any]) -> None:
        """Keep a certificate beside the older ones."""
        self._session.add(CertificateRow(table_name=name, document=document))
        self._session.flush()

    def certificate(self, name: str) -> dict[str, Any] | None:
        """Return the newest certificate of a table."""
        query = select(CertificateRow.document).where(CertificateRow.table_name == name)
        return self._session.scalars(query.order_by(CertificateRow.id.desc()).limit(1)).first()

    def newest_certificates(self) -> dict[str, dict[str, Any]]:
        """Return the newest certificate of every table that has one, by the table's name."""
        newest = select(func.max(CertificateRow.id)).group_by(CertificateRow.table_name)
        query = select(CertificateRow).where(CertificateRow.id.in_(newest))
        return {row.table_name: row.document for row in self._session.scalars(query)}
