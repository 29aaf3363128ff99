"""Devices as they are shown: rows, what they offer, labels and work put together.  Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from lut_server.documents import from_document
from lut_server.models import DeviceLabelRow, DeviceRow, EnvironmentRow
from lut_server.wire import DeviceView, Health
from profiler.device import Device, Environment


def device_view(
    row: DeviceRow,
    offered: Iterable[EnvironmentRow],
    labels: Iterable[DeviceLabelRow],
    campaign_id: str | None,
) -> DeviceView:
    """
    Return a device as it is shown.

    Args:
        row: of the device.
        offered: its environments, in order.
        labels: its labels, in order, whoever gave them.
        campaign_id: the campaign whose job it holds; None where it holds none.
    """
    given = tuple(labels)
    return DeviceView(
        device=from_document(Device, row.document),
        environments=tuple(from_document(Environment, each.document) for each in offered),
        agent_version=row.agent_version,
        last_seen=row.last_seen,
        labels=tuple(dict.fromkeys(each.label for each in given)),
        agent_labels=tuple(each.label for each in given if each.given_by == "agent"),
        state="idle" if campaign_id is None else "leased",
        campaign_id=campaign_id,
        health=cast(Health, row.health),
        health_reason=row.health_reason,
        health_since=row.health_since or None,
        target_error=row.target_error,
    )
