"""Queries about campaigns and their progress."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from lut_server.jobs.repository import GOOD_ROUNDS, available
from lut_server.models import (
    CampaignRow,
    GapRow,
    JobOperationRow,
    JobRow,
    MeasurementRow,
    SessionRow,
)


class CampaignRepository:
    """Campaigns in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: CampaignRow) -> None:
        """Add a campaign."""
        self._session.add(row)
        self._session.flush()

    def find(self, campaign_id: str) -> CampaignRow | None:
        """Return a campaign, if there is one of that id."""
        return self._session.get(CampaignRow, campaign_id)

    def all(self) -> Sequence[CampaignRow]:
        """Return all campaigns, the newest first."""
        query = select(CampaignRow).order_by(CampaignRow.created_at.desc(), CampaignRow.id)
        return self._session.scalars(query).all()

    def jobs_by_state(self, campaign_id: str, now_s: float) -> dict[str, int]:
        """Count jobs; one whose lease is over is queued, whatever its row says."""
        state = case((available(now_s), "queued"), else_=JobRow.state).label("state")
        states = select(state).where(JobRow.campaign_id == campaign_id).subquery()
        query = select(states.c.state, func.count()).group_by(states.c.state)
        return {row[0]: row[1] for row in self._session.execute(query)}

    def postponed_until_s(self, campaign_id: str, now_s: float) -> float | None:
        """Return when the first of its jobs that are queued for later can be claimed."""
        later = (JobRow.state == "queued", JobRow.lease_until_s > now_s)
        query = select(func.min(JobRow.lease_until_s)).where(*later)
        return self._session.scalar(query.where(JobRow.campaign_id == campaign_id))

    def measured(self, campaign_id: str) -> dict[str, int]:
        """Return what was measured for it: the most good rounds in one session, by digest."""
        query = (
            select(JobOperationRow.digest, func.max(GOOD_ROUNDS))
            .join(JobRow, JobRow.id == JobOperationRow.job_id)
            .join(SessionRow, SessionRow.job_id == JobRow.id)
            .join(
                MeasurementRow,
                (MeasurementRow.session_id == SessionRow.id)
                & (MeasurementRow.digest == JobOperationRow.digest),
            )
            .where(JobRow.campaign_id == campaign_id)
            .group_by(JobOperationRow.digest)
        )
        return {row[0]: row[1] for row in self._session.execute(query)}

    def gaps(self, campaign_id: str) -> Sequence[tuple[GapRow, str]]:
        """Return what could not be measured for it, with the job."""
        query = (
            select(GapRow, JobRow.id)
            .join(SessionRow, SessionRow.id == GapRow.session_id)
            .join(JobRow, JobRow.id == SessionRow.job_id)
            .where(JobRow.campaign_id == campaign_id)
            .order_by(SessionRow.received_at, GapRow.digest)
        )
        return [(gap, job_id) for gap, job_id in self._session.execute(query)]
