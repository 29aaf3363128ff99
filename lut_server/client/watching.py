"""What became of a number over time: timelines, alerts, triage."""

from __future__ import annotations

from urllib.parse import urlencode

from lut_server.client.connection import Connection, segment
from lut_server.wire import Alert, Timeline, TransferReceipt, TriageRequest
from profiler.operations import Operation, operation_key
from profiler.triage import Triage


class Watching(Connection):
    """The client's methods about what changes."""

    def timeline(self, name: str, operation: Operation, count: int = 100) -> Timeline:
        """Return what each session said of an operation, the newest first."""
        query = urlencode({"key": operation_key(operation), "count": count})
        return self._ask(Timeline, "GET", f"/v1/tables/{segment(name)}/timeline?{query}")

    def alerts(self) -> tuple[Alert, ...]:
        """Return which devices moved or drift."""
        return self._ask(tuple[Alert, ...], "GET", "/v1/alerts")

    def triage(self, name: str, request: TriageRequest) -> Triage:
        """Say what of a table to measure next in a new environment."""
        path = f"/v1/tables/{segment(name)}/triage"
        return self._ask(Triage, "POST", path, request, repeatable=True)

    def transfer(self, name: str, request: TriageRequest) -> TransferReceipt:
        """Give the new environment's table what need not be measured again."""
        path = f"/v1/tables/{segment(name)}/transfers"
        return self._ask(TransferReceipt, "POST", path, request, repeatable=True)
