"""
The derived network measured whole on the device it was searched for.

It is measured beside a few networks of the certificate (anchors), in sittings that agree
(``search.meeting.sitting``).  What the anchors cost now against what they cost when the table was
measured is the drift of the device; it stands in the result beside the measured latency and
corrects nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from profiler.operations import Network
from profiler.summary import Summary
from search.meeting.sitting import Site, measure_beside


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """
    What the device says about the derived network.

    Args:
        summary: of its samples in the sittings that count; latencies in microseconds.
        measurement_id: where the newest of those samples are.
        session_id: of their session.
        drift: median over the anchors of latency now over latency then; 1 without anchors.
        anchors: how many were measured beside it.
        sittings: how many campaigns there were.
        calm: how many of them count; the others were slower, as the anchors say.
        software: ``name=version`` of what that session ran.
    """

    summary: Summary
    measurement_id: str
    session_id: str
    drift: float
    anchors: int
    sittings: int
    calm: int
    software: tuple[str, ...] = ()


def measure_network(
    site: Site,
    network: Network,
    anchors: Sequence[Network],
    *,
    most: int,
    calmest: float | None = None,
) -> Deployment:
    """
    Have *network* measured beside *anchors* that the table of the device already holds.

    Args:
        site: the device.
        network: to be measured.
        anchors: see ``measure_beside``.
        most: sittings at most.
        calmest: drift of the device when the network was chosen.

    Raises:
        LutError: a campaign failed, or no agent works on it.
        TableMismatch: the table does not hold an anchor.
    """
    beside = measure_beside(
        site, [network], anchors, name="derived network", most=most, calmest=calmest
    )
    measurement_id = beside.measurement_id(network)
    return Deployment(
        summary=beside.summary(network),
        measurement_id=measurement_id,
        session_id=beside.calm[-1].session_id,
        drift=beside.drift,
        anchors=beside.anchors,
        sittings=len(beside.sittings),
        calm=len(beside.calm),
        software=site.client.measurement(measurement_id).session.software,
    )
