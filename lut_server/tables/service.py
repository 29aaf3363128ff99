"""Rules about tables in a transaction: what measuring, planning and certifying do with them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from lut_server.clock import Clock
from lut_server.documents import from_document, to_document
from lut_server.models import TableRow
from lut_server.tables.making import unknown_table
from lut_server.tables.repository import TableRepository
from lut_server.tables.shelf import TableShelf
from profiler.certificates import Certificate, certify
from profiler.device import Device, Environment, table_name
from profiler.errors import CertificateUnknown


class TableService:
    """What a transaction does with tables; what is handed out is ``TableReader``'s."""

    def __init__(self, session: Session, shelf: TableShelf, clock: Clock) -> None:
        self._session = session
        self._tables = TableRepository(session)
        self._shelf = shelf
        self._clock = clock

    def require(self, name: str) -> None:
        """Raise ``TableUnknown`` unless there is a table of that name."""
        if not self._tables.changes(name):
            raise unknown_table(name)

    def trusted_keys(self, name: str) -> Collection[str]:
        """Return the keys measured and not suspected; none where there is no table yet."""
        if not self._tables.changes(name):
            return frozenset()
        entries = self._shelf.peek(self._session, name).entries
        return frozenset(entry.key for entry in entries if entry.value_kind == "measured")

    def certify(self, name: str) -> Certificate:
        """
        Judge a table by the networks measured whole; keep the result, and the version judged.

        Raises:
            TableUnknown: there is none of that name.
            HnaError: too few networks.
            EntryMissing: a network contains an operation without a row.
        """
        self.require(name)
        certificate = certify(
            self._shelf.settle(self._session, name),
            now=self._clock(),
            software=self._tables.software(name),
        )
        self._tables.add_certificate(name, to_document(certificate))
        return certificate

    def certificate(self, name: str) -> Certificate:
        """Return the newest certificate, or raise ``TableUnknown`` or ``CertificateUnknown``."""
        self.require(name)
        document = self._tables.certificate(name)
        if document is None:
            raise CertificateUnknown(
                f"table {name} was never certified; measure random networks, then: "
                f"hna table certify {name}, or POST /v1/tables/{name}/certificate"
            )
        return from_document(Certificate, document)

    def doubts(self, name: str) -> tuple[str, ...]:
        """Return why a table should not be trusted with its certificate; raises as that does."""
        certificate = self.certificate(name)
        table = self._shelf.peek(self._session, name)
        newer = self._tables.software(name, certificate.created_at)
        return certificate.doubts(table, self._clock(), newer)

    def ensure(self, device: Device, environment: Environment) -> str:
        """Return the name of a device's table, made on first use."""
        return self.ensure_model(
            device.model, environment, simulated=device.simulated, emulated=device.emulated
        )

    def ensure_model(
        self, device_model: str, environment: Environment, *, simulated: bool, emulated: bool
    ) -> str:
        """Return the name of a device model's table, made on first use."""
        name = table_name(device_model, environment)
        if self._tables.changes(name) is None:
            row = TableRow(
                name=name,
                device_model=device_model,
                environment=to_document(environment),
                simulated=simulated,
                emulated=emulated,
                changes=0,
            )
            self._tables.add(row)
        return name

    def expect(self, name: str) -> None:
        """Say that something else is wanted of a table, or cannot be: predictions change."""
        if self._tables.changes(name):
            self._tables.count_change(name)

    def changed(self, name: str) -> None:
        """Say that a table has new measurements."""
        self._tables.count_change(name)
