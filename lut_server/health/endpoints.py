"""``/v1/devices/{fingerprint}/health``: whether a device still is what it was."""

from __future__ import annotations

from fastapi import APIRouter

from lut_server.audit.noting import Noting
from lut_server.deps import Healths
from lut_server.errors import problem_responses
from lut_server.json_requests import JsonRoute
from lut_server.wire import HealthChange, HealthReceipt, HealthReport, HealthView
from profiler.errors import DeviceConflict, DeviceUnknown, DeviceUnregistered, ReportConflict

router = APIRouter(
    prefix="/v1/devices/{fingerprint}/health", tags=["devices"], route_class=JsonRoute
)


@router.post("", responses=problem_responses(DeviceUnregistered, DeviceConflict, ReportConflict))
def report_health(fingerprint: str, report: HealthReport, healths: Healths) -> HealthReceipt:
    """Judge a pass of the sentinels by earlier ones; sending it again changes nothing."""
    return healths.report(fingerprint, report)


@router.put("", responses=problem_responses(DeviceUnknown))
def change_health(
    fingerprint: str, change: HealthChange, healths: Healths, noting: Noting
) -> HealthView:
    """Say as a person what health a device is in; good also begins a new comparison."""
    noting.about(fingerprint, health=change.health, reason=change.reason)
    return healths.change(fingerprint, change)


@router.get("", responses=problem_responses(DeviceUnknown))
def get_health(fingerprint: str, healths: Healths) -> HealthView:
    """Return a device's health and its latest checks, the newest first."""
    return healths.get(fingerprint)
