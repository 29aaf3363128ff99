"""Queries for ``/metrics``: few, each over an index or a small table, none computes a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Row, and_, case, func, select
from sqlalchemy.orm import Session

from lut_server.models import (
    CampaignRow,
    DeviceRow,
    HealthCheckRow,
    JobRow,
    SessionRow,
    TableRow,
    TableVersionRow,
)
from lut_server.wire import Health

RETIRED: Health = "retired"


class Check(NamedTuple):
    """One pass of the sentinels."""

    fingerprint: str
    environment_digest: str
    at: str
    latencies_us: dict[str, float]


class MetricsRepository:
    """Numbers about the store in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def devices(self) -> Sequence[DeviceRow]:
        """Return the devices that are not retired."""
        return self._session.scalars(select(DeviceRow).where(DeviceRow.health != RETIRED)).all()

    def at_work(self, now_s: float) -> set[str]:
        """Return the fingerprints of devices that hold a lease."""
        held = and_(JobRow.state == "leased", JobRow.free_at_s > now_s)
        holders = self._session.scalars(select(JobRow.fingerprint).where(held).distinct())
        return {fingerprint for fingerprint in holders if fingerprint is not None}

    def jobs(self, now_s: float) -> dict[str, int]:
        """Return how many jobs are in each state; one whose lease is over is queued."""
        over = and_(JobRow.state == "leased", JobRow.free_at_s <= now_s)
        state = case((over, "queued"), else_=JobRow.state)
        query = select(state, func.count()).group_by(state)
        return {name: count for name, count in self._session.execute(query)}  # noqa: C416 - rows

    def expiries(self, now_s: float) -> int:
        """Return how many leases ran out; one is counted before somebody claims its job anew."""
        over = and_(JobRow.state == "leased", JobRow.free_at_s <= now_s)
        counted = JobRow.expiries + case((over, 1), else_=0)
        return self._session.scalar(select(func.coalesce(func.sum(counted), 0))) or 0

    def campaigns(self) -> dict[str, int]:
        """Return how many campaigns are in each state."""
        query = select(CampaignRow.state, func.count()).group_by(CampaignRow.state)
        return {name: count for name, count in self._session.execute(query)}  # noqa: C416 - rows

    def tables(self) -> Sequence[Row[str, str | None, int]]:
        """Return each table's name, when it was last reported to, and its versions kept."""
        reported = select(func.max(SessionRow.received_at)).where(
            SessionRow.table_name == TableRow.name
        )
        versions = select(func.count()).where(TableVersionRow.table_name == TableRow.name)
        query = select(TableRow.name, reported.scalar_subquery(), versions.scalar_subquery())
        return self._session.execute(query.where(TableRow.changes > 0)).all()

    def newest_versions(self) -> dict[str, tuple[int, str]]:
        """Return entries, and when it was made, of each table's newest version."""
        columns = (TableVersionRow.table_name, TableVersionRow.entries, TableVersionRow.created_at)
        order = (TableVersionRow.changes.desc(), TableVersionRow.created_at.desc())
        place = func.row_number().over(partition_by=TableVersionRow.table_name, order_by=order)
        numbered = select(*columns, place.label("place")).where(TableVersionRow.allowed == "")
        found = numbered.subquery()
        query = select(found.c.table_name, found.c.entries, found.c.created_at)
        rows = self._session.execute(query.where(found.c.place == 1))
        return {name: (entries, made) for name, entries, made in rows}

    def latest_checks(self, count: int, *, but: str = "") -> Iterator[Check]:
        """
        Yield the latest health checks of each device in each environment, the newest first.

        Args:
            count: so many of each.
            but: leave out those of that verdict.
        """
        columns = (
            HealthCheckRow.fingerprint,
            HealthCheckRow.environment_digest,
            HealthCheckRow.at,
            HealthCheckRow.latencies_us,
        )
        order = (HealthCheckRow.at.desc(), HealthCheckRow.session_id)
        place = func.row_number().over(
            partition_by=(HealthCheckRow.fingerprint, HealthCheckRow.environment_digest),
            order_by=order,
        )
        numbered = select(*columns, place.label("place")).where(HealthCheckRow.verdict != but)
        found = numbered.subquery()
        query = select(found).where(found.c.place <= count).order_by(found.c.place)
        for fingerprint, environment, at, latencies_us, _ in self._session.execute(query):
            yield Check(fingerprint, environment, at, latencies_us)
