"""
Tables made from what the store holds: measurements, and where there are none, given entries.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from lut_server.documents import adapter, from_document
from lut_server.tables.given import GivenEntries
from lut_server.tables.repository import TableRepository
from profiler.device import Environment
from profiler.errors import TableUnknown
from profiler.measurement import Measurement
from profiler.table import Table, ValueKind
from profiler.tabulate import tabulate

ALWAYS: tuple[ValueKind, ...] = ("imported",)
"""Which given entries are part of a table unasked."""


def unknown_table(name: str) -> TableUnknown:
    """Return the error that nothing is known of a table."""
    return TableUnknown(
        f"there is no table {name!r}; GET /v1/tables lists them, and a campaign's table "
        "appears with its first report"
    )


def made_table(session: Session, name: str, allowed: Collection[ValueKind] = ()) -> Table:
    """
    Return a table as this transaction sees it.

    Args:
        session: the transaction.
        name: of a table.
        allowed: value kinds that may fill gaps, beside imports.

    Raises:
        TableUnknown: there is none of that name.
    """
    tables = TableRepository(session)
    row = tables.find(name)
    if row is None:
        raise unknown_table(name)
    read = adapter(Measurement).validate_json
    measured = tabulate([read(text) for text in texts] for texts in tables.sessions(name))
    keys = {entry.key for entry in measured}
    given = GivenEntries(session).of(name, (*ALWAYS, *allowed))
    return Table(
        device_model=row.device_model,
        environment=from_document(Environment, row.environment),
        entries=(*measured, *(entry for entry in given if entry.key not in keys)),
        simulated=row.simulated,
        emulated=row.emulated,
    )
