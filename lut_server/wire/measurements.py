"""Reports, and numbers followed to their samples."""

from __future__ import annotations

from lut_server.wire.message import Message
from profiler.measurement import Session


class Report(Message):
    """
    What an agent measured: ``POST /v1/reports``; idempotent by the session's id.

    A report without a lease (``job_id`` None) is welcome: measurements made offline, or after
    the lease was lost.  Nothing that was measured is lost.
    """

    job_id: str | None = None
    lease_id: str | None = None
    session: Session


class ReportReceipt(Message):
    """
    What the server made of a report.

    Of what was ``stored``, ``ignored`` came when somebody else had measured it for the same job:
    it is kept, and no table rests on it.
    """

    session_id: str
    stored: int
    duplicates: int
    ignored: int = 0


class MeasurementView(Message):
    """
    A number followed to its samples: ``GET /v1/measurements/{id}``.

    ``session`` is the one it was made in, reduced to this one measurement.
    """

    table: str
    received_at: str
    job_id: str | None
    session: Session
