"""Sessions, measurements and gaps: written once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, String, true
from sqlalchemy.orm import Mapped, mapped_column

from lut_server.models.row import Row


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
    row is of version 1, which did not.  ``counted`` is whether its table rests on it: what came for
    a job when others had measured it meanwhile is kept and not counted.  ``thinned_at`` is when its
    samples were let go (``lut_server.retention``), the only change there ever is.
    """

    __tablename__ = "measurements"
    __table_args__ = (Index("measurements_of_a_session", "session_id", "position"),)

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"))
    position: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64), index=True)
    good_rounds: Mapped[int | None]
    counted: Mapped[bool] = mapped_column(default=True, server_default=true())
    thinned_at: Mapped[str | None]
    document: Mapped[dict[str, Any]]


class GapRow(Row):
    """One operation a session could not measure, and why."""

    __tablename__ = "gaps"

    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    document: Mapped[dict[str, Any]]
