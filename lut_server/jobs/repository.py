"""
Queries about jobs and leases.

A job is claimed by a conditional update whose row count says who won, which needs no row locks
and holds on any database.  A lease that is over makes its job available by itself: nobody has to
come by and clean up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Update,
    and_,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from lut_server.documents import adapter
from lut_server.models import (
    CampaignRow,
    GapRow,
    JobOperationRow,
    JobRow,
    MeasurementRow,
    SessionRow,
)
from profiler.operations import Operation, operation_digest
from profiler.summary import MIN_KEPT_ROUNDS

GOOD_ROUNDS = func.coalesce(MeasurementRow.good_rounds, MIN_KEPT_ROUNDS)
"""The good rounds of a measurement; one of version 1, which did not count them, has enough."""


def available(now_s: float) -> ColumnElement[bool]:
    """
    Return the condition that a job can be claimed: queued, or its lease is over.

    A job that is queued for later keeps the moment where a lease has its end.
    """
    waiting = and_(JobRow.state == "queued", JobRow.lease_until_s.is_(None))
    over = and_(JobRow.state.in_(("queued", "leased")), JobRow.lease_until_s <= now_s)
    return or_(waiting, over)


class JobRepository:
    """Jobs in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, campaign_id: str, position: int, operations: Iterable[Operation]) -> None:
        """Queue a job."""
        job = JobRow(id=uuid4().hex, campaign_id=campaign_id, position=position, state="queued")
        self._session.add(job)
        self._session.flush()
        self._session.add_all(
            JobOperationRow(
                job_id=job.id,
                digest=operation_digest(operation),
                position=index,
                document=adapter(Operation).dump_python(operation, mode="json"),
            )
            for index, operation in enumerate(operations)
        )
        self._session.flush()

    def find(self, job_id: str) -> JobRow | None:
        """Return a job, if there is one of that id."""
        return self._session.get(JobRow, job_id)

    def campaign(self, job: JobRow) -> CampaignRow:
        """Return the campaign a job belongs to."""
        return self._session.get_one(CampaignRow, job.campaign_id)

    def operations(self, job_id: str) -> tuple[Operation, ...]:
        """Return a job's operations, in order."""
        query = select(JobOperationRow.document).where(JobOperationRow.job_id == job_id)
        documents = self._session.scalars(query.order_by(JobOperationRow.position)).all()
        operations: tuple[Operation, ...] = adapter(tuple[Operation, ...]).validate_python(
            documents
        )
        return operations

    def candidates(
        self, fingerprint: str, environments: Collection[str], now_s: float
    ) -> Sequence[str]:
        """Return the ids of jobs a device could claim, the oldest campaign's first."""
        query = (
            select(JobRow.id)
            .join(CampaignRow, CampaignRow.id == JobRow.campaign_id)
            .where(
                CampaignRow.fingerprint == fingerprint,
                CampaignRow.environment_digest.in_(environments),
                available(now_s),
            )
            .order_by(CampaignRow.created_at, CampaignRow.id, JobRow.position)
        )
        return self._session.scalars(query).all()

    def claim(
        self, job_id: str, lease_id: str, agent_id: str, now_s: float, until_s: float
    ) -> bool:
        """Claim a job; return whether it is ours."""
        return self._one(
            update(JobRow)
            .where(JobRow.id == job_id, available(now_s))
            .values(state="leased", lease_id=lease_id, agent_id=agent_id, lease_until_s=until_s)
        )

    def renew(self, lease_id: str, now_s: float, until_s: float) -> bool:
        """Move the end of a lease; return whether it still held."""
        held = (JobRow.lease_id == lease_id, JobRow.state == "leased")
        change = update(JobRow).where(*held, JobRow.lease_until_s > now_s)
        return self._one(change.values(lease_until_s=until_s))

    def give_back(self, lease_id: str) -> bool:
        """Queue the job of a lease; return whether the lease still was on it."""
        change = update(JobRow).where(JobRow.lease_id == lease_id, JobRow.state == "leased")
        return self._one(change.values(state="queued", lease_id=None, lease_until_s=None))

    def settle(self, job_id: str, state: str) -> bool:
        """End a job that is not ended yet; return whether it was this that ended it."""
        change = update(JobRow).where(JobRow.id == job_id, JobRow.state.in_(("queued", "leased")))
        return self._one(change.values(state=state, lease_id=None, lease_until_s=None))

    def postpone(self, job_id: str, lease_id: str | None, now_s: float, until_s: float) -> bool:
        """
        Queue a job for later, unless somebody else holds it or it is queued for later already.

        Args:
            job_id: which.
            lease_id: the lease it was reported under.
            now_s: seconds since 1970.
            until_s: when it can be claimed again.
        """
        ours = and_(JobRow.state == "leased", JobRow.lease_id == lease_id)
        change = update(JobRow).where(JobRow.id == job_id, or_(available(now_s), ours))
        return self._one(change.values(state="queued", lease_id=None, lease_until_s=until_s))

    def leased(self, lease_id: str) -> JobRow | None:
        """Return the job a lease is on."""
        query = select(JobRow).where(JobRow.lease_id == lease_id)
        return self._session.scalars(query.execution_options(populate_existing=True)).first()

    def sessions(self, job_id: str) -> list[dict[str, int]]:
        """Return what each session for a job measured: good rounds by digest of the operation."""
        query = (
            select(MeasurementRow.session_id, MeasurementRow.digest, GOOD_ROUNDS)
            .join(SessionRow, SessionRow.id == MeasurementRow.session_id)
            .where(SessionRow.job_id == job_id)
        )
        found: dict[str, dict[str, int]] = {}
        for session_id, digest, good in self._session.execute(query):
            found.setdefault(session_id, {})[digest] = good
        return list(found.values())

    def gaps(self, job_id: str) -> set[str]:
        """Return the digests of what could not be measured in sessions for a job."""
        query = select(GapRow.digest).join(SessionRow, SessionRow.id == GapRow.session_id)
        return set(self._session.scalars(query.where(SessionRow.job_id == job_id)))

    def _one(self, change: Update) -> bool:
        result = cast(CursorResult[Any], self._session.execute(change))
        return result.rowcount == 1
