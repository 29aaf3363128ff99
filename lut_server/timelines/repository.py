"""Queries about what was measured of one operation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lut_server.models import HealthCheckRow, MeasurementRow, SessionRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One measurement of an operation and of its border, as the store holds them."""

    session: SessionRow
    measurement: dict[str, Any]
    border: dict[str, Any] | None


class TimelineRepository:
    """Measurements of operations in one transaction; health checks are left out."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def measured(self, table: str, digest: str, border: str | None, count: int) -> list[Measured]:
        """
        Return the latest measurements of an operation for a table, the newest first.

        Args:
            table: its name.
            digest: of the operation.
            border: digest of what surrounded it; None where nothing did.
            count: at most so many.
        """
        query = (
            select(SessionRow, MeasurementRow.document)
            .join(SessionRow, SessionRow.id == MeasurementRow.session_id)
            .where(SessionRow.table_name == table, MeasurementRow.digest == digest)
            .where(SessionRow.id.not_in(select(HealthCheckRow.session_id)))
            .order_by(SessionRow.received_at.desc(), SessionRow.id)
        )
        rows = [(row[0], row[1]) for row in self._session.execute(query.limit(count))]
        around = self._documents([row.id for row, _ in rows], border) if border else {}
        return [
            Measured(session=row, measurement=document, border=around.get(row.id))
            for row, document in rows
        ]

    def count(self, table: str, digest: str) -> int:
        """Return in how many sessions an operation was measured for a table."""
        query = (
            select(func.count())
            .select_from(MeasurementRow)
            .join(SessionRow, SessionRow.id == MeasurementRow.session_id)
            .where(SessionRow.table_name == table, MeasurementRow.digest == digest)
            .where(SessionRow.id.not_in(select(HealthCheckRow.session_id)))
        )
        return self._session.scalar(query) or 0

    def _documents(self, sessions: Sequence[str], digest: str) -> dict[str, dict[str, Any]]:
        query = select(MeasurementRow.session_id, MeasurementRow.document)
        query = query.where(MeasurementRow.session_id.in_(sessions))
        rows = self._session.execute(query.where(MeasurementRow.digest == digest))
        return {row[0]: row[1] for row in rows}
