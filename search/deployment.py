"""
The derived network measured whole on the device it was searched for.

It is measured beside a few networks of the certificate (anchors) and told at the usual pace of the
device (``search.meeting.sitting``); what the samples themselves say stands beside it.  What the
anchors usually cost now against what they cost when the table was measured is the drift.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from profiler.operations import Network
from profiler.summary import Summary
from search.meeting.sitting import Site, measure_beside

ENOUGH = 2
"""Sittings a measured latency rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """
    What the device says about the derived network.

    Args:
        summary: what it takes at the usual pace of the device; latencies in microseconds.
        as_sampled_us: its latency in the sittings that count, whatever pace the device had.
        measurement_id: where the newest of those samples are.
        session_id: of their session.
        drift: the usual pace of the device, over that of its table; 1 without anchors.
        anchors: how many were measured beside it.
        sittings: how many campaigns there were.
        counted: how many of them count; the others were far from the usual pace.
        software: ``name=version`` of what that session ran.
    """

    summary: Summary
    as_sampled_us: float
    measurement_id: str
    session_id: str
    drift: float
    anchors: int
    sittings: int
    counted: int
    software: tuple[str, ...] = ()


def measure_network(
    site: Site,
    network: Network,
    anchors: Sequence[Network],
    *,
    most: int,
) -> Deployment:
    """
    Have *network* measured beside *anchors* that the table of the device already holds.

    Args:
        site: the device.
        network: to be measured.
        anchors: see ``measure_beside``.
        most: sittings at most.

    Raises:
        LutError: a campaign failed, or no agent works on it.
        TableMismatch: the table does not hold an anchor.
    """
    beside = measure_beside(
        site, [network], anchors, name="derived network", enough=ENOUGH, most=most
    )
    measurement_id = beside.measurement_id(network)
    return Deployment(
        summary=beside.summary(network),
        as_sampled_us=beside.as_sampled(network).latency_us,
        measurement_id=measurement_id,
        session_id=beside.counted[-1].session_id,
        drift=beside.drift,
        anchors=beside.anchors,
        sittings=len(beside.sittings),
        counted=len(beside.counted),
        software=site.client.measurement(measurement_id).session.software,
    )
