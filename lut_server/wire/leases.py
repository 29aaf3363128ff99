"""Leases: work for agents."""

from __future__ import annotations

from pydantic import Field

from lut_server.wire.message import Message
from profiler.device import Environment
from profiler.operations import Operation


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


class Renewal(Message):
    """A lease with a later end: what a heartbeat is answered with, as short as it is frequent."""

    id: str
    job_id: str
    expires_at: str
    seconds: float
