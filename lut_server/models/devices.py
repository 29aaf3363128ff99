"""Devices, what they offer, and their health checks."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lut_server.models.row import Row


class DeviceRow(Row):
    """
    A registered device.

    ``baseline_since``: health checks before that moment are not compared with any more.
    ``target_error``: relative half-width of an interval that its agent says is good enough.
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
    target_error: Mapped[float | None]


class EnvironmentRow(Row):
    """An environment a device offers."""

    __tablename__ = "environments"

    fingerprint: Mapped[str] = mapped_column(ForeignKey("devices.fingerprint"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(12), primary_key=True)
    position: Mapped[int]
    document: Mapped[dict[str, Any]]


class DeviceLabelRow(Row):
    """A label of a device; ``given_by`` its agent or a person, who each replace their own only."""

    __tablename__ = "device_labels"

    fingerprint: Mapped[str] = mapped_column(ForeignKey("devices.fingerprint"), primary_key=True)
    label: Mapped[str] = mapped_column(String(63), primary_key=True, index=True)
    given_by: Mapped[str] = mapped_column(String(6), primary_key=True)


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
