"""Tables, entries and certificates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from lut_server.client.connection import Connection, query_of, segment
from lut_server.wire import (
    EntriesAnswer,
    EntriesRequest,
    GapFiller,
    MeasurementView,
    TableFilter,
    TableHead,
    TableVersionView,
    TableView,
)
from profiler.certificates import Certificate
from profiler.errors import LutError
from profiler.measurement import Session
from profiler.operations import Operation
from profiler.table import Entry, Table

if TYPE_CHECKING:
    from profiler.prediction import Predictor


class Tables(Connection):
    """The client's methods about tables, entries and certificates."""

    def tables(self, wanted: TableFilter | None = None) -> tuple[TableView, ...]:
        """Return one line for each table, or for those that are wanted."""
        query = "" if wanted is None else query_of(wanted.model_dump(exclude_defaults=True))
        return self._ask(tuple[TableView, ...], "GET", f"/v1/tables{query}")

    def table(self, name: str, *, allow: Sequence[GapFiller] = ()) -> Table:
        """
        Return a whole table; one that did not change is not sent again.

        Args:
            name: of the table.
            allow: value kinds that may stand where nothing was measured or imported.
        """
        path = f"/v1/tables/{segment(name)}{query_of({'allow': allow})}"
        known = self._tables.get(path)
        headers = {"if-none-match": known[0]} if known else {}
        response = self._send("GET", path, headers=headers)
        if known and response.status_code == 304:
            return known[1]
        table = self._read(Table, response)
        self._tables[path] = (response.headers.get("etag", ""), table)
        return table

    def table_version(self, name: str, version: str) -> Table:
        """Return a table as it was when it was handed out as that version."""
        query = query_of({"version": version})
        return self._ask(Table, "GET", f"/v1/tables/{segment(name)}{query}")

    def table_versions(self, name: str) -> tuple[TableVersionView, ...]:
        """Return the versions of a table that were handed out, the newest first."""
        kind = tuple[TableVersionView, ...]
        return self._ask(kind, "GET", f"/v1/tables/{segment(name)}/versions")

    def table_entries(self, name: str, *, allow: Sequence[GapFiller] = ()) -> Iterator[Entry]:
        """
        Yield the entries of a table as they arrive: one too large to hold can be gone through.

        Raises:
            LutError: what arrives is no table, or ends before its head said.
        """
        path = f"/v1/tables/{segment(name)}{query_of({'allow': allow})}"
        with self._streamed(path, {"accept": "application/x-ndjson"}) as response:
            lines = response.iter_lines()
            head = self._value(TableHead, next(lines, ""))
            missing = head.entries
            for line in lines:
                yield self._value(Entry, line)
                missing -= 1
        if missing:
            raise LutError(
                f"{self.base_url} sent all but {missing} of {head.entries} entries; try again"
            )

    def entries(
        self,
        name: str,
        keys: Iterable[str] = (),
        *,
        operations: Iterable[Operation] = (),
        allow: Sequence[GapFiller] = (),
    ) -> EntriesAnswer:
        """
        Return the entries of *keys* and of *operations*, and the keys of those that are missing.

        Args:
            name: of the table.
            keys: of operations; what no campaign asked for cannot be predicted by its key alone.
            operations: can be predicted whether anybody asked for them or not.
            allow: value kinds that may stand where nothing was measured or imported.
        """
        request = EntriesRequest(keys=tuple(keys), operations=tuple(operations))
        path = f"/v1/tables/{segment(name)}/entries{query_of({'allow': allow})}"
        return self._ask(EntriesAnswer, "POST", path, request, repeatable=True)

    def predictor(self, name: str, version: str | None = None) -> Predictor:
        """
        Return what was learnt of a table, as data; fitted anew where the table has changed.

        Args:
            name: of the table.
            version: of the table, as it was when it was handed out as that; None is now.
        """
        from profiler.prediction import Predictor  # which agents need not load

        query = "" if version is None else query_of({"version": version})
        return self._ask(Predictor, "GET", f"/v1/tables/{segment(name)}/predictor{query}")

    def sessions(
        self, name: str, *, device: str | None = None, newest: int | None = None
    ) -> tuple[Session, ...]:
        """
        Return the sessions of a table with their raw samples, the oldest first.

        Args:
            name: of the table.
            device: fingerprint of the unit that measured them; None is any that shares the table.
            newest: so many at most, those received last; None is all.
        """
        asked = {"device": device, "newest": newest}
        query = query_of({key: value for key, value in asked.items() if value is not None})
        path = f"/v1/tables/{segment(name)}/measurements{query}"
        return self._ask(tuple[Session, ...], "GET", path)

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

    def certificate_doubts(self, name: str) -> tuple[str, ...]:
        """Return why a table should not be trusted with its certificate now."""
        path = f"/v1/tables/{segment(name)}/certificate/doubts"
        return self._ask(tuple[str, ...], "GET", path)
