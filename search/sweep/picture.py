"""
The searches of a sweep for one device: accuracy over measured latency, the Pareto front marked.

Every dot is one trained and measured network; the front joins those no other one beats.
"""

from __future__ import annotations

from collections.abc import Sequence

from search.report.front import Dot, Panel, panels_svg
from search.sweep.perform import Outcome
from search.sweep.summary import pareto, succeeded_on


def front_svg(device: str, outcomes: Sequence[Outcome]) -> str:
    """
    Return mIoU over measured latency of every search for *device* that succeeded.

    Args:
        device: as the sweep names it.
        outcomes: of the sweep; at least one for the device has a network.
    """
    shown = succeeded_on(device, outcomes)
    best = {each.name for each in pareto(shown)}
    measured = "simulated" if any(each.simulated for each in shown) else "measured"
    panel = Panel(
        title=f"{device}: large dots, the Pareto front",
        across=f"{measured} latency, ms",
        up="mIoU",
        dots=[_dot(each, each.name in best) for each in shown],
    )
    return panels_svg(f"Accuracy over latency of {len(shown)} networks for {device}", [panel])


def _dot(outcome: Outcome, best: bool) -> Dot:
    latency_ms, miou = (outcome.measured_us or 0.0) / 1000, outcome.miou or 0.0
    return Dot(
        x=latency_ms,
        y=miou,
        tooltip=f"{outcome.name}: {latency_ms:.3g} ms, mIoU {miou:.3f}",
        best=best,
    )
