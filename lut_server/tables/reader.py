"""
Tables as they are handed out: whole, by key, listed.

Each method opens the transactions it needs, one after the other, since a version is kept in the
store before anybody is told of it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from lut_server.database import Database
from lut_server.documents import from_document
from lut_server.models import TableRow
from lut_server.tables.making import unknown_table
from lut_server.tables.repository import TableRepository
from lut_server.tables.shelf import TableShelf
from lut_server.tables.shelved import ShelvedTable
from lut_server.tables.versions import VersionRepository
from lut_server.wire import TableFilter, TableVersionView, TableView
from profiler.device import Environment
from profiler.estimation import Certificate
from profiler.table import ValueKind


class TableReader:
    """
    What can be asked about tables; to be used outside of transactions.

    Args:
        database: where they are.
        shelf: keeps them.
    """

    def __init__(self, database: Database, shelf: TableShelf) -> None:
        self._database = database
        self._shelf = shelf

    def get(self, name: str, allowed: Collection[ValueKind] = ()) -> ShelvedTable:
        """Return a whole table, or raise ``TableUnknown``."""
        return self._shelf.current(name, allowed)

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
        self, name: str, keys: Sequence[str], allowed: Collection[ValueKind] = ()
    ) -> bytes:
        """Return the entries of some keys, and name those that are missing, as JSON."""
        shelved = self.get(name, allowed)
        known, asked = shelved.entries_json, dict.fromkeys(keys)
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
