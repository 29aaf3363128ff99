"""Rules about leases: an agent's time-limited claim to a job."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from lut_server.clock import Clock, iso
from lut_server.devices.service import DeviceService
from lut_server.documents import from_document
from lut_server.jobs.repository import JobRepository
from lut_server.jobs.settling import left_of, unsettled
from lut_server.models import JobRow
from lut_server.wire import Lease, LeaseRequest
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
    ) -> None:
        self._jobs = jobs
        self._devices = devices
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._suspect_pause_s = suspect_pause_s

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
        self._jobs.bound({"leased": until_s, "queued": now_s + self._suspect_pause_s})
        lease_id, holder = uuid4().hex, (request.fingerprint, request.agent_id)
        while (job_id := self._jobs.next_for(request.fingerprint, digests, now_s)) is not None:
            if self._jobs.claim(job_id, lease_id, holder, now_s, until_s):
                return self._lease(lease_id)
        return None

    def renew(self, lease_id: str) -> Lease:
        """Move a lease's end, or raise ``LeaseExpired``."""
        now_s, until_s = self._term()
        if not self._jobs.renew(lease_id, now_s, until_s):
            raise self._expired(lease_id)
        return self._lease(lease_id)

    def give_back(self, lease_id: str) -> None:
        """Queue the job again; a lease that is over has nothing to give back."""
        self._jobs.give_back(lease_id)

    def _term(self) -> tuple[float, float]:
        now_s = self._clock().timestamp()
        return now_s, now_s + self._lease_seconds

    def _lease(self, lease_id: str) -> Lease:
        job = self._jobs.leased(lease_id)
        if job is None or job.free_at_s is None or job.fingerprint is None:
            raise self._expired(lease_id)
        self._devices.seen(job.fingerprint)
        return self._message(lease_id, job, job.free_at_s)

    def _message(self, lease_id: str, job: JobRow, until_s: float) -> Lease:
        return Lease(
            id=lease_id,
            job_id=job.id,
            campaign_id=job.campaign_id,
            environment=from_document(Environment, self._jobs.target(job).environment),
            operations=self._left(job.id),
            expires_at=iso(datetime.fromtimestamp(until_s, UTC)),
            seconds=self._lease_seconds,
        )

    def _left(self, job_id: str) -> tuple[Operation, ...]:
        """Return what of a job is still to be measured."""
        operations = self._jobs.operations(job_id)
        sessions, gaps = self._jobs.sessions(job_id), self._jobs.gaps(job_id)
        if not sessions and not gaps:
            return operations
        return left_of(operations, unsettled(operations, sessions, gaps))

    def _expired(self, lease_id: str) -> LeaseExpired:
        return LeaseExpired(
            f"lease {lease_id} holds no job any more: it expired, was given back or its job is "
            "done; report what was measured all the same and ask for new work"
        )
