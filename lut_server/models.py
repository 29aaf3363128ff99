"""
The rows of the store.

Values that only travel (devices, operations, samples) are JSON documents, written and read by
pydantic as on the wire; what is searched, joined or counted is a column.  Times are ISO 8601
texts in UTC of one length, except ends of leases, which are compared: seconds since 1970.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA_VERSION = 1
"""Raised when the rows change; history: 1 (2026-11) the first."""


class Row(DeclarativeBase):
    """Base of all rows."""

    type_annotation_map = {dict[str, Any]: JSON, str: Text, float: Float, int: Integer}  # noqa: RUF012


class SchemaRow(Row):
    """The version of the schema, in its one row."""

    __tablename__ = "schema_version"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class DeviceRow(Row):
    """A registered device."""

    __tablename__ = "devices"

    fingerprint: Mapped[str] = mapped_column(String(200), primary_key=True)
    model: Mapped[str] = mapped_column(index=True)
    document: Mapped[dict[str, Any]]
    agent_version: Mapped[str]
    last_seen: Mapped[str]


class EnvironmentRow(Row):
    """An environment a device offers."""

    __tablename__ = "environments"

    fingerprint: Mapped[str] = mapped_column(ForeignKey("devices.fingerprint"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(12), primary_key=True)
    position: Mapped[int]
    document: Mapped[dict[str, Any]]


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


class TableRow(Row):
    """A lookup table: a device model in an environment; ``changes`` counts what arrived."""

    __tablename__ = "tables"

    name: Mapped[str] = mapped_column(String(300), primary_key=True)
    device_model: Mapped[str]
    environment: Mapped[dict[str, Any]]
    simulated: Mapped[bool]
    emulated: Mapped[bool]
    changes: Mapped[int]


class SessionRow(Row):
    """One run of an agent's measuring loop; ``document`` holds all but its measurements."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    table_name: Mapped[str] = mapped_column(ForeignKey("tables.name"), index=True)
    fingerprint: Mapped[str] = mapped_column(ForeignKey("devices.fingerprint"))
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id"), index=True)
    received_at: Mapped[str]
    document: Mapped[dict[str, Any]]


class MeasurementRow(Row):
    """One operation measured in one session, with its raw samples; written once."""

    __tablename__ = "measurements"
    __table_args__ = (Index("measurements_of_a_session", "session_id", "position"),)

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"))
    position: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64), index=True)
    document: Mapped[dict[str, Any]]


class GapRow(Row):
    """One operation a session could not measure, and why."""

    __tablename__ = "gaps"

    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    document: Mapped[dict[str, Any]]


class CertificateRow(Row):
    """A certificate of a table; older ones stay."""

    __tablename__ = "certificates"

    id: Mapped[int] = mapped_column(primary_key=True)
    table_name: Mapped[str] = mapped_column(ForeignKey("tables.name"), index=True)
    document: Mapped[dict[str, Any]]
