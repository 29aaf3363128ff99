"""Campaigns, how far they are, and what they could not have measured."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from lut_server.wire.message import Message
from lut_server.wire.selections import (
    DeviceSelection,
    EnvironmentParts,
    SomeEnvironment,
    SpaceSelection,
)
from profiler.device import Environment
from profiler.measurement import Gap
from profiler.operations import Operation

JobState = Literal["queued", "leased", "done", "failed", "cancelled"]

CampaignState = Literal["running", "paused", "cancelled", "finished"]
"""``finished``: no job is queued or leased any more; like ``cancelled``, that is for good."""

PersonsState = Literal["running", "paused", "cancelled"]
"""What a person can say of a campaign."""

Priority = Annotated[int, Field(ge=-1_000, le=1_000)]


class CampaignRequest(Message):
    """
    Measure these operations on those devices: ``POST /v1/campaigns``.

    Operations are listed, or are those of a ``space`` or of a ``model``: an ONNX file, in JSON as
    base64; one that was exported here is measured whole, too.  Borders are added by the server.
    Operations the table already holds are not measured again unless ``remeasure`` is set.
    ``operations_per_job`` bounds a lease; networks that are to be compared with sums of rows
    belong into one job with them.  Of several campaigns the one of the highest ``priority`` is
    worked on first, of equal ones the oldest.

    An ``id`` of the client's own makes asking safe to repeat: the same request with the same id
    starts one campaign.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        ser_json_bytes="base64", val_json_bytes="base64"
    )

    id: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{7,31}$")
    name: str = Field(min_length=1, max_length=200)
    devices: DeviceSelection
    environment: SomeEnvironment = EnvironmentParts()
    operations: tuple[Operation, ...] = Field(default=(), max_length=100_000)
    space: SpaceSelection | None = None
    model: bytes | None = Field(default=None, min_length=1)
    operations_per_job: int = Field(default=512, ge=1, le=1_000_000)
    remeasure: bool = False
    priority: Priority = 0

    @model_validator(mode="after")
    def _says_what_once(self) -> Self:
        said = (bool(self.operations), self.space is not None, self.model is not None)
        if sum(said) != 1:
            raise ValueError("say what to measure: operations, or a space, or a model")
        return self


class StateChange(Message):
    """A person says how a campaign goes on: ``PUT /v1/campaigns/{campaign_id}/state``."""

    state: PersonsState


class PriorityChange(Message):
    """A person says what comes first: ``PUT /v1/campaigns/{campaign_id}/priority``."""

    priority: Priority


class Counts(Message):
    """
    How far something is.

    Of what is ``measured``, ``suspect`` were in too few clean rounds.  ``waiting_for`` says why
    nothing moves, where the server knows.
    """

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


class TargetView(Counts):
    """One table a campaign measures for, and the devices that can claim its jobs."""

    table: str
    device_model: str
    environment: Environment
    devices: tuple[str, ...]


class CampaignView(Counts):
    """
    A campaign and how far it is: in all, and for each table.

    ``notes`` say what of its model is not measured.
    """

    id: str
    name: str
    state: CampaignState
    priority: int
    created_at: str
    targets: tuple[TargetView, ...]
    notes: tuple[str, ...] = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables it measures for."""
        return tuple(target.table for target in self.targets)


class GapView(Message):
    """An operation a campaign asked for and a device could not run, and what its runtime said."""

    job_id: str
    session_id: str
    gap: Gap
