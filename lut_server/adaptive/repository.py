"""Queries about adaptive campaigns: what waits for a decision, and what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import CursorResult, exists, func, or_, select, update
from sqlalchemy.orm import Session

from lut_server.adaptive.wishes import read_wish
from lut_server.documents import from_document
from lut_server.models import (
    AdaptiveTargetRow,
    CampaignRow,
    CampaignTargetRow,
    DeviceRow,
    JobOperationRow,
    JobRow,
    SessionRow,
    WishRow,
)
from profiler.device import Device
from profiler.operations import Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A target for which somebody has to decide what comes next, after so many decisions."""

    campaign_id: str
    position: int
    steps: int


class AdaptiveRepository:
    """Adaptive campaigns in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: WishRow | AdaptiveTargetRow) -> None:
        """Add what a campaign wants, or one of its targets."""
        self._session.add(row)
        self._session.flush()

    def targets(self, campaign_id: str) -> dict[int, AdaptiveTargetRow]:
        """Return the adaptive targets of a campaign, by position; a plain one has none."""
        query = select(AdaptiveTargetRow).where(AdaptiveTargetRow.campaign_id == campaign_id)
        return {row.target_position: row for row in self._session.scalars(query)}

    def find(self, due: Due) -> tuple[AdaptiveTargetRow, CampaignTargetRow, CampaignRow] | None:
        """Return a target that waits for a decision; None if it does so no more."""
        waits = self._waiting().where(AdaptiveTargetRow.campaign_id == due.campaign_id)
        of_step = (
            AdaptiveTargetRow.target_position == due.position,
            AdaptiveTargetRow.steps == due.steps,
        )
        row = self._session.scalars(waits.where(*of_step)).first()
        if row is None:
            return None
        key = (due.campaign_id, due.position)
        return (
            row,
            self._session.get_one(CampaignTargetRow, key),
            self._session.get_one(CampaignRow, due.campaign_id),
        )

    def due(self, now_s: float, longest_s: float) -> tuple[Due, ...]:
        """
        Return the targets nobody thinks about, the oldest campaign of the highest priority first.

        Args:
            now_s: seconds since 1970.
            longest_s: how long a thought takes at most; a claim that lasts longer is of a clock
                that was set back.
        """
        until_s = AdaptiveTargetRow.thinking_until_s
        free = or_(until_s.is_(None), until_s <= now_s, until_s > now_s + longest_s)
        order = (CampaignRow.priority.desc(), CampaignRow.created_at, CampaignRow.id)
        rows = self._session.scalars(
            self._waiting().where(free).order_by(*order, AdaptiveTargetRow.target_position)
        )
        return tuple(
            Due(campaign_id=row.campaign_id, position=row.target_position, steps=row.steps)
            for row in rows
        )

    def claim(self, due: Due, now_s: float, longest_s: float) -> bool:
        """Say that we think about a target; return whether nobody else does."""
        until_s = AdaptiveTargetRow.thinking_until_s
        free = or_(until_s.is_(None), until_s <= now_s, until_s > now_s + longest_s)
        change = update(AdaptiveTargetRow).where(
            AdaptiveTargetRow.campaign_id == due.campaign_id,
            AdaptiveTargetRow.target_position == due.position,
            AdaptiveTargetRow.steps == due.steps,
            free,
        )
        done = self._session.execute(change.values(thinking_until_s=now_s + longest_s))
        return cast(CursorResult[Any], done).rowcount == 1

    def release(self, due: Due) -> None:
        """Say that we think no more about a target, if that step is not made yet."""
        change = update(AdaptiveTargetRow).where(
            AdaptiveTargetRow.campaign_id == due.campaign_id,
            AdaptiveTargetRow.target_position == due.position,
            AdaptiveTargetRow.steps == due.steps,
        )
        self._session.execute(change.values(thinking_until_s=None))

    def kind(self, device_model: str) -> Device:
        """Return a device of a model, which is simulated or emulated as all of them are."""
        query = select(DeviceRow.document).where(DeviceRow.model == device_model).limit(1)
        return from_document(Device, self._session.scalars(query).one())

    def wanted(self, campaign_id: str) -> tuple[Operation, ...]:
        """Return all that a campaign was asked for, each once."""
        return read_wish(self._session.get_one(WishRow, campaign_id))

    def asked(self, due: Due) -> frozenset[str]:
        """Return the digests of what is or was in jobs of a target."""
        query = select(JobOperationRow.digest).join(JobRow, JobRow.id == JobOperationRow.job_id)
        return frozenset(self._session.scalars(query.where(*_of_target(due))))

    def jobs(self, due: Due) -> int:
        """Return how many jobs a target has or had."""
        query = select(func.count()).select_from(JobRow).where(*_of_target(due))
        return self._session.scalar(query) or 0

    def spent_s(self, due: Due) -> float:
        """Return how long agents measured for a target, in seconds."""
        query = select(SessionRow.document).join(JobRow, JobRow.id == SessionRow.job_id)
        documents: Sequence[dict[str, Any]] = self._session.scalars(
            query.where(*_of_target(due))
        ).all()
        return sum(float(document["costs"]["wall"]) for document in documents)

    def _waiting(self) -> Any:
        """Return the query for targets that need a decision: nothing of them is under way."""
        under_way = exists().where(
            JobRow.campaign_id == AdaptiveTargetRow.campaign_id,
            JobRow.target_position == AdaptiveTargetRow.target_position,
            JobRow.free_at_s.is_not(None),
        )
        return (
            select(AdaptiveTargetRow)
            .join(CampaignRow, CampaignRow.id == AdaptiveTargetRow.campaign_id)
            .where(CampaignRow.state == "running", AdaptiveTargetRow.stage != "finished")
            .where(~under_way)
        )


def _of_target(due: Due) -> tuple[Any, Any]:
    return JobRow.campaign_id == due.campaign_id, JobRow.target_position == due.position
