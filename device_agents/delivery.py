"""
Handing reports in: every report reaches the disk first and leaves it once the server has it.

A report that cannot be written to disk is kept in memory and handed in all the same.  One that
the server refuses for good is kept too, and does not hold up those behind it.
"""

from __future__ import annotations

from collections.abc import Callable

from device_agents.spool import Spool
from lut_server.client import LutClient
from lut_server.wire import Report, ReportReceipt
from profiler.errors import LeaseLost, ServerRefused, SpoolFailed

UNREGISTERED = ("device-unregistered", "device-unknown")
"""Problem types to which the answer is to register (again)."""

PASSING = (401, 403, 408, 425, 429)
"""Statuses below 500 that say something about the moment, not about the report."""


class Delivery:
    """
    Brings reports to the server, the oldest first.

    Args:
        client: of the server.
        spool: where reports wait.
        say: tells people.
    """

    def __init__(self, client: LutClient, spool: Spool, say: Callable[[str], None]) -> None:
        self._client = client
        self._spool = spool
        self._say = say
        self._unspooled: list[Report] = []
        self._refused: list[Report] = []

    @property
    def waiting(self) -> int:
        """How many reports the server does not have yet."""
        return len(self._spool) + len(self._unspooled) + len(self._refused)

    def keep(self, report: Report) -> None:
        """Take charge of *report*: on disk if the disk allows it, else in memory."""
        try:
            self._spool.put(report)
        except SpoolFailed as error:
            self._unspooled.append(report)
            self._say(f"{error}; the report is kept in memory until the server has it")

    def drain(self) -> None:
        """
        Hand in everything that waits.

        Raises:
            LutError: the server is away or in trouble; what is left stays where it is.
        """
        self._respool()
        self._drain_memory()
        while (report := self._spool.oldest()) is not None:
            refusal = self._hand_in(report)
            if refusal is None:
                self._spool.remove(report.session.id)
            else:
                self._spool.refuse(report.session.id, refusal)

    def save(self) -> None:
        """
        Write to disk what is in memory only.

        Raises:
            SpoolFailed: that is not possible; names how many reports would be lost.
        """
        in_memory = [*self._unspooled, *self._refused]
        try:
            for report in in_memory:
                self._spool.put(report)
        except SpoolFailed as error:
            raise SpoolFailed(
                f"{len(in_memory)} reports are lost with this process: {error}"
            ) from error

    def _respool(self) -> None:
        """Put on disk what did not fit there before, as far as it does by now."""
        try:
            while self._unspooled:
                self._spool.put(self._unspooled[0])
                del self._unspooled[0]
                self._say("the disk takes reports again; what was in memory is in the spool")
        except SpoolFailed:
            return  # said when it began; memory still holds them

    def _drain_memory(self) -> None:
        """Hand in what is not on disk first: it is what a crash would lose."""
        while self._unspooled:
            report = self._unspooled[0]
            if self._hand_in(report) is not None:
                self._refused.append(report)
            del self._unspooled[0]

    def _hand_in(self, report: Report) -> str | None:
        """Return None once the server has it, or why it refuses the report for good."""
        try:
            receipt = self._send(report)
        except ServerRefused as refusal:
            if not is_final(refusal):
                raise
            self._say(f"session {report.session.id} is refused and kept: {refusal}")
            return str(refusal)
        known = f", {receipt.duplicates} known already" if receipt.duplicates else ""
        self._say(f"reported: {receipt.stored} measurements stored{known}")
        return None

    def _send(self, report: Report) -> ReportReceipt:
        try:
            return self._client.report(report)
        except LeaseLost:
            # The job is another agent's by now; the measurements are as good as before.
            free = report.model_copy(update={"job_id": None, "lease_id": None})
            return self._client.report(free)


def is_final(refusal: ServerRefused) -> bool:
    """Return whether sending the same again would be refused again, registered or not."""
    status = refusal.status
    if refusal.fields.get("type") in UNREGISTERED:
        return False
    return 400 <= status < 500 and status not in PASSING
