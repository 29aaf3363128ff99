"""
Rules about devices.

A fingerprint belongs to one identity for ever.  What may change under it is what people or
upgrades change: name, operating system, memory the kernel reports.  Devices of one model are all
real, all simulated or all emulated, since they share tables.
"""

from __future__ import annotations

import re

from lut_server.clock import Clock, iso
from lut_server.devices.repository import DeviceRepository
from lut_server.devices.views import device_view
from lut_server.documents import from_document, to_document
from lut_server.models import DeviceRow
from lut_server.wire import PROTOCOL_VERSION, WITHHELD, DeviceView, LabelChange, Registration
from profiler.device import Device
from profiler.errors import (
    DeviceConflict,
    DeviceUnknown,
    DeviceUnregistered,
    DeviceWithheld,
    HnaError,
    ProtocolMismatch,
)

IDENTITY = ("model", "architecture", "cores", "simulated", "emulated")
"""Fields of a device that never change under one fingerprint."""

KIND = ("simulated", "emulated")
"""Fields that all devices of one model share."""

AGENT, PERSON = "agent", "person"
"""Who gave a label; each replaces only what it gave itself."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,199}")


class DeviceService:
    """What can be done with devices."""

    def __init__(self, devices: DeviceRepository, clock: Clock) -> None:
        self._devices = devices
        self._clock = clock

    def register(self, registration: Registration) -> DeviceView:
        """
        Register a device, or say that it is there again.

        Raises:
            DeviceConflict: the fingerprint or the model is known as other hardware.
            ProtocolMismatch: the agent speaks another version of the protocol.
        """
        if registration.protocol_version != PROTOCOL_VERSION:
            raise ProtocolMismatch(
                f"the agent speaks protocol {registration.protocol_version}, this server "
                f"{PROTOCOL_VERSION}; install one version of hna-nas on both"
            )
        for environment in registration.environments:
            require_table_part("runtime", environment.runtime)
        row = self._upsert(registration.device, registration.agent_version)
        row.target_error = registration.target_error
        self._devices.replace_environments(row.fingerprint, registration.environments)
        self._devices.replace_labels(row.fingerprint, registration.labels, AGENT)
        return self.get(row.fingerprint)

    def all(self) -> tuple[DeviceView, ...]:
        """Return all devices."""
        offered, labels = self._devices.offered(), self._devices.labels()
        holders = self._devices.holders(self._clock().timestamp())
        return tuple(
            device_view(
                row,
                offered.get(row.fingerprint, ()),
                labels.get(row.fingerprint, ()),
                holders.get(row.fingerprint),
            )
            for row in self._devices.all()
        )

    def get(self, fingerprint: str) -> DeviceView:
        """Return one device, or raise ``DeviceUnknown``."""
        row = self._devices.find(fingerprint)
        if row is None:
            raise DeviceUnknown(
                f"no device has fingerprint {fingerprint!r}; register it first: start its agent"
            )
        offered = self._devices.environments(fingerprint)
        labels = self._devices.labels(fingerprint).get(fingerprint, ())
        holders = self._devices.holders(self._clock().timestamp(), fingerprint)
        return device_view(row, offered, labels, holders.get(fingerprint))

    def label(self, fingerprint: str, change: LabelChange) -> DeviceView:
        """Make these the labels that people gave a device, or raise ``DeviceUnknown``."""
        self.get(fingerprint)
        self._devices.replace_labels(fingerprint, change.labels, PERSON)
        return self.get(fingerprint)

    def seen(self, fingerprint: str) -> Device:
        """Note that a device was there; return it, or raise ``DeviceUnregistered``."""
        row = self._devices.find(fingerprint)
        if row is None:
            raise DeviceUnregistered(
                f"device {fingerprint!r} is not registered here; register it with "
                "POST /v1/devices and send this again"
            )
        row.last_seen = iso(self._clock())
        return from_document(Device, row.document)

    def saw_holder(self, lease_id: str) -> None:
        """Note that the device that holds a lease was there."""
        self._devices.saw_holder(lease_id, iso(self._clock()))

    def require_in_service(self, device: Device) -> None:
        """Check that a registered device may get work, or raise ``DeviceWithheld``."""
        withheld = self.withheld(device.fingerprint)
        if withheld is not None:
            raise withheld

    def withheld(self, fingerprint: str) -> DeviceWithheld | None:
        """Return why a device gets no work; None where nothing is held against it."""
        row = self._devices.find(fingerprint)
        if row is None or row.health not in WITHHELD:
            return None
        name = from_document(Device, row.document).name
        return DeviceWithheld(
            f"device {name} ({fingerprint[:16]})", row.health, row.health_reason, row.health_since
        )

    def require_same(self, known: Device, claimed: Device) -> None:
        """Check that two descriptions are of one device, or raise ``DeviceConflict``."""
        differing = [name for name in IDENTITY if getattr(known, name) != getattr(claimed, name)]
        if differing:
            told = ", ".join(
                f"{name} {getattr(known, name)!r} there, {getattr(claimed, name)!r} now"
                for name in differing
            )
            raise DeviceConflict(
                f"fingerprint {known.fingerprint!r} belongs to another device: {told}; two "
                "machines cloned from one image need machine ids of their own"
            )

    def _upsert(self, device: Device, agent_version: str) -> DeviceRow:
        require_table_part("device model", device.model)
        self._require_one_kind(device)
        row = self._devices.find(device.fingerprint)
        if row is None:
            row = DeviceRow(fingerprint=device.fingerprint, model=device.model)
        else:
            self.require_same(from_document(Device, row.document), device)
        row.document = to_document(device)
        row.agent_version = agent_version
        row.last_seen = iso(self._clock())
        self._devices.add(row)
        return row

    def _require_one_kind(self, device: Device) -> None:
        row = self._devices.another_of_model(device.model, device.fingerprint)
        if row is None:
            return
        other = from_document(Device, row.document)  # as all others were, when they came
        if any(getattr(other, name) != getattr(device, name) for name in KIND):
            raise DeviceConflict(
                f"model {device.model!r} is that of {_kind(other)} device {other.name!r}; "
                f"a {_kind(device)} one would share its tables: give it another model name"
            )


def _kind(device: Device) -> str:
    return "simulated" if device.simulated else "emulated" if device.emulated else "real"


def require_table_part(what: str, name: str) -> None:
    """Check that *name* can be part of a table's name, which is a segment of an address."""
    if not _NAME.fullmatch(name):
        raise HnaError(f"{what} {name!r} cannot name a table; use letters, digits and . _ + - only")
