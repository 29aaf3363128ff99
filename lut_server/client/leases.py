"""Work for agents, and what they bring back."""

from __future__ import annotations

from lut_server.client.connection import Connection, segment
from lut_server.wire import Lease, LeaseRequest, Renewal, Report, ReportReceipt


class Leases(Connection):
    """The client's methods about work for agents, and what they bring back."""

    def lease(self, request: LeaseRequest) -> Lease | None:
        """Return a claim to a job for this device, or None where there is no work."""
        response = self._send("POST", "/v1/leases", request)
        return None if response.status_code == 204 else self._read(Lease, response)

    def renew(self, lease_id: str) -> Renewal:
        """
        Move the end of a lease; return when that is now.

        Raises:
            LeaseLost: it expired or was given back; the job may be another agent's.
        """
        return self._ask(Renewal, "PUT", f"/v1/leases/{segment(lease_id)}")

    def give_back(self, lease_id: str) -> None:
        """Return the job to the queue; giving back what is no longer held changes nothing."""
        self._send("DELETE", f"/v1/leases/{segment(lease_id)}")

    def report(self, report: Report) -> ReportReceipt:
        """Hand in what was measured; handing it in twice stores it once."""
        return self._ask(ReportReceipt, "POST", "/v1/reports", report, repeatable=True)
