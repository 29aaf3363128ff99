"""
Tables as they are handed out: whole, by key, listed.

Each method opens the transactions it needs, one after the other, since a version is kept in the
store before anybody is told of it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from lut_server.database import Database
from lut_server.documents import adapter, from_document
from lut_server.models import TableRow
from lut_server.predictors.service import Predictors
from lut_server.tables.making import unknown_table
from lut_server.tables.repository import TableRepository
from lut_server.tables.shelf import TableShelf
from lut_server.tables.shelved import ShelvedTable
from lut_server.tables.versions import VersionRepository
from lut_server.wire import EntriesRequest, TableFilter, TableVersionView, TableView
from profiler.certificates import Certificate
from profiler.device import Environment
from profiler.operations import Operation, operation_key
from profiler.table import Entry, Table, ValueKind


class TableReader:
    """
    What can be asked about tables; to be used outside of transactions.

    Args:
        database: where they are.
        shelf: keeps them.
        predictors: predict what they lack, for whoever allows it.
    """

    def __init__(self, database: Database, shelf: TableShelf, predictors: Predictors) -> None:
        self._database = database
        self._shelf = shelf
        self._predictors = predictors

    def get(self, name: str, allowed: Collection[ValueKind] = ()) -> ShelvedTable:
        """
        Return a whole table, or raise ``TableUnknown``.

        Where predictions are allowed, they are of all that campaigns asked for.
        """
        if "predicted" not in allowed:
            return self._shelf.current(name, allowed)

        def fill(table: Table) -> tuple[Entry, ...]:
            return self._predictors.foresee(name, table.missing(self._predictors.asked(name)))

        return self._shelf.current(name, allowed, fill)

    def with_operations(
        self, name: str, allowed: Collection[ValueKind], operations: Sequence[Operation]
    ) -> Table:
        """Return a table that has rows of *operations*, too, as far as *allowed* lets it."""
        table = self.get(name, allowed).table
        if "predicted" not in allowed:
            return table
        foreseen = self._predictors.foresee(name, table.missing(operations))
        return replace(table, entries=(*table.entries, *foreseen)) if foreseen else table

    def version(self, name: str, version: str) -> ShelvedTable:
        """Return a table as it once was, or raise ``TableUnknown`` or ``TableVersionUnknown``."""
        return self._shelf.version(name, version)

    def versions(self, name: str) -> tuple[TableVersionView, ...]:
        """Return the versions that were handed out, the newest first, or ``TableUnknown``."""
        with self._database.reading() as session:
            if not TableRepository(session).changes(name):
                raise unknown_table(name)
            return VersionRepository(session).of(name)

    def all(self, wanted: TableFilter) -> tuple[TableView, ...]:
        """Return one line for each table that is wanted; none is computed that was before."""
        with self._database.reading() as session:
            tables = TableRepository(session)
            rows = [row for row in tables.all() if _is_wanted(row, wanted)]
            certificates = tables.newest_certificates()
            current = VersionRepository(session).all_current()
            session.expunge_all()  # the rows are looked at after the transaction
        return tuple(
            _view(row, *(current.get(row.name) or self._now(row.name)), certificates.get(row.name))
            for row in rows
        )

    def entries_json(
        self, name: str, request: EntriesRequest, allowed: Collection[ValueKind] = ()
    ) -> bytes:
        """Return the entries of what is asked for, and name what is missing, as JSON."""
        shelved = self.get(name, allowed)
        known = shelved.entries_json
        asked = dict.fromkeys((*request.keys, *map(operation_key, request.operations)))
        if "predicted" in allowed:
            lacking = shelved.table.missing(request.operations)
            write = adapter(Entry).dump_json
            known = known | {e.key: write(e) for e in self._predictors.foresee(name, lacking)}
        found = b",".join(known[key] for key in asked if key in known)
        missing = json.dumps([key for key in asked if key not in known]).encode()
        version = json.dumps(shelved.version).encode()
        return b'{"version":%b,"entries":[%b],"missing":%b}' % (version, found, missing)

    def _now(self, name: str) -> tuple[str, int]:
        shelved = self.get(name)
        return shelved.version, shelved.entries


def _is_wanted(row: TableRow, wanted: TableFilter) -> bool:
    environment = from_document(Environment, row.environment)
    return wanted.lets_pass(row.device_model, environment)


def _view(
    row: TableRow, version: str, entries: int, certificate: dict[str, Any] | None
) -> TableView:
    return TableView(
        name=row.name,
        device_model=row.device_model,
        environment=from_document(Environment, row.environment),
        entries=entries,
        version=version,
        simulated=row.simulated,
        emulated=row.emulated,
        certificate=None if certificate is None else from_document(Certificate, certificate),
    )
