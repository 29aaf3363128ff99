"""Queries about campaigns and their progress."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from lut_server.jobs.repository import GOOD_ROUNDS, available
from lut_server.models import (
    CampaignDeviceRow,
    CampaignRow,
    CampaignTargetRow,
    GapRow,
    JobOperationRow,
    JobRow,
    MeasurementRow,
    Row,
    SessionRow,
)


class CampaignRepository:
    """Campaigns in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, rows: Sequence[Row]) -> None:
        """Add a campaign, a target or devices of one."""
        self._session.add_all(rows)
        self._session.flush()

    def find(self, campaign_id: str) -> CampaignRow | None:
        """Return a campaign as it is now, if there is one of that id."""
        return self._session.get(CampaignRow, campaign_id, populate_existing=True)

    def all(self, state: str | None = None) -> Sequence[CampaignRow]:
        """Return the campaigns, or those in one state, the newest first."""
        query = select(CampaignRow).order_by(CampaignRow.created_at.desc(), CampaignRow.id)
        if state is not None:
            query = query.where(CampaignRow.state == state)
        return self._session.scalars(query).all()

    def targets(self, campaign_id: str) -> Sequence[CampaignTargetRow]:
        """Return what a campaign measures for, in order."""
        query = select(CampaignTargetRow).where(CampaignTargetRow.campaign_id == campaign_id)
        return self._session.scalars(query.order_by(CampaignTargetRow.position)).all()

    def devices(self, campaign_id: str) -> dict[int, list[str]]:
        """Return the fingerprints chosen for each target, sorted."""
        query = select(CampaignDeviceRow.target_position, CampaignDeviceRow.fingerprint)
        query = query.where(CampaignDeviceRow.campaign_id == campaign_id)
        found: dict[int, list[str]] = defaultdict(list)
        for position, fingerprint in self._session.execute(
            query.order_by(CampaignDeviceRow.fingerprint)
        ):
            found[position].append(fingerprint)
        return found

    def jobs_by_state(self, campaign_id: str, now_s: float) -> dict[int, dict[str, int]]:
        """Count each target's jobs; one whose lease is over is queued, whatever its row says."""
        state = case((available(now_s), "queued"), else_=JobRow.state).label("state")
        states = select(JobRow.target_position, state)
        states_of = states.where(JobRow.campaign_id == campaign_id).subquery()
        columns = (states_of.c.target_position, states_of.c.state)
        query = select(*columns, func.count()).group_by(*columns)
        found: dict[int, dict[str, int]] = defaultdict(dict)
        for position, name, count in self._session.execute(query):
            found[position][name] = count
        return found

    def postponed_until_s(self, campaign_id: str, now_s: float) -> dict[int, float]:
        """Return when the first of each target's jobs that are queued for later is free."""
        later = (JobRow.state == "queued", JobRow.free_at_s > now_s)
        query = select(JobRow.target_position, func.min(JobRow.free_at_s)).where(*later)
        of_campaign = query.where(JobRow.campaign_id == campaign_id)
        rows = self._session.execute(of_campaign.group_by(JobRow.target_position))
        return {position: until_s for position, until_s in rows if until_s is not None}

    def measured(self, campaign_id: str) -> dict[int, dict[str, int]]:
        """Return what was measured for each target: the most good rounds in one session."""
        columns = (JobRow.target_position, JobOperationRow.digest)
        query = (
            select(*columns, func.max(GOOD_ROUNDS))
            .select_from(JobOperationRow)
            .join(JobRow, JobRow.id == JobOperationRow.job_id)
            .join(SessionRow, SessionRow.job_id == JobRow.id)
            .join(
                MeasurementRow,
                (MeasurementRow.session_id == SessionRow.id)
                & (MeasurementRow.digest == JobOperationRow.digest),
            )
            .where(JobRow.campaign_id == campaign_id)
            .group_by(*columns)
        )
        found: dict[int, dict[str, int]] = defaultdict(dict)
        for position, digest, good in self._session.execute(query):
            found[position][digest] = good
        return found

    def gap_digests(self, campaign_id: str) -> dict[int, set[str]]:
        """Return the digests of what could not be measured for each target."""
        query = (
            select(JobRow.target_position, GapRow.digest)
            .join(SessionRow, SessionRow.id == GapRow.session_id)
            .join(JobRow, JobRow.id == SessionRow.job_id)
            .where(JobRow.campaign_id == campaign_id)
        )
        found: dict[int, set[str]] = defaultdict(set)
        for position, digest in self._session.execute(query):
            found[position].add(digest)
        return found

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
