"""
The rows of the store.

Values that only travel (devices, operations, samples) are JSON documents, written and read by
pydantic as on the wire; what is searched, joined or counted is a column.  Times are ISO 8601
texts in UTC of one length, except ends of leases, which are compared: seconds since 1970.

Whoever changes a row adds a step to ``lut_server.migrations``; a test compares the two.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Row(DeclarativeBase):
    """Base of all rows."""

    type_annotation_map = {dict[str, Any]: JSON, str: Text, float: Float, int: Integer}  # noqa: RUF012


class DeviceRow(Row):
    """
    A registered device.

    ``baseline_since``: health checks before that moment are not compared with any more.
    """

    __tablename__ = "devices"

    fingerprint: Mapped[str] = mapped_column(String(200), primary_key=True)
    model: Mapped[str] = mapped_column(index=True)
    document: Mapped[dict[str, Any]]
    agent_version: Mapped[str]
    last_seen: Mapped[str]
    health: Mapped[str] = mapped_column(String(16), default="unknown", server_default="unknown")
    health_reason: Mapped[str] = mapped_column(default="", server_default="")
    health_since: Mapped[str] = mapped_column(default="", server_default="")
    baseline_since: Mapped[str] = mapped_column(default="", server_default="")


class HealthCheckRow(Row):
    """One pass of the sentinels on a device in an environment; ``verdict`` is of that moment."""

    __tablename__ = "health_checks"

    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(ForeignKey("devices.fingerprint"), index=True)
    environment_digest: Mapped[str] = mapped_column(String(12))
    at: Mapped[str]
    latencies_us: Mapped[dict[str, Any]]
    verdict: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str]


class TokenRow(Row):
    """A bearer token, of which only the hash is kept."""

    __tablename__ = "tokens"

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str]
    scope: Mapped[str] = mapped_column(String(8))
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[str]
    last_used_at: Mapped[str | None]
    revoked_at: Mapped[str | None]


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
    """
    One operation measured in one session, with its raw samples; written once.

    ``good_rounds`` counts those of its document, so that queries need not read it; None where the
    row is of version 1, which did not.
    """

    __tablename__ = "measurements"
    __table_args__ = (Index("measurements_of_a_session", "session_id", "position"),)

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"))
    position: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64), index=True)
    good_rounds: Mapped[int | None]
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
