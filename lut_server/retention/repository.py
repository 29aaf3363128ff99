"""Queries about samples that may go, and the one change a measurement ever sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import CursorResult, Table, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from lut_server.documents import from_document, to_json
from lut_server.models import CampaignRow, CertificateRow, JobRow, MeasurementRow, SessionRow
from profiler.certificates import Certificate
from profiler.measurement import Measurement

UNDER_WAY = ("running", "paused")
"""States of a campaign that may still look at what was measured for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A measurement with its samples, where it came from, and the table that rests on it."""

    table: str
    session_id: str
    digest: str
    measurement: Measurement


class RetentionRepository:
    """Samples in one transaction."""

    def __init__(self, transaction: Session) -> None:
        self._transaction = transaction

    def held(self, before: str, after_id: str, limit: int) -> list[Held]:
        """
        Return measurements that have all their samples, by id.

        Those of a campaign that is under way are left out.

        Args:
            before: those whose session was received before that moment.
            after_id: those whose id comes after this one.
            limit: at most so many.
        """
        free = or_(CampaignRow.id.is_(None), CampaignRow.state.not_in(UNDER_WAY))
        row = (SessionRow.table_name, MeasurementRow.session_id, MeasurementRow.digest)
        query = (
            select(*row, MeasurementRow.document)
            .join(SessionRow, SessionRow.id == MeasurementRow.session_id)
            .outerjoin(JobRow, JobRow.id == SessionRow.job_id)
            .outerjoin(CampaignRow, CampaignRow.id == JobRow.campaign_id)
            .where(SessionRow.received_at < before, MeasurementRow.thinned_at.is_(None), free)
            .where(MeasurementRow.id > after_id)
            .order_by(MeasurementRow.id)
            .limit(limit)
        )
        return [
            Held(
                table=table,
                session_id=session_id,
                digest=digest,
                measurement=from_document(Measurement, document),
            )
            for table, session_id, digest, document in self._transaction.execute(query)
        ]

    def certified(self) -> set[tuple[str, str]]:
        """Return the networks of the newest certificate of each table: its name and a digest."""
        newest = select(func.max(CertificateRow.id)).group_by(CertificateRow.table_name)
        query = select(CertificateRow).where(CertificateRow.id.in_(newest))
        return {
            (row.table_name, point.digest)
            for row in self._transaction.scalars(query)
            for point in from_document(Certificate, row.document).points
        }

    def replace(self, thinned: Sequence[Measurement], at: str) -> int:
        """Put thinned measurements in the place of whole ones; return how many that was."""
        table = cast(Table, MeasurementRow.__table__)
        change = (
            update(table)
            .where(table.c.id == bindparam("of"), table.c.thinned_at.is_(None))
            .values(document=bindparam("new"), thinned_at=at)
        )
        rows = [{"of": measurement.id, "new": to_json(measurement)} for measurement in thinned]
        done = cast(CursorResult[Any], self._transaction.execute(change, rows))
        return done.rowcount
