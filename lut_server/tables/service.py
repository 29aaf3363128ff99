"""Rules about tables, queries by key and certificates."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from lut_server.clock import Clock
from lut_server.documents import from_document, to_document
from lut_server.models import TableRow
from lut_server.tables.repository import TableRepository
from lut_server.tables.shelf import ShelvedTable, TableShelf
from lut_server.wire import EntriesAnswer, EntriesRequest, TableView
from profiler.device import Device, Environment, table_name
from profiler.errors import CertificateUnknown
from profiler.estimation import Certificate, certify


class TableService:
    """What can be done with tables."""

    def __init__(self, session: Session, shelf: TableShelf, clock: Clock) -> None:
        self._session = session
        self._tables = TableRepository(session)
        self._shelf = shelf
        self._clock = clock

    def all(self) -> tuple[TableView, ...]:
        """Return one line for each table."""
        return tuple(self._view(row) for row in self._tables.all())

    def get(self, name: str) -> ShelvedTable:
        """Return a whole table, or raise ``TableUnknown``."""
        return self._shelf.current(self._session, name)

    def trusted_keys(self, name: str) -> Collection[str]:
        """Return the keys a table holds and does not suspect; none where there is no table yet."""
        if not self._tables.changes(name):
            return frozenset()
        entries = self.get(name).table.entries
        return frozenset(entry.key for entry in entries if entry.value_kind != "suspect")

    def entries(self, name: str, request: EntriesRequest) -> EntriesAnswer:
        """Return the entries of some keys and name those that are missing."""
        table = self.get(name).table
        keys = dict.fromkeys(request.keys)
        return EntriesAnswer(
            version=table.version,
            entries=tuple(table.by_key[key] for key in keys if key in table.by_key),
            missing=tuple(key for key in keys if key not in table.by_key),
        )

    def certify(self, name: str) -> Certificate:
        """
        Judge a table by the networks measured whole, and keep the result.

        Raises:
            HnaError: too few networks.
            EntryMissing: a network contains an operation without a row.
        """
        certificate = certify(self.get(name).table, now=self._clock())
        self._tables.add_certificate(name, to_document(certificate))
        return certificate

    def certificate(self, name: str) -> Certificate:
        """Return the newest certificate, or raise ``TableUnknown`` or ``CertificateUnknown``."""
        self.get(name)
        document = self._tables.certificate(name)
        if document is None:
            raise CertificateUnknown(
                f"table {name} was never certified; measure random networks and "
                f"POST /v1/tables/{name}/certificate"
            )
        return from_document(Certificate, document)

    def ensure(self, device: Device, environment: Environment) -> str:
        """Return the name of a device's table, made on first use."""
        name = table_name(device.model, environment)
        if self._tables.changes(name) is None:
            row = TableRow(
                name=name,
                device_model=device.model,
                environment=to_document(environment),
                simulated=device.simulated,
                emulated=device.emulated,
                changes=0,
            )
            self._tables.add(row)
        return name

    def changed(self, name: str) -> None:
        """Say that a table has new measurements."""
        self._tables.count_change(name)

    def _view(self, row: TableRow) -> TableView:
        table = self.get(row.name).table
        document = self._tables.certificate(row.name)
        return TableView(
            name=row.name,
            device_model=row.device_model,
            environment=table.environment,
            entries=len(table.entries),
            version=table.version,
            simulated=row.simulated,
            emulated=row.emulated,
            certificate=None if document is None else from_document(Certificate, document),
        )
