"""
Queries about jobs and leases.

A job is claimed by a conditional update whose row count says who won, which needs no row locks
and holds on any database.  A lease that is over makes its job available by itself: nobody has to
come by and clean up.  Every query for work is one look into an index, however long the queue is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Table,
    Update,
    and_,
    case,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from lut_server.documents import adapter
from lut_server.models import (
    AdaptiveTargetRow,
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
from profiler.operations import Operation, operation_digest
from profiler.summary import MIN_KEPT_ROUNDS

GOOD_ROUNDS = func.coalesce(MeasurementRow.good_rounds, MIN_KEPT_ROUNDS)
"""The good rounds of a measurement; one of version 1, which did not count them, has enough."""

UNSEEN = {"synchronize_session": False}
"""Rows that were read before a change are not looked for: they are not looked at again."""

OPEN = ("queued", "leased")
"""States of a job that is not over."""


def available(now_s: float) -> ColumnElement[bool]:
    """Return the condition that a job can be claimed: queued, or its lease is over."""
    return JobRow.free_at_s <= now_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimable:
    """A job that a device could claim, and the document of the environment it is for."""

    job_id: str
    campaign_id: str
    environment: dict[str, Any]


class JobRepository:
    """Jobs in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self, campaign_id: str, target: int, jobs: Sequence[Sequence[Operation]], first: int = 0
    ) -> None:
        """Queue jobs of a target, in order; *first* is how many it had before."""
        ids = [uuid4().hex for _ in jobs]
        rows = [
            {
                "id": job_id,
                "campaign_id": campaign_id,
                "target_position": target,
                "position": position,
                "state": "queued",
                "free_at_s": 0.0,
            }
            for position, job_id in enumerate(ids, start=first)
        ]
        self._insert(JobRow, rows)
        for job_id, operations in zip(ids, jobs, strict=True):
            self._insert(JobOperationRow, _operation_rows(job_id, operations))

    def find(self, job_id: str) -> JobRow | None:
        """Return a job, if there is one of that id."""
        return self._session.get(JobRow, job_id)

    def target(self, job: JobRow) -> CampaignTargetRow:
        """Return the table a job measures for."""
        return self._session.get_one(CampaignTargetRow, (job.campaign_id, job.target_position))

    def is_for(self, job: JobRow, fingerprint: str) -> bool:
        """Return whether a device was chosen for a job."""
        key = (job.campaign_id, job.target_position, fingerprint)
        return self._session.get(CampaignDeviceRow, key) is not None

    def digests(self, job_id: str) -> set[str]:
        """Return the digests of a job's operations, without reading these."""
        query = select(JobOperationRow.digest).where(JobOperationRow.job_id == job_id)
        return set(self._session.scalars(query))

    def operations(self, job_id: str) -> tuple[Operation, ...]:
        """Return a job's operations, in order."""
        query = select(JobOperationRow.document).where(JobOperationRow.job_id == job_id)
        documents = self._session.scalars(query.order_by(JobOperationRow.position)).all()
        operations: tuple[Operation, ...] = adapter(tuple[Operation, ...]).validate_python(
            documents
        )
        return operations

    def next_for(
        self, fingerprint: str, environments: Collection[str], now_s: float
    ) -> Claimable | None:
        """Return the job a device should claim; None where there is none."""
        job_of_target = (
            JobRow.campaign_id == CampaignDeviceRow.campaign_id,
            JobRow.target_position == CampaignDeviceRow.target_position,
            available(now_s),
        )
        target = self._session.execute(
            select(
                CampaignDeviceRow.campaign_id,
                CampaignDeviceRow.target_position,
                CampaignTargetRow.environment,
            )
            .join(CampaignRow, CampaignRow.id == CampaignDeviceRow.campaign_id)
            .join(
                CampaignTargetRow,
                (CampaignTargetRow.campaign_id == CampaignDeviceRow.campaign_id)
                & (CampaignTargetRow.position == CampaignDeviceRow.target_position),
            )
            .where(
                CampaignDeviceRow.fingerprint == fingerprint,
                CampaignRow.state == "running",
                CampaignTargetRow.environment_digest.in_(environments),
                exists().where(*job_of_target),
            )
            .order_by(CampaignRow.priority.desc(), CampaignRow.created_at, CampaignRow.id)
            .limit(1)
        ).first()
        if target is None:
            return None
        campaign_id, position, environment = target
        job_id = self._first(campaign_id, position, now_s)
        if job_id is None:
            return None
        return Claimable(job_id=job_id, campaign_id=campaign_id, environment=environment)

    def claim(
        self, job_id: str, lease_id: str, holder: tuple[str, str], now_s: float, until_s: float
    ) -> bool:
        """
        Claim a job; return whether it is ours.

        Args:
            job_id: which.
            lease_id: of the new lease.
            holder: the device's fingerprint and the agent's id.
            now_s: seconds since 1970.
            until_s: when the lease is over.
        """
        fingerprint, agent_id = holder
        return self._one(
            update(JobRow)
            .where(JobRow.id == job_id, available(now_s))
            .values(
                state="leased",
                lease_id=lease_id,
                agent_id=agent_id,
                fingerprint=fingerprint,
                free_at_s=until_s,
                expiries=_with_expired(now_s),
            )
        )

    def renew(self, lease_id: str, now_s: float, until_s: float) -> str | None:
        """Move the end of a lease; return the id of its job, None if it did not hold any more."""
        held = (JobRow.lease_id == lease_id, JobRow.state == "leased")
        change = update(JobRow).where(*held, JobRow.free_at_s > now_s)
        moved = change.values(free_at_s=until_s).returning(JobRow.id)
        job_id: str | None = self._session.scalar(moved, execution_options=UNSEEN)
        return job_id

    def bound(self, latest_s: Mapping[str, float]) -> None:
        """
        Bring nearer what lies further ahead than it can: the clock was set back.

        Args:
            latest_s: by state of a job, when it has to be free.
        """
        later = [
            and_(JobRow.state == state, JobRow.free_at_s > until_s)
            for state, until_s in latest_s.items()
        ]
        until = case(latest_s, value=JobRow.state)
        change = update(JobRow).where(or_(*later)).values(free_at_s=until)
        self._session.execute(change, execution_options=UNSEEN)

    def give_back(self, lease_id: str, now_s: float) -> bool:
        """Queue the job of a lease; return whether the lease still was on it."""
        change = update(JobRow).where(JobRow.lease_id == lease_id, JobRow.state == "leased")
        values = {"state": "queued", "lease_id": None, "free_at_s": 0.0}
        return self._one(change.values(**values, expiries=_with_expired(now_s)))

    def settle(self, job: JobRow, state: str, now_s: float) -> bool:
        """End a job that is not ended yet; return whether it was this that ended it."""
        change = update(JobRow).where(JobRow.id == job.id, JobRow.state.in_(OPEN))
        values = {"state": state, "lease_id": None, "free_at_s": None}
        ended = self._one(change.values(**values, expiries=_with_expired(now_s)))
        if ended:
            self.finish_campaign(job.campaign_id)
        return ended

    def finish_campaign(self, campaign_id: str) -> None:
        """Let a campaign be finished if it has no job left, and none is to come."""
        left = exists().where(JobRow.campaign_id == campaign_id, JobRow.free_at_s.is_not(None))
        unfinished = AdaptiveTargetRow.stage != "finished"
        to_come = exists().where(AdaptiveTargetRow.campaign_id == campaign_id, unfinished)
        change = update(CampaignRow).where(CampaignRow.id == campaign_id, ~left, ~to_come)
        going_on = CampaignRow.state.in_(("running", "paused"))
        self._session.execute(change.where(going_on).values(state="finished"))

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
        values = {"state": "queued", "lease_id": None, "free_at_s": until_s}
        return self._one(change.values(**values, expiries=_with_expired(now_s)))

    def was_tried(self, job_id: str) -> bool:
        """Return whether a session was reported for a job."""
        query = select(SessionRow.id).where(SessionRow.job_id == job_id).limit(1)
        return self._session.scalar(query) is not None

    def sessions(self, job_id: str, *, but: str = "") -> list[dict[str, int]]:
        """
        Return what each session for a job measured: good rounds by digest of the operation.

        Args:
            job_id: which.
            but: the id of a session that is left out.
        """
        query = (
            select(MeasurementRow.session_id, MeasurementRow.digest, GOOD_ROUNDS)
            .join(SessionRow, SessionRow.id == MeasurementRow.session_id)
            .where(SessionRow.job_id == job_id, SessionRow.id != but)
        )
        found: dict[str, dict[str, int]] = {}
        for session_id, digest, good in self._session.execute(query):
            found.setdefault(session_id, {})[digest] = good
        return list(found.values())

    def gaps(self, job_id: str) -> set[str]:
        """Return the digests of what could not be measured in sessions for a job."""
        query = select(GapRow.digest).join(SessionRow, SessionRow.id == GapRow.session_id)
        return set(self._session.scalars(query.where(SessionRow.job_id == job_id)))

    def _first(self, campaign_id: str, target: int, now_s: float) -> str | None:
        """Return the job of a target that is free for longest; new ones in their order."""
        query = select(JobRow.id).where(
            JobRow.campaign_id == campaign_id, JobRow.target_position == target, available(now_s)
        )
        return self._session.scalar(query.order_by(JobRow.free_at_s, JobRow.position).limit(1))

    def _insert(self, kind: type[Row], rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            self._session.execute(insert(cast(Table, kind.__table__)), rows)

    def _one(self, change: Update) -> bool:
        done = self._session.execute(change, execution_options=UNSEEN)
        result = cast(CursorResult[Any], done)
        return result.rowcount == 1


def _operation_rows(job_id: str, operations: Iterable[Operation]) -> list[dict[str, Any]]:
    return [
        {
            "job_id": job_id,
            "digest": operation_digest(operation),
            "position": index,
            "document": adapter(Operation).dump_python(operation, mode="json"),
        }
        for index, operation in enumerate(operations)
    ]


def _with_expired(now_s: float) -> ColumnElement[int]:
    """Return how many leases ran out, the one counted that is over now."""
    over = and_(JobRow.state == "leased", JobRow.free_at_s <= now_s)
    return case((over, JobRow.expiries + 1), else_=JobRow.expiries)
