"""
The typed client of the server's API, the one way agents and searches talk to it.

It speaks through an ``httpx2.Client``: its own, or one that is handed in, such as the
``TestClient`` of an app in the same process.  It never retries and never keeps anything on disk;
those are the caller's decisions.  It loads neither the web framework nor the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import TypeVar
from urllib.parse import quote, urlsplit

import httpx2
from pydantic import ValidationError

from lut_server.credentials import require_token, token_from_environment
from lut_server.documents import adapter
from lut_server.problems import error_of
from lut_server.wire import (
    CampaignRequest,
    CampaignView,
    DeviceView,
    EntriesAnswer,
    EntriesRequest,
    GapView,
    HealthChange,
    HealthReceipt,
    HealthReport,
    HealthView,
    Lease,
    LeaseRequest,
    MeasurementView,
    Message,
    Registration,
    Report,
    ReportReceipt,
    TableView,
)
from profiler.errors import LutError, ServerUnreachable
from profiler.estimation import Certificate
from profiler.measurement import Session
from profiler.table import Table

DEFAULT_URL = "http://127.0.0.1:8765"
"""Where ``hna serve`` with no options listens."""

TIMEOUT_S = 30.0
LOOPBACK = ("127.0.0.1", "::1", "localhost")

T = TypeVar("T")


class LutClient:
    """
    A client of one lookup-table server.

    Args:
        base_url: address of the server; default ``DEFAULT_URL``.
        http: speak through this client instead, which then stays the caller's to close.
        token: bearer token; None is the one that the environment names, if any.
        timeout_s: how long to wait for an answer, in seconds.

    Raises:
        TokenUnusable: the token cannot be read or sent.

    Every method raises:
        ServerUnreachable: nobody answered.
        ServerRefused: the server answered with a problem document; ``LeaseLost`` and
            ``EntryMissing`` where that is what happened.
        LutError: what answered is no lookup-table server of this protocol.
    """

    def __init__(
        self,
        base_url: str | None = None,
        *,
        http: httpx2.Client | None = None,
        token: str | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._token = None if token is None else require_token(token, "the token")
        self.reread_token()
        self._owns_http = http is None
        self._http = http if http is not None else _connect(base_url or DEFAULT_URL, timeout_s)
        self._tables: dict[str, tuple[str, Table]] = {}

    @property
    def base_url(self) -> str:
        """Address of the server."""
        return str(self._http.base_url).rstrip("/")

    def __enter__(self) -> LutClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, where they are this client's own."""
        if self._owns_http:
            self._http.close()

    def reread_token(self) -> None:
        """
        Take the token that the environment names by now; one that was handed in stays.

        Raises:
            TokenUnusable: it cannot be read or sent; the one before stays.
        """
        token = self._token or token_from_environment()
        self._headers = {"authorization": f"Bearer {token}"} if token else {}

    def health(self) -> None:
        """Return if the server is there."""
        self._send("GET", "/healthz")

    def register(self, registration: Registration) -> DeviceView:
        """Register a device, or say that it is there again."""
        return self._ask(DeviceView, "POST", "/v1/devices", registration)

    def devices(self) -> tuple[DeviceView, ...]:
        """Return all registered devices."""
        return self._ask(tuple[DeviceView, ...], "GET", "/v1/devices")

    def device(self, fingerprint: str) -> DeviceView:
        """Return one registered device."""
        return self._ask(DeviceView, "GET", f"/v1/devices/{_segment(fingerprint)}")

    def report_health(self, fingerprint: str, report: HealthReport) -> HealthReceipt:
        """Hand in a pass of the sentinels; return what it says of the device."""
        return self._ask(
            HealthReceipt, "POST", f"/v1/devices/{_segment(fingerprint)}/health", report
        )

    def change_health(self, fingerprint: str, change: HealthChange) -> HealthView:
        """Say as a person what health a device is in."""
        return self._ask(HealthView, "PUT", f"/v1/devices/{_segment(fingerprint)}/health", change)

    def device_health(self, fingerprint: str) -> HealthView:
        """Return a device's health and the checks that led to it, the newest first."""
        return self._ask(HealthView, "GET", f"/v1/devices/{_segment(fingerprint)}/health")

    def start_campaign(self, request: CampaignRequest) -> CampaignView:
        """Have operations measured on a device."""
        return self._ask(CampaignView, "POST", "/v1/campaigns", request)

    def campaigns(self) -> tuple[CampaignView, ...]:
        """Return all campaigns, the newest first."""
        return self._ask(tuple[CampaignView, ...], "GET", "/v1/campaigns")

    def campaign(self, campaign_id: str) -> CampaignView:
        """Return a campaign and how far it is."""
        return self._ask(CampaignView, "GET", f"/v1/campaigns/{_segment(campaign_id)}")

    def gaps(self, campaign_id: str) -> tuple[GapView, ...]:
        """Return what a campaign could not have measured, and why."""
        return self._ask(tuple[GapView, ...], "GET", f"/v1/campaigns/{_segment(campaign_id)}/gaps")

    def lease(self, request: LeaseRequest) -> Lease | None:
        """Return a claim to a job for this device, or None where there is no work."""
        response = self._send("POST", "/v1/leases", request)
        return None if response.status_code == 204 else self._read(Lease, response)

    def renew(self, lease_id: str) -> Lease:
        """
        Return the lease with a later end.

        Raises:
            LeaseLost: it expired or was given back; the job may be another agent's.
        """
        return self._ask(Lease, "PUT", f"/v1/leases/{_segment(lease_id)}")

    def give_back(self, lease_id: str) -> None:
        """Return the job to the queue; giving back what is no longer held changes nothing."""
        self._send("DELETE", f"/v1/leases/{_segment(lease_id)}")

    def report(self, report: Report) -> ReportReceipt:
        """Hand in what was measured; handing it in twice stores it once."""
        return self._ask(ReportReceipt, "POST", "/v1/reports", report)

    def tables(self) -> tuple[TableView, ...]:
        """Return one line for each table."""
        return self._ask(tuple[TableView, ...], "GET", "/v1/tables")

    def table(self, name: str) -> Table:
        """Return a whole table; one that did not change is not sent again."""
        known = self._tables.get(name)
        headers = {"if-none-match": known[0]} if known else {}
        response = self._send("GET", f"/v1/tables/{_segment(name)}", headers=headers)
        if known and response.status_code == 304:
            return known[1]
        table = self._read(Table, response)
        self._tables[name] = (response.headers.get("etag", ""), table)
        return table

    def entries(self, name: str, keys: Iterable[str]) -> EntriesAnswer:
        """Return the entries of *keys*, and which of them are missing."""
        request = EntriesRequest(keys=tuple(keys))
        return self._ask(EntriesAnswer, "POST", f"/v1/tables/{_segment(name)}/entries", request)

    def sessions(self, name: str) -> tuple[Session, ...]:
        """Return every session of a table with its raw samples, the oldest first."""
        return self._ask(tuple[Session, ...], "GET", f"/v1/tables/{_segment(name)}/measurements")

    def measurement(self, measurement_id: str) -> MeasurementView:
        """Return one measurement with its samples and the session it was made in."""
        return self._ask(MeasurementView, "GET", f"/v1/measurements/{_segment(measurement_id)}")

    def certify(self, name: str) -> Certificate:
        """
        Have the server judge a table by the networks measured whole, and keep the result.

        Raises:
            EntryMissing: a measured network contains an operation without a row.
        """
        return self._ask(Certificate, "POST", f"/v1/tables/{_segment(name)}/certificate")

    def certificate(self, name: str) -> Certificate:
        """Return the newest certificate of a table."""
        return self._ask(Certificate, "GET", f"/v1/tables/{_segment(name)}/certificate")

    def _ask(self, kind: type[T], method: str, path: str, message: Message | None = None) -> T:
        return self._read(kind, self._send(method, path, message))

    def _send(
        self,
        method: str,
        path: str,
        message: Message | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        sent = self._headers | dict(headers or {})
        content = None
        if message is not None:
            content = message.model_dump_json().encode()
            sent["content-type"] = "application/json"
        try:
            response = self._http.request(method, path, content=content, headers=sent)
        except httpx2.RequestError as error:
            raise ServerUnreachable(
                f"no server answers at {self.base_url} ({error or type(error).__name__}); "
                "start one with: hna serve"
            ) from error
        if response.is_success or response.status_code == 304:
            return response
        retry_after = response.headers.get("retry-after")
        raise error_of(response.status_code, response.content, self.base_url, retry_after)

    def _read(self, kind: type[T], response: httpx2.Response) -> T:
        try:
            value: T = adapter(kind).validate_json(response.content)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise LutError(
                f"what answers at {self.base_url} is no lookup-table server of this version: "
                f"{'.'.join(map(str, first['loc']))}: {first['msg']}; compare hna --version there"
            ) from error
        return value


def _connect(base_url: str, timeout_s: float) -> httpx2.Client:
    """Open a client; no proxy stands between this machine and itself."""
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise LutError(f"{base_url!r} is no address of a server; write one like {DEFAULT_URL}")
    trust_env = parts.hostname not in LOOPBACK
    return httpx2.Client(base_url=base_url, timeout=timeout_s, trust_env=trust_env)


def _segment(text: str) -> str:
    return quote(text, safe="@")
