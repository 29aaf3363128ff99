"""``/v1/reports`` and ``/v1/measurements``: what agents bring, and where a number came from."""

from __future__ import annotations

from fastapi import APIRouter, Request

from lut_server.deps import Measurements, Running, Turn, measurements_in
from lut_server.errors import problem_responses
from lut_server.json_requests import JsonRoute
from lut_server.wire import MeasurementView, Report, ReportReceipt
from profiler.errors import (
    DeviceConflict,
    DeviceUnregistered,
    MeasurementUnknown,
    ReportConflict,
)

router = APIRouter(prefix="/v1", tags=["measurements"], route_class=JsonRoute)


@router.post(
    "/reports", responses=problem_responses(DeviceUnregistered, DeviceConflict, ReportConflict)
)
def report_session(request: Request, report: Report, running: Running, _: Turn) -> ReportReceipt:
    """Store what is new in a report; sending it again changes nothing."""
    with running.database.writing() as session:
        receipt = measurements_in(session, running).receive(report)
    request.state.measurements_received = receipt.stored  # for the metrics
    return receipt


@router.get("/measurements/{measurement_id}", responses=problem_responses(MeasurementUnknown))
def get_measurement(measurement_id: str, measurements: Measurements) -> MeasurementView:
    """Return a measurement with its raw samples and the session it was made in."""
    return measurements.get(measurement_id)
