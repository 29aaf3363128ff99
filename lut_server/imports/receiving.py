"""
Rules about bundles that arrive: what is here already is not stored again, devices are marked.

A device that only came with a bundle is not here: it is registered as ``retired``, so that nobody
gives it work, with the bundle as the reason.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from lut_server.clock import Clock, iso
from lut_server.devices.repository import DeviceRepository
from lut_server.devices.service import DeviceService
from lut_server.documents import to_document
from lut_server.imports.bundle import Bundle
from lut_server.imports.judging import Judged
from lut_server.imports.service import ImportService
from lut_server.measurements.service import MeasurementService
from lut_server.tables.given import GIVEN_KINDS, GivenEntries
from lut_server.tables.repository import TableRepository
from lut_server.wire import BundleReceipt, Registration, Report, ReportReceipt
from profiler.device import table_name
from profiler.errors import BundleInvalid
from profiler.formats import About, as_imported
from profiler.measurement import Session
from profiler.operations import operation_key
from profiler.table import Table


class BundleService:
    """What can be done with bundles that arrive."""

    def __init__(
        self,
        imports: ImportService,
        measurements: MeasurementService,
        devices: DeviceService,
        rows: tuple[DeviceRepository, TableRepository, GivenEntries],
        clock: Clock,
    ) -> None:
        self._imports = imports
        self._measurements = measurements
        self._devices = devices
        self._device_rows, self._tables, self._given = rows
        self._clock = clock

    def receive(self, bundle: Bundle, source: str, sha256: str) -> BundleReceipt:
        """
        Store what is new in a bundle.

        Raises:
            BundleInvalid: its sessions are of another table.
            TableMismatch: the table here is of made-up numbers and the bundle's is not, or so.
            DeviceConflict: a fingerprint belongs to another device here.
        """
        self._imports.ensure(bundle.table)
        stored = duplicates = 0
        for session in bundle.sessions or ():
            receipt = self._report(session, bundle, source)
            stored, duplicates = stored + receipt.stored, duplicates + receipt.duplicates
        signed = f"{source}, signed by {bundle.signed_by[:16]}" if bundle.signed_by else source
        return BundleReceipt(
            table=bundle.table.name,
            stored=stored,
            duplicates=duplicates,
            given=self._give(bundle, signed, sha256),
            certificates=self._certify(bundle),
            signed_by=bundle.signed_by,
        )

    def _report(self, session: Session, bundle: Bundle, source: str) -> ReportReceipt:
        if table_name(session.device.model, session.environment) != bundle.table.name:
            raise BundleInvalid(
                f"{source}: session {session.id} is not of table {bundle.table.name}"
            )
        if self._device_rows.find(session.device.fingerprint) is None:
            self._retire_newcomer(session, source)
        return self._measurements.receive(Report(session=session))

    def _retire_newcomer(self, session: Session, source: str) -> None:
        self._devices.register(
            Registration(
                device=session.device, environments=(session.environment,), agent_version="bundle"
            )
        )
        row = self._device_rows.find(session.device.fingerprint)
        if row is not None:
            row.health, row.health_since = "retired", iso(self._clock())
            row.health_reason = f"it is elsewhere: its measurements came in {source:.200}"

    def _give(self, bundle: Bundle, source: str, sha256: str) -> int:
        """Give the table the entries that do not follow from the bundle's own samples."""
        id = hashlib.sha256(f"bundle {bundle.table.name} {sha256}".encode()).hexdigest()[:32]
        if self._imports.is_known(id):
            return 0
        about = About(source=source, sha256=sha256)
        table = as_imported(_without_samples(bundle), "bundle", about)
        self._imports.record(
            Judged(
                id=id,
                table=table,
                format="bundle",
                source=source,
                sha256=sha256,
                dropped=(),
                findings=(),
            )
        )
        return self._given.add(table.name, table.entries, id)

    def _certify(self, bundle: Bundle) -> int:
        """Keep the bundle's certificate where the table has none; ours is of our numbers."""
        name = bundle.table.name
        if not bundle.certificates or self._tables.certificate(name) is not None:
            return 0
        for certificate in bundle.certificates:
            self._tables.add_certificate(name, to_document(certificate))
        return len(bundle.certificates)


def _without_samples(bundle: Bundle) -> Table:
    """Return the table with those entries only that the bundle has no samples of."""
    sessions = bundle.sessions or ()
    sampled = {operation_key(m.operation) for session in sessions for m in session.measurements}
    entries = (
        entry
        for entry in bundle.table.entries
        if entry.value_kind in GIVEN_KINDS or entry.key not in sampled
    )
    return replace(bundle.table, entries=tuple(entries))
