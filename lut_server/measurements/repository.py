"""Queries about sessions, measurements and gaps: added, read, never changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, cast

from sqlalchemy import Table, func, insert, select
from sqlalchemy.orm import Session as Transaction

from lut_server.documents import to_json
from lut_server.models import GapRow, HealthCheckRow, MeasurementRow, Row, SessionRow
from profiler.measurement import Gap, Measurement
from profiler.operations import operation_digest
from profiler.summary import good_rounds

IDS_PER_QUERY = 1_000
"""Databases bound the number of parameters of a statement."""


class MeasurementRepository:
    """Measurements in one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find_session(self, session_id: str) -> SessionRow | None:
        """Return a session, if there is one of that id."""
        return self._transaction.get(SessionRow, session_id)

    def add_session(self, row: SessionRow) -> None:
        """Add a session."""
        self._transaction.add(row)
        self._transaction.flush()

    def find(self, measurement_id: str) -> MeasurementRow | None:
        """Return a measurement, if there is one of that id."""
        return self._transaction.get(MeasurementRow, measurement_id)

    def add_new(
        self,
        session_id: str,
        measurements: Sequence[Measurement],
        superfluous: Collection[str] = (),
    ) -> tuple[int, int]:
        """
        Add those whose id is not known yet; return how many, and how many of them do not count.

        Args:
            session_id: of their session.
            measurements: in the order in which they were made.
            superfluous: digests of operations of which a measurement is kept and not counted.
        """
        known = self._known([measurement.id for measurement in measurements])
        new = {m.id: m for m in reversed(measurements) if m.id not in known}
        first = self._count(session_id)
        rows = [
            {
                "id": measurement.id,
                "session_id": session_id,
                "position": position,
                "digest": operation_digest(measurement.operation),
                "good_rounds": len(good_rounds(measurement.rounds)),
                "counted": operation_digest(measurement.operation) not in superfluous,
                "document": to_json(measurement),
            }
            for position, measurement in enumerate(reversed(new.values()), start=first)
        ]
        self._insert(MeasurementRow, rows)
        return len(rows), sum(not row["counted"] for row in rows)

    def add_gaps(self, session_id: str, gaps: Iterable[Gap]) -> None:
        """Add the gaps a session is not known to have."""
        by_digest = {operation_digest(gap.operation): gap for gap in gaps}
        if not by_digest:
            return
        query = select(GapRow.digest).where(GapRow.session_id == session_id)
        for known in self._transaction.scalars(query):
            by_digest.pop(known, None)
        rows = [
            {"session_id": session_id, "digest": digest, "document": to_json(gap)}
            for digest, gap in by_digest.items()
        ]
        self._insert(GapRow, rows)

    def sessions(
        self, table_name: str, device: str | None = None, newest: int | None = None
    ) -> Iterator[dict[str, Any]]:
        """
        Yield the documents of the sessions a table rests on, whole, the oldest first.

        Args:
            table_name: of the table.
            device: fingerprint of the unit that measured them; None is any.
            newest: so many at most, those received last; None is all.
        """
        checks = select(HealthCheckRow.session_id)
        query = select(SessionRow).where(SessionRow.table_name == table_name)
        query = query.where(SessionRow.id.not_in(checks))
        if device is not None:
            query = query.where(SessionRow.fingerprint == device)
        last = query.order_by(SessionRow.received_at.desc(), SessionRow.id.desc()).limit(newest)
        for row in reversed(self._transaction.scalars(last).all()):
            gaps = select(GapRow.document).where(GapRow.session_id == row.id)
            yield {
                **row.document,
                "measurements": self._documents(row.id),
                "gaps": self._transaction.scalars(gaps.order_by(GapRow.digest)).all(),
            }

    def _insert(self, kind: type[Row], rows: Sequence[dict[str, Any]]) -> None:
        """Insert *rows* by one statement, past the ORM: nobody looks at them again here."""
        if rows:
            self._transaction.execute(insert(cast(Table, kind.__table__)), rows)

    def _count(self, session_id: str) -> int:
        query = select(func.count()).where(MeasurementRow.session_id == session_id)
        return self._transaction.scalar(query) or 0

    def _documents(self, session_id: str) -> Sequence[dict[str, Any]]:
        query = select(MeasurementRow.document).where(MeasurementRow.session_id == session_id)
        return self._transaction.scalars(query.order_by(MeasurementRow.position)).all()

    def _known(self, ids: Sequence[str]) -> set[str]:
        known: set[str] = set()
        for first in range(0, len(ids), IDS_PER_QUERY):
            some = ids[first : first + IDS_PER_QUERY]
            query = select(MeasurementRow.id).where(MeasurementRow.id.in_(some))
            known.update(self._transaction.scalars(query))
        return known
