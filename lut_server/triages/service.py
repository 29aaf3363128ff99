"""Rules about triage: what is left is transferred only once nothing is to be measured any more."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from lut_server.deps import Server
from lut_server.tables.given import GivenEntries
from lut_server.tables.reader import TableReader
from lut_server.tables.service import TableService
from lut_server.triages.repository import gap_digests
from lut_server.wire import TransferReceipt, TriageRequest
from profiler.device import table_name
from profiler.errors import TableUnknown, TriageUnfinished
from profiler.operations import operation_digest
from profiler.table import Table
from profiler.triage import Triage, transferred, triage

Note = Callable[[Session], None]
"""Notes in a transaction who did what."""


class TriageService:
    """
    What can be done about an upgrade; to be used outside of transactions.

    Args:
        tables: hands out tables.
        running: what lives as long as the app.
        note: called in the transaction that changes something.
    """

    def __init__(self, tables: TableReader, running: Server, note: Note) -> None:
        self._tables = tables
        self._running = running
        self._note = note

    def triage(self, name: str, request: TriageRequest) -> Triage:
        """
        Say what of a table to measure next in another environment.

        Raises:
            TableUnknown: there is no table of that name.
            TableMismatch: it is of the environment that is asked about.
        """
        before = self._tables.get(name).table
        return self._found(before, self._after(before, request), request)

    def transfer(self, name: str, request: TriageRequest) -> TransferReceipt:
        """
        Give the new table the rows that need not be measured, marked as transferred.

        Raises:
            TriageUnfinished: something is still to be measured.
        """
        before = self._tables.get(name).table
        after = self._after(before, request)
        found = self._found(before, after, request)
        if found.next:
            raise TriageUnfinished(
                f"{len(found.next)} operations of {name} are still to be measured on "
                f"{after.name}; POST /v1/tables/{name}/triage lists them"
            )
        entries = transferred(before, found.left)
        with self._running.database.writing() as session:
            TableService(session, self._running.shelf, self._running.clock).ensure_model(
                before.device_model,
                request.after,
                simulated=before.simulated,
                emulated=before.emulated,
            )
            GivenEntries(session).add(after.name, entries, None)
            self._note(session)
        return TransferReceipt(table=after.name, transferred=len(entries))

    def _found(self, before: Table, after: Table, request: TriageRequest) -> Triage:
        with self._running.database.reading() as session:
            gaps = gap_digests(session, after.name)
        return triage(
            before,
            after,
            tolerance=request.tolerance,
            batch=request.batch,
            max_share=request.max_share,
            gaps={e.key for e in before.entries if gaps and operation_digest(e.operation) in gaps},
        )

    def _after(self, before: Table, request: TriageRequest) -> Table:
        name = table_name(before.device_model, request.after)
        try:
            return self._tables.get(name).table
        except TableUnknown:
            return Table(
                device_model=before.device_model,
                environment=request.after,
                entries=(),
                simulated=before.simulated,
                emulated=before.emulated,
            )
