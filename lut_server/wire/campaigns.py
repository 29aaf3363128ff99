"""Campaigns, and what they could not have measured."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lut_server.wire.message import Message
from profiler.device import Environment
from profiler.measurement import Gap
from profiler.operations import Operation

JobState = Literal["queued", "leased", "done", "failed"]


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
