"""
What crosses the wire between agents, searches and the server.

Messages embed the profiler's values unchanged; pydantic validates them on arrival, so nothing is
declared twice.  Times are UTC, ISO 8601; latencies are microseconds.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from profiler.device import Device, Environment
from profiler.estimation import Certificate
from profiler.health import HealthVerdict
from profiler.measurement import Gap, Session
from profiler.operations import Operation
from profiler.table import Entry

PROTOCOL_VERSION = 1
"""Raised when a message changes its meaning; history: 1 (2026-11) the first."""

DEVICE_WITHHELD = "device-withheld"
"""The problem type of a lease refused because of the device's health."""

JobState = Literal["queued", "leased", "done", "failed"]

PersonsHealth = Literal["good", "maintenance", "retired", "bad"]
"""What a person can say of a device's health."""

Health = Literal["unknown", "good", "suspect", "maintenance", "retired", "bad"]
"""Health of a device, apart from its state; ``suspect`` comes and goes with health checks."""

WITHHELD: tuple[Health, ...] = ("suspect", "maintenance", "retired", "bad")
"""Healths in which a device gets no work."""


class Message(BaseModel):
    """A value on the wire: frozen, and no field beyond those declared."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")


class Registration(Message):
    """An agent says what it is: ``POST /v1/devices``."""

    device: Device
    environments: tuple[Environment, ...] = Field(min_length=1)
    agent_version: str
    protocol_version: int = PROTOCOL_VERSION


class DeviceView(Message):
    """A registered device, as ``GET /v1/devices`` shows it."""

    device: Device
    environments: tuple[Environment, ...]
    agent_version: str
    last_seen: str
    health: Health = "unknown"
    health_reason: str = ""
    health_since: str | None = None


class HealthReport(Message):
    """A pass of the sentinels: ``POST /v1/devices/{fingerprint}/health``; idempotent by session."""

    session: Session


class HealthCheck(Message):
    """
    What a pass of the sentinels said.

    ``latencies_us`` are by sentinel; one that was disturbed is absent.  Samples are at
    ``measurement_ids``.
    """

    session_id: str
    environment_digest: str
    at: str
    latencies_us: dict[str, float]
    verdict: HealthVerdict
    reason: str
    measurement_ids: tuple[str, ...]


class HealthReceipt(Message):
    """What the server made of a pass, and what health the device is in after it."""

    check: HealthCheck
    health: Health
    health_reason: str


class HealthChange(Message):
    """A person says what health a device is in: ``PUT /v1/devices/{fingerprint}/health``."""

    health: PersonsHealth
    reason: str = Field(min_length=1, max_length=500)


class HealthView(Message):
    """A device's health and the checks that led to it, the newest first."""

    fingerprint: str
    health: Health
    health_reason: str
    health_since: str | None
    checks: tuple[HealthCheck, ...]


class CampaignRequest(Message):
    """
    Measure these operations on that device: ``POST /v1/campaigns``.

    Borders are added by the server.  Operations the table already holds are not measured again
    unless ``remeasure`` is set.  ``operations_per_job`` bounds a lease; networks that are to be
    compared with sums of rows belong into one job with them.
    """

    name: str = Field(min_length=1, max_length=200)
    fingerprint: str
    environment: Environment
    operations: tuple[Operation, ...] = Field(min_length=1)
    operations_per_job: int = Field(default=512, ge=1)
    remeasure: bool = False


class CampaignView(Message):
    """
    A campaign and how far it is.

    Of what is ``measured``, ``suspect`` were in too few clean rounds.  ``waiting_for`` says why
    nothing moves, where the server knows.
    """

    id: str
    name: str
    fingerprint: str
    table: str
    created_at: str
    requested: int
    already_measured: int
    jobs: dict[JobState, int]
    measured: int
    gaps: int
    suspect: int = 0
    waiting_for: str | None = None

    @property
    def finished(self) -> bool:
        """Whether no job is queued or leased any more."""
        return not (self.jobs.get("queued", 0) or self.jobs.get("leased", 0))


class GapView(Message):
    """An operation a campaign asked for and a device could not run, and what its runtime said."""

    job_id: str
    session_id: str
    gap: Gap


class LeaseRequest(Message):
    """An agent asks for work: ``POST /v1/leases``; 204 where there is none."""

    fingerprint: str
    environments: tuple[Environment, ...] = Field(min_length=1)
    agent_id: str


class Lease(Message):
    """
    A time-limited claim to a job.

    ``PUT /v1/leases/{id}`` renews it, ``DELETE`` gives the job back to the queue.
    """

    id: str
    job_id: str
    campaign_id: str
    environment: Environment
    operations: tuple[Operation, ...]
    expires_at: str
    seconds: float


class Report(Message):
    """
    What an agent measured: ``POST /v1/reports``; idempotent by the session's id.

    A report without a lease (``job_id`` None) is welcome: measurements made offline, or after
    the lease was lost.  Nothing that was measured is lost.
    """

    job_id: str | None = None
    lease_id: str | None = None
    session: Session


class ReportReceipt(Message):
    """What the server made of a report."""

    session_id: str
    stored: int
    duplicates: int


class MeasurementView(Message):
    """
    A number followed to its samples: ``GET /v1/measurements/{id}``.

    ``session`` is the one it was made in, reduced to this one measurement.
    """

    table: str
    received_at: str
    job_id: str | None
    session: Session


class TableView(Message):
    """One line of ``GET /v1/tables``."""

    name: str
    device_model: str
    environment: Environment
    entries: int
    version: str
    simulated: bool
    emulated: bool
    certificate: Certificate | None


class EntriesRequest(Message):
    """Bulk query by key: ``POST /v1/tables/{name}/entries``."""

    keys: tuple[str, ...] = Field(min_length=1, max_length=100_000)


class EntriesAnswer(Message):
    """The entries found, and the keys that are missing: never zero, never left out."""

    version: str
    entries: tuple[Entry, ...]
    missing: tuple[str, ...]


class Problem(BaseModel):
    """A problem document (RFC 9457), ``application/problem+json``; further fields by type."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow")

    type: str = "about:blank"
    title: str
    status: int
    detail: str
