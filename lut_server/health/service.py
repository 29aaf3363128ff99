"""
Rules about health.

A pass of the sentinels moves a device between good and suspect.  What a person said of it (in
maintenance, retired, bad) only a person takes back; passes are then kept and change nothing.  A
person who calls a device good also says that what it is now is what it should be: later passes
are compared with passes after that moment.
"""

from __future__ import annotations

from typing import cast

from lut_server.clock import Clock, iso
from lut_server.devices.repository import DeviceRepository
from lut_server.health.repository import HealthRepository
from lut_server.measurements.service import MeasurementService
from lut_server.models import DeviceRow, HealthCheckRow
from lut_server.wire import (
    Health,
    HealthChange,
    HealthCheck,
    HealthReceipt,
    HealthReport,
    HealthView,
)
from profiler.device import environment_digest
from profiler.errors import DeviceUnknown, ReportConflict
from profiler.health import WINDOW, HealthVerdict, Verdict, judge, sentinel_latencies
from profiler.measurement import Session

BY_CHECKS: tuple[Health, ...] = ("unknown", "good", "suspect")
"""Healths that a pass of the sentinels may change."""

SHOWN = 100
"""How many checks of a device are shown."""


class HealthService:
    """What can be done with health."""

    def __init__(
        self,
        checks: HealthRepository,
        devices: DeviceRepository,
        measurements: MeasurementService,
        clock: Clock,
    ) -> None:
        self._checks = checks
        self._devices = devices
        self._measurements = measurements
        self._clock = clock

    def report(self, fingerprint: str, report: HealthReport) -> HealthReceipt:
        """
        Keep a pass of the sentinels, judge it, and let the device's health follow.

        Raises:
            DeviceUnregistered: the device is unknown here.
            DeviceConflict: its fingerprint belongs to another device.
            ReportConflict: the pass is another device's, or was reported for a table.
        """
        session = report.session
        if session.device.fingerprint != fingerprint:
            raise ReportConflict(
                f"session {session.id} was measured on {session.device.fingerprint}, not on "
                f"{fingerprint}; report it there"
            )
        check = self._checks.find(session.id)
        if check is None:
            self._measurements.receive_check(session)
            check = self._judged(session, self._row(fingerprint))
        device = self._row(check.fingerprint)
        return HealthReceipt(
            check=self._check(check),
            health=cast(Health, device.health),
            health_reason=device.health_reason,
        )

    def change(self, fingerprint: str, change: HealthChange) -> HealthView:
        """Set a device's health as a person says, or raise ``DeviceUnknown``."""
        device = self._row(fingerprint)
        self._set(device, change.health, change.reason)
        if change.health == "good":
            device.baseline_since = iso(self._clock())
        return self.get(fingerprint)

    def get(self, fingerprint: str) -> HealthView:
        """Return a device's health and its latest checks, or raise ``DeviceUnknown``."""
        device = self._row(fingerprint)
        return HealthView(
            fingerprint=fingerprint,
            health=cast(Health, device.health),
            health_reason=device.health_reason,
            health_since=device.health_since or None,
            checks=tuple(self._check(row) for row in self._checks.latest(fingerprint, SHOWN)),
        )

    def _judged(self, session: Session, device: DeviceRow) -> HealthCheckRow:
        digest, latencies = environment_digest(session.environment), sentinel_latencies(session)
        earlier = self._checks.compared_with(
            device.fingerprint, digest, device.baseline_since, WINDOW
        )
        verdict = judge(earlier, latencies)
        row = HealthCheckRow(
            session_id=session.id,
            fingerprint=device.fingerprint,
            environment_digest=digest,
            at=iso(self._clock()),
            latencies_us=latencies,
            verdict=verdict.health,
            reason=verdict.reason,
        )
        self._checks.add(row)
        self._follow(device, verdict)
        return row

    def _follow(self, device: DeviceRow, verdict: Verdict) -> None:
        """Let a device's health be what a pass says, if it says anything and a person did not."""
        says_nothing = verdict.health == "unknown" and device.health != "unknown"
        if device.health in BY_CHECKS and not says_nothing:
            self._set(device, verdict.health, verdict.reason)

    def _set(self, device: DeviceRow, health: str, reason: str) -> None:
        if device.health != health:
            device.health_since = iso(self._clock())
        device.health, device.health_reason = health, reason

    def _row(self, fingerprint: str) -> DeviceRow:
        row = self._devices.find(fingerprint)
        if row is None:
            raise DeviceUnknown(
                f"no device has fingerprint {fingerprint!r}; register it first: start its agent"
            )
        return row

    def _check(self, row: HealthCheckRow) -> HealthCheck:
        return HealthCheck(
            session_id=row.session_id,
            environment_digest=row.environment_digest,
            at=row.at,
            latencies_us=row.latencies_us,
            verdict=cast(HealthVerdict, row.verdict),
            reason=row.reason,
            measurement_ids=self._checks.measurement_ids(row.session_id),
        )
