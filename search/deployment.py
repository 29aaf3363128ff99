"""
The derived network measured whole on the device it was searched for.

It is measured in one session with a few networks of the certificate (anchors).  What those cost
now against what they cost then is the drift of the device between the two sessions, and it stands
in the result beside the measured latency; it corrects nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lut_server.client import LutClient
from lut_server.wire import CampaignView
from profiler.errors import LutError
from profiler.measurement import Measurement, Session
from profiler.operations import Network, operation_key
from profiler.summary import Summary, summarise
from profiler.table import Table
from search.target import Target, entry_of, measure_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """
    What the device says about the derived network.

    Args:
        summary: of its samples; latencies in microseconds.
        measurement_id: where those samples are.
        session_id: of the session.
        drift: median over the anchors of latency now over latency then; 1 without anchors.
        anchors: how many were measured beside it.
    """

    summary: Summary
    measurement_id: str
    session_id: str
    drift: float
    anchors: int


def measure_network(
    client: LutClient,
    target: Target,
    network: Network,
    anchors: Sequence[Network],
    table: Table,
    *,
    on_campaign: Callable[[CampaignView], None],
) -> Deployment:
    """
    Have *network* measured on *target*, beside *anchors* that *table* already holds.

    Raises:
        LutError: the campaign failed, or no agent works on it.
        TableMismatch: *table* does not hold an anchor.
    """
    measure_on(
        client,
        target,
        (network, *anchors),
        name="derived network",
        remeasure=True,
        on_progress=on_campaign,
    )
    session, measurement = _newest(client.sessions(target.table), network)
    now = {operation_key(m.operation): summarise(m).latency_us for m in session.measurements}
    ratios = [now[operation_key(a)] / entry_of(table, a).latency_us for a in anchors]
    return Deployment(
        summary=summarise(measurement),
        measurement_id=measurement.id,
        session_id=session.id,
        drift=float(np.median(ratios)) if ratios else 1.0,
        anchors=len(ratios),
    )


def nearest(
    networks: Sequence[Network], table: Table, latency_us: float, count: int
) -> list[Network]:
    """Return the *count* of *networks* whose measured latency is nearest to *latency_us*."""
    return sorted(networks, key=lambda n: abs(entry_of(table, n).latency_us - latency_us))[:count]


def _newest(sessions: Sequence[Session], network: Network) -> tuple[Session, Measurement]:
    key = operation_key(network)
    for session in reversed(sessions):
        for measurement in session.measurements:
            if operation_key(measurement.operation) == key:
                return session, measurement
    raise LutError("the campaign ended without a measurement of the derived network; run it again")
