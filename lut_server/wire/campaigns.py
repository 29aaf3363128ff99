"""Campaigns, how far they are, and what they could not have measured."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from lut_server.wire.adaptive import AdaptiveView, TargetError
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
"""``finished``: nothing is left to be measured; like ``cancelled``, that is for good."""

PersonsState = Literal["running", "paused", "cancelled"]
"""What a person can say of a campaign."""

Priority = Annotated[int, Field(ge=-1_000, le=1_000)]


class Wish(Message):
    """
    What to measure, and how much of it.

    Operations are listed, or are those of a ``space`` or of a ``model``: an ONNX file, in JSON as
    base64; one that was exported here is measured whole, too.  Borders are added by the server.
    ``operations_per_job`` bounds a lease; networks that are to be compared with sums of rows
    belong into one job with them.

    With a ``target_error`` only as much is measured as it takes to predict the rest so well, and
    never more than the budgets of each table: ``max_operations``, borders and networks not
    counted, and ``max_minutes`` of measuring.  A budget alone is used up.  Networks are measured
    as asked.

    An ``id`` of the client's own makes asking safe to repeat: the same request with the same id
    starts one campaign.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        ser_json_bytes="base64", val_json_bytes="base64"
    )

    id: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{7,31}$")
    name: str = Field(min_length=1, max_length=200)
    environment: SomeEnvironment = EnvironmentParts()
    operations: tuple[Operation, ...] = Field(default=(), max_length=100_000)
    space: SpaceSelection | None = None
    model: bytes | None = Field(default=None, min_length=1)
    operations_per_job: int = Field(default=512, ge=1, le=1_000_000)
    target_error: TargetError | None = None
    max_operations: int | None = Field(default=None, ge=1, le=1_000_000)
    max_minutes: float | None = Field(default=None, gt=0, le=1e6, allow_inf_nan=False)
    handful: int | None = Field(default=None, ge=1, le=10_000)
    measure_rest: bool = True

    @model_validator(mode="after")
    def _says_what_once(self) -> Self:
        said = (bool(self.operations), self.space is not None, self.model is not None)
        if sum(said) != 1:
            raise ValueError("say what to measure: operations, or a space, or a model")
        return self


class CampaignRequest(Wish):
    """
    Measure these operations on those devices: ``POST /v1/campaigns``.

    Operations the table already holds are not measured again unless ``remeasure`` is set.  Of
    several campaigns the one of the highest ``priority`` is worked on first, of equal ones the
    oldest.

    ``onboarding`` is for devices that are new: a ``handful`` of operations is measured first, the
    tables of other devices say what all others cost, and the rest is measured after that, unless
    ``measure_rest`` is false.
    """

    devices: DeviceSelection
    remeasure: bool = False
    priority: Priority = 0
    onboarding: bool = False

    @model_validator(mode="after")
    def _makes_sense_together(self) -> Self:
        if self.remeasure and self.is_adaptive:
            raise ValueError(
                "remeasure measures everything again: leave it out, or target_error, the budgets "
                "and onboarding"
            )
        if not self.onboarding and (self.handful is not None or not self.measure_rest):
            raise ValueError("handful and measure_rest belong to onboarding: set that, too")
        return self

    @property
    def is_adaptive(self) -> bool:
        """Whether the server chooses what is measured."""
        bounds = (self.target_error, self.max_operations, self.max_minutes)
        return self.onboarding or any(bound is not None for bound in bounds)


class OnboardingRequest(Wish):
    """
    A device asks for a table of its own: ``POST /v1/devices/{fingerprint}/onboarding``.

    It starts a campaign with ``onboarding`` for that device, and for no other.
    """


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
    nothing moves, where the server knows.  ``adaptive`` says how far the server is that chooses
    what to measure; None where everything that was asked for is measured.
    """

    requested: int
    already_measured: int
    jobs: dict[JobState, int]
    measured: int
    gaps: int
    suspect: int = 0
    waiting_for: str | None = None
    adaptive: AdaptiveView | None = None

    @property
    def finished(self) -> bool:
        """Whether no job is queued or leased any more, and none is to come."""
        if self.adaptive is not None and self.adaptive.stage != "finished":
            return False
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

    ``notes`` say what of its model is not measured, and what was decided on the way.
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
