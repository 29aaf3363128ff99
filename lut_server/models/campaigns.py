"""Campaigns, what they measure on which devices, their jobs, and who holds them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from lut_server.models.row import Row


class CampaignRow(Row):
    """
    These operations on those devices.

    ``state`` becomes ``finished`` with the last of its jobs and then stays so; ``request_sha256``
    tells whether the same was asked when the same id is asked again.
    """

    __tablename__ = "campaigns"
    __table_args__ = (Index("campaigns_in_turn", "state", "priority", "created_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str]
    state: Mapped[str] = mapped_column(String(9))
    priority: Mapped[int]
    created_at: Mapped[str]
    request_sha256: Mapped[str | None] = mapped_column(String(64))
    notes: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")


class CampaignTargetRow(Row):
    """One table a campaign measures for: a device model in an environment."""

    __tablename__ = "campaign_targets"

    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    table_name: Mapped[str] = mapped_column(index=True)
    device_model: Mapped[str]
    environment_digest: Mapped[str] = mapped_column(String(12))
    environment: Mapped[dict[str, Any]]
    requested: Mapped[int]
    already_measured: Mapped[int]


class CampaignDeviceRow(Row):
    """A device that may claim the jobs of a target."""

    __tablename__ = "campaign_devices"
    __table_args__ = (
        ForeignKeyConstraint(
            ["campaign_id", "target_position"],
            ["campaign_targets.campaign_id", "campaign_targets.position"],
        ),
    )

    campaign_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    target_position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fingerprint: Mapped[str] = mapped_column(
        ForeignKey("devices.fingerprint"), primary_key=True, index=True
    )


class JobRow(Row):
    """
    A batch of a target's operations, and who holds it.

    ``free_at_s`` is when it can be claimed, in seconds since 1970: 0 for at once, the end of its
    lease for one that is leased, a later moment for one that is queued for later, and None for one
    that is over.  ``fingerprint`` and ``agent_id`` are of who claimed it last; ``expiries`` counts
    the leases that ran out.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        Index("jobs_in_turn", "campaign_id", "target_position", "free_at_s", "position"),
        Index("jobs_by_state", "state", "free_at_s"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    target_position: Mapped[int] = mapped_column(default=0, server_default="0")
    position: Mapped[int]
    state: Mapped[str] = mapped_column(String(8))
    lease_id: Mapped[str | None] = mapped_column(String(32), unique=True)
    free_at_s: Mapped[float | None]
    agent_id: Mapped[str | None]
    fingerprint: Mapped[str | None] = mapped_column(String(200))
    expiries: Mapped[int] = mapped_column(default=0, server_default="0")


class JobOperationRow(Row):
    """One operation of a job."""

    __tablename__ = "job_operations"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int]
    document: Mapped[dict[str, Any]]
