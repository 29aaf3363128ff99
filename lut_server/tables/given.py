"""
Entries that were not measured here: imported, transferred or predicted.

They are part of a table where no measured row of the same operation is.  Of each value kind an
operation has at most one: the one given last.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from math import inf
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from lut_server.documents import from_document, require_finite, to_document
from lut_server.models import GivenEntryRow
from lut_server.tables.repository import TableRepository
from profiler.errors import HnaError, TableUnknown
from profiler.operations import operation_digest
from profiler.table import INFERRED, Entry, ValueKind

GIVEN_KINDS: tuple[ValueKind, ...] = ("imported", "transferred", "predicted")
"""Which entries can be given, those that count more before those that count less."""

ROWS_PER_STATEMENT = 1_000
"""Databases bound the number of parameters of a statement."""


class GivenEntries:
    """Given entries in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, table_name: str, entries: Sequence[Entry], import_id: str | None) -> int:
        """
        Give a table entries, in place of earlier ones of the same operation and value kind.

        Args:
            table_name: of a table that exists.
            entries: of the kinds in ``GIVEN_KINDS``; of two for one operation the later counts.
            import_id: the import they came with; None where they came with none.

        Returns:
            How many entries the table now holds of these.

        Raises:
            TableUnknown: there is no table of that name.
            HnaError: an entry says it was measured, or holds a number that JSON has no word for.
        """
        if TableRepository(self._session).changes(table_name) is None:
            raise TableUnknown(f"there is no table {table_name!r} that entries could be given to")
        rows = {
            (row["value_kind"], row["digest"]): row
            for row in (_row(table_name, entry, import_id) for entry in entries)
        }
        if rows:
            self._replace(table_name, list(rows.values()))
            TableRepository(self._session).count_change(table_name)
        return len(rows)

    def of(self, table_name: str, kinds: Collection[ValueKind]) -> tuple[Entry, ...]:
        """
        Return the entries given to a table, one for each operation; of two guesses the surer.

        Args:
            table_name: of the table; one without given entries has none.
            kinds: which value kinds may be among them.
        """
        best: dict[str, Any] = {}
        for kind in (kind for kind in GIVEN_KINDS if kind in kinds):
            for digest, document in self._documents(table_name, kind):
                if digest not in best or _is_surer(document, best[digest]):
                    best[digest] = document
        return tuple(from_document(Entry, best[digest]) for digest in sorted(best))

    def kinds(self, table_name: str, kinds: Collection[ValueKind]) -> dict[str, ValueKind]:
        """Return of which kind the entry is that ``of`` returns, by key."""
        return {entry.key: entry.value_kind for entry in self.of(table_name, kinds)}

    def _documents(self, table_name: str, kind: ValueKind) -> Iterator[tuple[str, Any]]:
        query = select(GivenEntryRow.digest, GivenEntryRow.document)
        query = query.where(GivenEntryRow.table_name == table_name)
        for row in self._session.execute(query.where(GivenEntryRow.value_kind == kind)):
            yield row.digest, row.document

    def _replace(self, table_name: str, rows: list[dict[str, Any]]) -> None:
        for kind in {row["value_kind"] for row in rows}:
            digests = [row["digest"] for row in rows if row["value_kind"] == kind]
            for first in range(0, len(digests), ROWS_PER_STATEMENT):
                some = digests[first : first + ROWS_PER_STATEMENT]
                old = delete(GivenEntryRow).where(GivenEntryRow.table_name == table_name)
                old = old.where(GivenEntryRow.value_kind == kind)
                self._session.execute(old.where(GivenEntryRow.digest.in_(some)))
        self._session.execute(insert(GivenEntryRow), rows)


def _is_surer(document: Any, known: Any) -> bool:
    """Return whether the interval of a guess is narrower than that of another guess."""
    return known["value_kind"] in INFERRED and _width(document) < _width(known)


def _width(document: Any) -> float:
    if document["low_us"] is None or document["high_us"] is None or not document["latency_us"]:
        return inf
    return float((document["high_us"] - document["low_us"]) / document["latency_us"])


def _row(table_name: str, entry: Entry, import_id: str | None) -> dict[str, Any]:
    if entry.value_kind not in GIVEN_KINDS:
        raise HnaError(
            f"an entry that was {entry.value_kind} cannot be given ({entry.key}); only entries "
            f"that are {', '.join(GIVEN_KINDS)} can, measurements arrive in reports"
        )
    document = to_document(entry)
    require_finite(document, f"the entry of {entry.key}")
    return {
        "table_name": table_name,
        "digest": operation_digest(entry.operation),
        "value_kind": entry.value_kind,
        "import_id": import_id,
        "document": document,
    }
