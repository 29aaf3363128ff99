"""Campaigns, their jobs, and who holds them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lut_server.models.row import Row


class CampaignRow(Row):
    """These operations on that device."""

    __tablename__ = "campaigns"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str]
    fingerprint: Mapped[str] = mapped_column(ForeignKey("devices.fingerprint"), index=True)
    environment_digest: Mapped[str] = mapped_column(String(12))
    environment: Mapped[dict[str, Any]]
    table_name: Mapped[str]
    created_at: Mapped[str]
    requested: Mapped[int]
    already_measured: Mapped[int]


class JobRow(Row):
    """A batch of a campaign's operations, and who holds it."""

    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), index=True)
    position: Mapped[int]
    state: Mapped[str] = mapped_column(String(8), index=True)
    lease_id: Mapped[str | None] = mapped_column(String(32), unique=True)
    lease_until_s: Mapped[float | None]
    agent_id: Mapped[str | None]


class JobOperationRow(Row):
    """One operation of a job."""

    __tablename__ = "job_operations"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int]
    document: Mapped[dict[str, Any]]
