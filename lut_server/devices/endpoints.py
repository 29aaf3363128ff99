"""``/v1/devices``: who can be measured."""

from __future__ import annotations

from fastapi import APIRouter

from lut_server.deps import Devices
from lut_server.errors import problem_responses
from lut_server.wire import DeviceView, Registration
from profiler.errors import DeviceConflict, DeviceUnknown, ProtocolMismatch

router = APIRouter(prefix="/v1/devices", tags=["devices"])


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
