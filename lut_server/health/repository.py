"""Queries about health checks: added, read, never changed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from lut_server.models import HealthCheckRow, MeasurementRow


class HealthRepository:
    """Health checks in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, session_id: str) -> HealthCheckRow | None:
        """Return a health check, if there is one of that session."""
        return self._session.get(HealthCheckRow, session_id)

    def add(self, row: HealthCheckRow) -> None:
        """Add a health check."""
        self._session.add(row)
        self._session.flush()

    def compared_with(
        self, fingerprint: str, environment_digest: str, since: str, count: int
    ) -> list[dict[str, float]]:
        """
        Return the latencies of the latest passes that were not suspect, the oldest first.

        Args:
            fingerprint: of the device.
            environment_digest: what it was set up as.
            since: passes before that moment do not count.
            count: at most so many.
        """
        query = select(HealthCheckRow.latencies_us).where(
            HealthCheckRow.fingerprint == fingerprint,
            HealthCheckRow.environment_digest == environment_digest,
            HealthCheckRow.at > since,
            HealthCheckRow.verdict != "suspect",
        )
        latest = query.order_by(HealthCheckRow.at.desc(), HealthCheckRow.session_id).limit(count)
        return list(reversed(self._session.scalars(latest).all()))

    def latest(self, fingerprint: str, count: int) -> Sequence[HealthCheckRow]:
        """Return the latest checks of a device, the newest first."""
        query = select(HealthCheckRow).where(HealthCheckRow.fingerprint == fingerprint)
        order = (HealthCheckRow.at.desc(), HealthCheckRow.session_id)
        return self._session.scalars(query.order_by(*order).limit(count)).all()

    def measurement_ids(self, session_id: str) -> tuple[str, ...]:
        """Return the ids of what was measured in a check."""
        query = select(MeasurementRow.id).where(MeasurementRow.session_id == session_id)
        return tuple(self._session.scalars(query.order_by(MeasurementRow.position)))
