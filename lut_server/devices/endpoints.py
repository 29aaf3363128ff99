"""``/v1/devices``: who can be measured."""

from __future__ import annotations

from fastapi import APIRouter

from lut_server.audit.noting import Noting
from lut_server.deps import Devices
from lut_server.errors import problem_responses
from lut_server.json_requests import JsonRoute
from lut_server.wire import DeviceView, LabelChange, Registration
from profiler.errors import DeviceConflict, DeviceUnknown, ProtocolMismatch

router = APIRouter(prefix="/v1/devices", tags=["devices"], route_class=JsonRoute)


@router.post("", responses=problem_responses(DeviceConflict, ProtocolMismatch))
def register_device(registration: Registration, devices: Devices) -> DeviceView:
    """Register a device, or say that it is there again; what it offers replaces what it did."""
    return devices.register(registration)


@router.get("")
def list_devices(devices: Devices) -> tuple[DeviceView, ...]:
    """Return all registered devices."""
    return devices.all()


@router.get("/{fingerprint}", responses=problem_responses(DeviceUnknown))
def get_device(fingerprint: str, devices: Devices) -> DeviceView:
    """Return one registered device."""
    return devices.get(fingerprint)


@router.put("/{fingerprint}/labels", responses=problem_responses(DeviceUnknown))
def label_device(
    fingerprint: str, change: LabelChange, devices: Devices, noting: Noting
) -> DeviceView:
    """Say as a person which labels a device has; those of its agent stay beside them."""
    noting.about(fingerprint, labels=list(change.labels))
    return devices.label(fingerprint, change)
