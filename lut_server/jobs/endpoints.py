"""
``/v1/leases``: work for agents.

What a fleet asks most is done in one go: the transaction begins and ends in the endpoint's own
thread, so that the writers' lock is not held while a request waits for another thread.
"""

from __future__ import annotations

from fastapi import APIRouter, Response

from lut_server.deps import Running, Touch, Turn, leases_in
from lut_server.errors import problem_responses
from lut_server.json_requests import JsonRoute
from lut_server.wire import Lease, LeaseRequest, Renewal
from profiler.errors import DeviceUnregistered, DeviceWithheld, LeaseExpired

router = APIRouter(prefix="/v1/leases", tags=["leases"], route_class=JsonRoute)

NO_WORK: dict[int | str, dict[str, object]] = {
    200: {"model": Lease, "description": "A job, for a time"},
    204: {"description": "No job for this device in these environments"},
}


@router.post(
    "",
    response_model=Lease,
    responses=NO_WORK | problem_responses(DeviceUnregistered, DeviceWithheld),
)
def lease_job(request: LeaseRequest, running: Running, _: Turn) -> Lease | Response:
    """Claim the next job for a device."""
    with running.database.writing() as session:
        lease = leases_in(session, running).lease(request)
    return Response(status_code=204) if lease is None else lease


@router.put("/{lease_id}", responses=problem_responses(LeaseExpired))
def renew_lease(lease_id: str, running: Running, _: Touch) -> Renewal:
    """Move a lease's end; the heartbeat of an agent at work."""
    with running.database.touching() as session:
        return leases_in(session, running).renew(lease_id)


@router.delete(
    "/{lease_id}", status_code=204, response_class=Response, responses=problem_responses()
)
def give_back_lease(lease_id: str, running: Running, _: Turn) -> None:
    """Return the job to the queue; what is no longer held is left alone."""
    with running.database.writing() as session:
        leases_in(session, running).give_back(lease_id)
