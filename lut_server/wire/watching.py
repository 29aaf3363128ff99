"""What became of a number over time: timelines of operations, alerts of devices, triage."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lut_server.wire.message import Message
from profiler.device import Environment
from profiler.operations import Operation
from profiler.table import Entry
from profiler.triage import TOLERANCE


class TimelinePoint(Message):
    """
    An operation in one session: ``GET /v1/tables/{name}/timeline``.

    ``entry`` is the row that session alone would give; None where its border was not measured.
    Of its ``rounds``, ``disturbed`` were contended or throttled.
    """

    session_id: str
    at: str
    received_at: str
    fingerprint: str
    device: str
    measurement_id: str
    entry: Entry | None
    rounds: int
    disturbed: int
    software: tuple[str, ...]
    warnings: tuple[str, ...]


class Timeline(Message):
    """An operation over time, the newest session first; ``sessions`` is how many there are."""

    table: str
    operation: Operation
    sessions: int
    points: tuple[TimelinePoint, ...]


class Alert(Message):
    """
    Something about a device that a person should look at: ``GET /v1/alerts``.

    ``moved``: its last pass of the sentinels was unusual, and it gets no work.  ``drift``: it ages;
    ``ratio`` is what the sentinel costs now over what it cost when the device was last called good,
    with its interval.
    """

    kind: Literal["moved", "drift"]
    fingerprint: str
    device: str
    environment_digest: str | None = None
    since: str | None = None
    sentinel: str | None = None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    message: str


class TriageRequest(Message):
    """
    What of a table to measure again: ``POST /v1/tables/{name}/triage``.

    ``after`` is the new environment of the same device model; ``tolerance`` the relative movement
    that matters; ``batch`` how many operations at a time; ``max_share`` of all that may be measured
    (None is all): where it ends the triage, ``spent`` and ``expected_missed`` of the answer say so.
    """

    after: Environment
    tolerance: float = Field(default=TOLERANCE, gt=0, lt=1)
    batch: int | None = Field(default=None, ge=1, le=100_000)
    max_share: float | None = Field(default=None, gt=0, le=1)


class TransferReceipt(Message):
    """How many rows were transferred to which table, because they need not be measured again."""

    table: str
    transferred: int
