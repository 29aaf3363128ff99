"""Rules about leases: an agent's time-limited claim to a job."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from lut_server.clock import Clock, iso
from lut_server.devices.service import DeviceService
from lut_server.documents import from_document
from lut_server.jobs.repository import Claimable, JobRepository
from lut_server.jobs.settling import left_of, unsettled
from lut_server.jobs.tick import Tick
from lut_server.wire import Lease, LeaseRequest, Renewal
from profiler.device import Environment, environment_digest
from profiler.errors import LeaseExpired
from profiler.operations import Operation


class LeaseService:
    """What can be done with leases."""

    def __init__(
        self,
        jobs: JobRepository,
        devices: DeviceService,
        clock: Clock,
        lease_seconds: float,
        suspect_pause_s: float,
        tick: Tick,
    ) -> None:
        self._jobs = jobs
        self._devices = devices
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._suspect_pause_s = suspect_pause_s
        self._tick = tick

    def lease(self, request: LeaseRequest) -> Lease | None:
        """
        Claim the next job for a device; None where there is none.

        No lease ends, and no pause, later than it could if it began now: if the clock was set
        back, what an agent that died had begun is not lost for longer.

        Raises:
            DeviceUnregistered: the device is unknown here.
            DeviceWithheld: there is a doubt of its health; what it holds it may finish.
        """
        self._devices.require_in_service(self._devices.seen(request.fingerprint))
        now_s, until_s = self._term()
        digests = [environment_digest(environment) for environment in request.environments]
        if self._tick.due(now_s):
            self._jobs.bound({"leased": until_s, "queued": now_s + self._suspect_pause_s})
        lease_id, holder = uuid4().hex, (request.fingerprint, request.agent_id)
        while (found := self._jobs.next_for(request.fingerprint, digests, now_s)) is not None:
            if self._jobs.claim(found.job_id, lease_id, holder, now_s, until_s):
                return self._lease(lease_id, found, until_s)
        return None

    def renew(self, lease_id: str) -> Renewal:
        """Move a lease's end, or raise ``LeaseExpired``."""
        now_s, until_s = self._term()
        self._devices.saw_holder(lease_id)  # devices before jobs, as everywhere: no deadlock
        job_id = self._jobs.renew(lease_id, now_s, until_s)
        if job_id is None:
            raise LeaseExpired(
                f"lease {lease_id} holds no job any more: it expired, was given back or its job is "
                "done; report what was measured all the same and ask for new work"
            )
        return Renewal(
            id=lease_id, job_id=job_id, expires_at=_moment(until_s), seconds=self._lease_seconds
        )

    def give_back(self, lease_id: str) -> None:
        """Queue the job again; a lease that is over has nothing to give back."""
        self._jobs.give_back(lease_id, self._clock().timestamp())

    def _term(self) -> tuple[float, float]:
        now_s = self._clock().timestamp()
        return now_s, now_s + self._lease_seconds

    def _lease(self, lease_id: str, found: Claimable, until_s: float) -> Lease:
        return Lease(
            id=lease_id,
            job_id=found.job_id,
            campaign_id=found.campaign_id,
            environment=from_document(Environment, found.environment),
            operations=self._left(found.job_id),
            expires_at=_moment(until_s),
            seconds=self._lease_seconds,
        )

    def _left(self, job_id: str) -> tuple[Operation, ...]:
        """Return what of a job is still to be measured."""
        operations = self._jobs.operations(job_id)
        if not self._jobs.was_tried(job_id):
            return operations
        sessions, gaps = self._jobs.sessions(job_id), self._jobs.gaps(job_id)
        return left_of(operations, unsettled(operations, sessions, gaps))


def _moment(at_s: float) -> str:
    return iso(datetime.fromtimestamp(at_s, UTC))
