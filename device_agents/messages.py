"""
What an agent and its measuring process say to each other: one JSON document a line.

The agent sends one ``Order``.  The process answers with a ``Step`` now and then, between visits,
and waits for an empty line before it goes on, so that nothing the agent does runs beside a sample.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from lut_server.wire import Message
from profiler.backends.located import Place
from profiler.device import Device, Environment
from profiler.measurement import Session
from profiler.measuring.plan import MeasurementPlan
from profiler.measuring.rounds import Progress
from profiler.operations import Operation


class Order(Message):
    """
    Open this backend in this place, say what it is, and measure these operations if there are any.

    ``environment`` is what the backend must turn out to be; None where that is the question.
    """

    backend: str
    options: tuple[str, ...] = ()
    machine: Device
    place: Place = Place()
    environment: Environment | None = None
    plan: MeasurementPlan = MeasurementPlan()
    operations: tuple[Operation, ...] = ()


class Described(Message):
    """What the backend is; the last word where no operations were ordered."""

    kind: Literal["described"] = "described"
    device: Device
    environment: Environment


class Step(Message):
    """How far the session is."""

    kind: Literal["step"] = "step"
    progress: Progress


class Measured(Message):
    """The finished session; the last word."""

    kind: Literal["measured"] = "measured"
    session: Session


class Failed(Message):
    """An error; the last word.  ``unavailable`` where the backend cannot be used at all."""

    kind: Literal["failed"] = "failed"
    unavailable: bool
    reason: str


Answer = Described | Step | Measured | Failed
ANSWER: TypeAdapter[Answer] = TypeAdapter(Annotated[Answer, Field(discriminator="kind")])
