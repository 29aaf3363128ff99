"""
Rules about imports: the same file twice is one import, and nothing measured here is replaced.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from lut_server.clock import Clock, iso
from lut_server.devices.service import require_table_part
from lut_server.documents import from_document, to_document
from lut_server.imports.judging import Judged
from lut_server.imports.repository import ImportRepository
from lut_server.models import ImportRow
from lut_server.tables.given import GivenEntries
from lut_server.tables.repository import TableRepository
from lut_server.tables.service import TableService
from lut_server.wire import ImportReceipt, ImportView
from profiler.errors import TableMismatch, TableUnknown
from profiler.lint import Finding
from profiler.table import Table


class ImportService:
    """What can be done with imports."""

    def __init__(self, session: Session, tables: TableService, clock: Clock) -> None:
        self._imports = ImportRepository(session)
        self._rows = TableRepository(session)
        self._given = GivenEntries(session)
        self._tables = tables
        self._clock = clock

    def receive(self, judged: Sequence[Judged]) -> ImportReceipt:
        """
        Give tables the rows of a file; all of them, or after an error none.

        Raises:
            TableMismatch: one is of made-up numbers and its file is not, or the other way round.
        """
        new = [part for part in judged if self._imports.find(part.id) is None]
        for part in new:
            self._add(part)
        rows = [self._imports.find(part.id) for part in judged]
        return ImportReceipt(new=len(new), imports=tuple(_view(row) for row in rows if row))

    def of_table(self, name: str) -> tuple[ImportView, ...]:
        """Return the imports of a table, the newest first, or raise ``TableUnknown``."""
        if self._rows.find(name) is None:
            raise TableUnknown(f"there is no table {name!r}; GET /v1/tables lists them")
        return tuple(_view(row) for row in self._imports.of_table(name))

    def is_known(self, import_id: str) -> bool:
        """Return whether there is an import of that id."""
        return self._imports.find(import_id) is not None

    def record(self, part: Judged) -> None:
        """Note where entries of a table come from."""
        documents = [to_document(finding) for finding in part.findings]
        row = ImportRow(
            id=part.id,
            table_name=part.table.name,
            format=part.format,
            source=part.source,
            sha256=part.sha256,
            created_at=iso(self._clock()),
            rows=len(part.table.entries),
            findings={"findings": documents, "dropped": list(part.dropped)},
        )
        self._imports.add(row)

    def ensure(self, table: Table) -> None:
        """
        Make sure there is a table to give entries to.

        Raises:
            TableMismatch: it is of made-up numbers and *table* is not, or the other way round.
            HnaError: device model or runtime cannot be part of an address.
        """
        require_table_part("device model", table.device_model)
        require_table_part("runtime", table.environment.runtime)
        name = self._tables.ensure_model(
            table.device_model,
            table.environment,
            simulated=table.simulated,
            emulated=table.emulated,
        )
        row = self._rows.find(name)
        if row is not None and (row.simulated, row.emulated) != (table.simulated, table.emulated):
            raise TableMismatch(
                f"table {name} is {_kind(row)} and what is imported {_kind(table)}; give what is "
                "imported another device model"
            )

    def _add(self, part: Judged) -> None:
        self.ensure(part.table)
        self.record(part)
        self._given.add(part.table.name, part.table.entries, part.id)


def _kind(table: Table | object) -> str:
    if getattr(table, "simulated", False):
        return "simulated"
    return "emulated" if getattr(table, "emulated", False) else "of real hardware"


def _view(row: ImportRow) -> ImportView:
    return ImportView(
        id=row.id,
        table=row.table_name,
        format=row.format,
        source=row.source,
        sha256=row.sha256,
        created_at=row.created_at,
        rows=row.rows,
        dropped=tuple(row.findings["dropped"]),
        findings=tuple(from_document(Finding, found) for found in row.findings["findings"]),
    )
