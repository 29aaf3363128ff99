"""The loss networks promise to spare over the latency predicted for them, device by device."""

from __future__ import annotations

from collections.abc import Sequence

from search.front.devices import FrontDevice
from search.front.networks import Promised
from search.report.front import Dot, Panel, panels_svg


def promised_svg(devices: Sequence[FrontDevice], found: Sequence[Promised]) -> str:
    """
    Return a panel for each device; the numbers in it are those of the networks' files.

    Large dots are the device's own front, or the one network that keeps all budgets.
    """
    label = f"Promised accuracy over predicted latency of {len(found)} networks"
    return panels_svg(label, [_panel(device, found) for device in devices])


def _panel(device: FrontDevice, found: Sequence[Promised]) -> Panel:
    marked = "the network that keeps all budgets"
    if any(each.point.fronts for each in found):
        marked = "large dots, the Pareto front"
    return Panel(
        title=f"{device.name}: {marked}",
        across="predicted latency, ms" + (" (simulated)" if device.table.simulated else ""),
        up="loss spared, the supernet says",
        dots=[_dot(number, device.name, each) for number, each in enumerate(found, start=1)],
    )


def _dot(number: int, device: str, each: Promised) -> Dot:
    latency_ms = each.point.predicted[device] / 1000
    return Dot(
        x=latency_ms,
        y=each.point.score,
        tooltip=f"network {number}: {latency_ms:.3g} ms, loss {each.loss:.4f}",
        best=device in each.point.fronts or not each.point.fronts,
    )
