"""
Rules about reports: nothing that was measured is lost, and nothing is counted twice.

A report is welcome from every registered device, whether or not its lease still holds.  A job is
over when each of its operations was measured for it or is a known gap, whoever reported that; it
failed when all of them are gaps.  What others disturbed is measured again first, after a pause.
What comes for a job when somebody else has measured it well is kept and not counted: no table
rests on it (``lut_server.jobs.settling``).
"""

from __future__ import annotations

import json
from dataclasses import replace

from lut_server.clock import Clock, iso
from lut_server.devices.service import DeviceService, require_table_part
from lut_server.documents import from_document, require_finite, to_document
from lut_server.jobs.repository import JobRepository
from lut_server.jobs.settling import settled_at_once, superfluous, unsettled
from lut_server.measurements.repository import MeasurementRepository
from lut_server.models import JobRow, SessionRow
from lut_server.tables.service import TableService
from lut_server.wire import MeasurementView, Report, ReportReceipt
from profiler.device import environment_digest, table_name
from profiler.errors import MeasurementUnknown, ReportConflict
from profiler.measurement import Session
from profiler.operations import operation_digest


class MeasurementService:
    """What can be done with measurements."""

    def __init__(
        self,
        measurements: MeasurementRepository,
        jobs: JobRepository,
        devices: DeviceService,
        tables: TableService,
        clock: Clock,
        suspect_pause_s: float,
    ) -> None:
        self._measurements = measurements
        self._jobs = jobs
        self._devices = devices
        self._tables = tables
        self._clock = clock
        self._suspect_pause_s = suspect_pause_s

    def receive(self, report: Report) -> ReportReceipt:
        """
        Store what is new in a report and end its job if nothing of it is left.

        Raises:
            DeviceUnregistered: the device is unknown here.
            DeviceConflict: its fingerprint belongs to another device.
            ReportConflict: the job or the session is known to be of another device, environment.
        """
        session = report.session
        self._require_known(session)
        job = self._job(report)
        stored, ignored = self._store(session, job)
        table = table_name(session.device.model, session.environment)
        if stored > ignored:
            self._tables.changed(table)
        elif session.gaps:
            self._tables.expect(table)
        if job is not None:
            self._settle(job, report.lease_id)
        duplicates = len(session.measurements) - stored
        return ReportReceipt(
            session_id=session.id, stored=stored, duplicates=duplicates, ignored=ignored
        )

    def receive_check(self, session: Session) -> None:
        """
        Store a pass of the sentinels, which no table rests on.

        Raises:
            DeviceUnregistered: the device is unknown here.
            DeviceConflict: its fingerprint belongs to another device.
            ReportConflict: the session was reported as measurements for a table.
        """
        self._require_known(session)
        if self._measurements.find_session(session.id) is not None:
            raise ReportConflict(
                f"session {session.id} was reported for its table; a health check needs a session "
                "of its own"
            )
        self._store(session, None)

    def get(self, measurement_id: str) -> MeasurementView:
        """Return a measurement with the session it was made in, or ``MeasurementUnknown``."""
        row = self._measurements.find(measurement_id)
        session = None if row is None else self._measurements.find_session(row.session_id)
        if row is None or session is None:
            raise MeasurementUnknown(
                f"no measurement has id {measurement_id!r}; an entry's measurement_ids name those "
                "it rests on"
            )
        return MeasurementView(
            table=session.table_name,
            received_at=session.received_at,
            job_id=session.job_id,
            session=from_document(Session, session.document | {"measurements": [row.document]}),
        )

    def sessions_json(self, table_name: str, device: str | None, newest: int | None) -> bytes:
        """Return sessions of a table as a JSON array; see ``MeasurementRepository.sessions``."""
        return json.dumps(list(self._measurements.sessions(table_name, device, newest))).encode()

    def _require_known(self, session: Session) -> None:
        self._devices.require_same(self._devices.seen(session.device.fingerprint), session.device)
        require_table_part("runtime", session.environment.runtime)

    def _store(self, session: Session, job: JobRow | None) -> tuple[int, int]:
        """Store what is new in a session; return how many, and how many of them do not count."""
        row = self._session_row(session, job)
        self._measurements.add_gaps(row.id, session.gaps)
        needless = set() if job is None else self._superfluous(session, job)
        return self._measurements.add_new(row.id, session.measurements, needless)

    def _superfluous(self, session: Session, job: JobRow) -> set[str]:
        """Return what of a job others have measured well by now, by digest."""
        others = self._jobs.sessions(job.id, but=session.id)
        return superfluous(self._jobs.operations(job.id), others) if others else set()

    def _job(self, report: Report) -> JobRow | None:
        """Return the job reported about; one this server never had is no job of ours."""
        job = self._jobs.find(report.job_id) if report.job_id else None
        if job is None:
            return None
        session = report.session
        digest = self._jobs.target(job).environment_digest
        chosen = self._jobs.is_for(job, session.device.fingerprint)
        if not chosen or digest != environment_digest(session.environment):
            raise ReportConflict(
                f"job {job.id} is for another device or environment than session {session.id} "
                "was measured on; report it without a job"
            )
        return job

    def _session_row(self, session: Session, job: JobRow | None) -> SessionRow:
        table = self._tables.ensure(session.device, session.environment)
        row = self._measurements.find_session(session.id)
        if row is None:
            document = to_document(replace(session, measurements=(), gaps=()))
            require_finite(document, f"session {session.id}")
            row = SessionRow(
                id=session.id,
                table_name=table,
                fingerprint=session.device.fingerprint,
                job_id=None if job is None else job.id,
                received_at=iso(self._clock()),
                document=document,
            )
            self._measurements.add_session(row)
        elif (row.table_name, row.fingerprint) != (table, session.device.fingerprint):
            raise ReportConflict(
                f"session {session.id} was already reported by {row.fingerprint} for table "
                f"{row.table_name}; a new session needs a new id"
            )
        elif row.job_id is None and job is not None:
            row.job_id = job.id
        return row

    def _settle(self, job: JobRow, lease_id: str | None) -> None:
        """End a job, or queue for later what of it others disturbed, once all of it was tried."""
        now_s, sessions = self._clock().timestamp(), self._jobs.sessions(job.id)
        if settled_at_once(self._jobs.digests(job.id), sessions):
            self._jobs.settle(job, "done", now_s)
            return
        operations = self._jobs.operations(job.id)
        measured = {digest for session in sessions for digest in session}
        open_digests = unsettled(operations, sessions, self._jobs.gaps(job.id))
        if not open_digests:
            asked = {operation_digest(operation) for operation in operations}
            self._jobs.settle(job, "done" if asked & measured else "failed", now_s)
        elif open_digests <= measured:
            self._jobs.postpone(job.id, lease_id, now_s, now_s + self._suspect_pause_s)
