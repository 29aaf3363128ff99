"""Rules about alerts: derived from the health checks whenever they are asked for, never stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from lut_server.documents import from_document
from lut_server.models import DeviceRow, HealthCheckRow
from lut_server.wire import Alert
from profiler.device import Device
from profiler.drift import Drift, drifts

Passes = dict[tuple[str, str], list[HealthCheckRow]]


class AlertService:
    """What can be asked about alerts, in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def all(self) -> tuple[Alert, ...]:
        """Return what is the matter with devices that are not retired, by device."""
        query = select(DeviceRow).where(DeviceRow.health != "retired")
        devices = self._session.scalars(query.order_by(DeviceRow.model, DeviceRow.fingerprint))
        passes = self._passes()
        return tuple(alert for row in devices for alert in _alerts(row, passes))

    def _passes(self) -> Passes:
        query = (
            select(HealthCheckRow)
            .join(DeviceRow, DeviceRow.fingerprint == HealthCheckRow.fingerprint)
            .where(HealthCheckRow.at > DeviceRow.baseline_since, DeviceRow.health != "retired")
            .order_by(HealthCheckRow.at, HealthCheckRow.session_id)
        )
        found: Passes = defaultdict(list)
        for row in self._session.scalars(query):
            found[row.fingerprint, row.environment_digest].append(row)
        return found


def _alerts(row: DeviceRow, passes: Passes) -> Iterator[Alert]:
    name = from_document(Device, row.document).name
    if row.health == "suspect":
        yield Alert(
            kind="moved",
            fingerprint=row.fingerprint,
            device=name,
            since=row.health_since or None,
            message=f"{name} gets no work: {row.health_reason}",
        )
    for (fingerprint, digest), of_device in passes.items():
        if fingerprint == row.fingerprint:
            yield from _drifted(row, name, digest, of_device)


def _drifted(
    row: DeviceRow, name: str, digest: str, passes: Sequence[HealthCheckRow]
) -> Iterator[Alert]:
    for drift in drifts([each.latencies_us for each in passes]):
        if drift.drifted:
            yield Alert(
                kind="drift",
                fingerprint=row.fingerprint,
                device=name,
                environment_digest=digest,
                since=passes[0].at,
                sentinel=drift.sentinel,
                ratio=drift.ratio,
                low=drift.low,
                high=drift.high,
                message=_message(name, drift, passes[0].at),
            )


def _message(name: str, drift: Drift, since: str) -> str:
    return (
        f"{name}: sentinel {drift.sentinel} costs {drift.ratio:.2f} times what it did at "
        f"{since[:10]} [{drift.low:.2f} - {drift.high:.2f}]; its tables age: measure them again, "
        "or call it good as it now is with hna devices clear"
    )
