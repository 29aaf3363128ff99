"""Devices and their health."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from lut_server.wire.adaptive import TargetError
from lut_server.wire.message import PROTOCOL_VERSION, Message
from lut_server.wire.selections import MOST_LABELS, Label
from profiler.device import Device, Environment
from profiler.health import HealthVerdict
from profiler.measurement import Session

DEVICE_WITHHELD = "device-withheld"
"""The problem type of a lease refused because of the device's health."""


PersonsHealth = Literal["good", "maintenance", "retired", "bad"]
"""What a person can say of a device's health."""


Health = Literal["unknown", "good", "suspect", "maintenance", "retired", "bad"]
"""Health of a device, apart from its state; ``suspect`` comes and goes with health checks."""


WITHHELD: tuple[Health, ...] = ("suspect", "maintenance", "retired", "bad")
"""Healths in which a device gets no work."""


DeviceState = Literal["idle", "leased"]
"""What a device is doing, apart from its health: ``leased`` while it holds a job."""

Labels = Annotated[tuple[Label, ...], Field(max_length=MOST_LABELS)]


class Registration(Message):
    """
    An agent says what it is: ``POST /v1/devices``.

    ``labels`` are those its agent gives the device; a person's stand beside them.  With a
    ``target_error``, campaigns that begin from now on and do not say one of their own measure only
    as much as it takes to predict the rest so well; None takes that back.
    """

    device: Device
    environments: tuple[Environment, ...] = Field(min_length=1)
    agent_version: str
    labels: Labels = ()
    target_error: TargetError | None = None
    protocol_version: int = PROTOCOL_VERSION


class LabelChange(Message):
    """A person says which labels a device has: ``PUT /v1/devices/{fingerprint}/labels``."""

    labels: Labels


class DeviceView(Message):
    """
    A registered device, as ``GET /v1/devices`` shows it.

    ``labels`` are a person's and the agent's together, ``agent_labels`` those of the agent alone.
    ``campaign_id`` is the campaign whose job it holds.
    """

    device: Device
    environments: tuple[Environment, ...]
    agent_version: str
    last_seen: str
    labels: tuple[str, ...] = ()
    agent_labels: tuple[str, ...] = ()
    state: DeviceState = "idle"
    campaign_id: str | None = None
    health: Health = "unknown"
    health_reason: str = ""
    health_since: str | None = None
    target_error: float | None = None


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
