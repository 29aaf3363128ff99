"""Tables, entries and certificates."""

from __future__ import annotations

from collections.abc import Iterable

from lut_server.client.connection import Connection, segment
from lut_server.wire import EntriesAnswer, EntriesRequest, MeasurementView, TableView
from profiler.estimation import Certificate
from profiler.measurement import Session
from profiler.table import Table


class Tables(Connection):
    """The client's methods about tables, entries and certificates."""

    def tables(self) -> tuple[TableView, ...]:
        """Return one line for each table."""
        return self._ask(tuple[TableView, ...], "GET", "/v1/tables")

    def table(self, name: str) -> Table:
        """Return a whole table; one that did not change is not sent again."""
        known = self._tables.get(name)
        headers = {"if-none-match": known[0]} if known else {}
        response = self._send("GET", f"/v1/tables/{segment(name)}", headers=headers)
        if known and response.status_code == 304:
            return known[1]
        table = self._read(Table, response)
        self._tables[name] = (response.headers.get("etag", ""), table)
        return table

    def entries(self, name: str, keys: Iterable[str]) -> EntriesAnswer:
        """Return the entries of *keys*, and which of them are missing."""
        request = EntriesRequest(keys=tuple(keys))
        return self._ask(EntriesAnswer, "POST", f"/v1/tables/{segment(name)}/entries", request)

    def sessions(self, name: str) -> tuple[Session, ...]:
        """Return every session of a table with its raw samples, the oldest first."""
        return self._ask(tuple[Session, ...], "GET", f"/v1/tables/{segment(name)}/measurements")

    def measurement(self, measurement_id: str) -> MeasurementView:
        """Return one measurement with its samples and the session it was made in."""
        return self._ask(MeasurementView, "GET", f"/v1/measurements/{segment(measurement_id)}")

    def certify(self, name: str) -> Certificate:
        """
        Have the server judge a table by the networks measured whole, and keep the result.

        Raises:
            EntryMissing: a measured network contains an operation without a row.
        """
        return self._ask(Certificate, "POST", f"/v1/tables/{segment(name)}/certificate")

    def certificate(self, name: str) -> Certificate:
        """Return the newest certificate of a table."""
        return self._ask(Certificate, "GET", f"/v1/tables/{segment(name)}/certificate")
