"""
The tables as they are handed out: computed from measurements once for each change, written once.

A table's row counts its changes.  As long as the count stands, what is on the shelf is current,
also when another process wrote the measurements.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from threading import Lock

from sqlalchemy.orm import Session

from lut_server.documents import adapter, from_document
from lut_server.tables.repository import TableRepository
from profiler.device import Environment
from profiler.errors import TableUnknown
from profiler.measurement import Measurement
from profiler.table import Table
from profiler.tabulate import tabulate


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelvedTable:
    """
    A table, ready to be sent.

    Args:
        changes: the change counter it was computed at.
        table: the value.
        body: the value as JSON.
        body_gzip: the same, compressed.
    """

    changes: int
    table: Table
    body: bytes
    body_gzip: bytes

    @property
    def etag(self) -> str:
        """The strong entity tag of ``body``."""
        return f'"{self.table.version}"'

    @property
    def etag_gzip(self) -> str:
        """The strong entity tag of ``body_gzip``: other bytes, another tag (RFC 9110, 8.8.3.3)."""
        return f'"{self.table.version}-gzip"'


class TableShelf:
    """Keeps the current state of every table that was asked for."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[str, ShelvedTable] = {}

    def current(self, session: Session, name: str) -> ShelvedTable:
        """
        Return a table as its measurements now are.

        Raises:
            TableUnknown: nothing was measured under that name.
        """
        changes = TableRepository(session).changes(name)
        if not changes:
            raise TableUnknown(
                f"there is no table {name!r}; GET /v1/tables lists them, and a campaign's table "
                "appears with its first report"
            )
        with self._lock:
            kept = self._kept.get(name)
            if kept is None or kept.changes != changes:
                kept = self._kept[name] = _shelve(session, name, changes)
            return kept


def _shelve(session: Session, name: str, changes: int) -> ShelvedTable:
    tables = TableRepository(session)
    row = tables.find(name)
    assert row is not None  # its counter was just read in this transaction
    sessions = [
        [from_document(Measurement, document) for document in documents]
        for documents in tables.sessions(name)
    ]
    table = Table(
        device_model=row.device_model,
        environment=from_document(Environment, row.environment),
        entries=tabulate(sessions),
        simulated=row.simulated,
        emulated=row.emulated,
    )
    body = adapter(Table).dump_json(table)
    return ShelvedTable(
        changes=changes, table=table, body=body, body_gzip=gzip.compress(body, 6, mtime=0)
    )
