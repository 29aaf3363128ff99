"""Devices and their health."""

from __future__ import annotations

from collections.abc import Iterable

from lut_server.client.connection import Connection, segment
from lut_server.wire import (
    DeviceView,
    HealthChange,
    HealthReceipt,
    HealthReport,
    HealthView,
    LabelChange,
    Registration,
)


class Devices(Connection):
    """The client's methods about devices and their health."""

    def register(self, registration: Registration) -> DeviceView:
        """Register a device, or say that it is there again."""
        return self._ask(DeviceView, "POST", "/v1/devices", registration, repeatable=True)

    def devices(self) -> tuple[DeviceView, ...]:
        """Return all registered devices."""
        return self._ask(tuple[DeviceView, ...], "GET", "/v1/devices")

    def device(self, fingerprint: str) -> DeviceView:
        """Return one registered device."""
        return self._ask(DeviceView, "GET", f"/v1/devices/{segment(fingerprint)}")

    def label_device(self, fingerprint: str, labels: Iterable[str]) -> DeviceView:
        """Say as a person which labels a device has; those of its agent stay beside them."""
        change = LabelChange(labels=tuple(labels))
        return self._ask(DeviceView, "PUT", f"/v1/devices/{segment(fingerprint)}/labels", change)

    def report_health(self, fingerprint: str, report: HealthReport) -> HealthReceipt:
        """Hand in a pass of the sentinels; return what it says of the device."""
        path = f"/v1/devices/{segment(fingerprint)}/health"
        return self._ask(HealthReceipt, "POST", path, report, repeatable=True)

    def change_health(self, fingerprint: str, change: HealthChange) -> HealthView:
        """Say as a person what health a device is in."""
        return self._ask(HealthView, "PUT", f"/v1/devices/{segment(fingerprint)}/health", change)

    def device_health(self, fingerprint: str) -> HealthView:
        """Return a device's health and the checks that led to it, the newest first."""
        return self._ask(HealthView, "GET", f"/v1/devices/{segment(fingerprint)}/health")
