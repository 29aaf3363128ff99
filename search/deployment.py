"""
The derived network measured whole on the device it was searched for.

It is measured in one session with a few networks of the certificate (anchors).  What those cost
now against what they cost then is the drift of the device between the two sessions, and it stands
in the result beside the measured latency; it corrects nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
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
    sleep: Callable[[float], None] = time.sleep,
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
        sleep=sleep,
    )
    session, measurement = _newest(client.sessions(target.table), target, network)
    ratios = list(_ratios(session, anchors, table))
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


def _ratios(session: Session, anchors: Sequence[Network], table: Table) -> Iterator[float]:
    """Yield latency now over latency then of each anchor the session measured."""
    now = {operation_key(m.operation): summarise(m).latency_us for m in session.measurements}
    for anchor in anchors:
        if operation_key(anchor) in now:
            yield now[operation_key(anchor)] / entry_of(table, anchor).latency_us


def _newest(
    sessions: Sequence[Session], target: Target, network: Network
) -> tuple[Session, Measurement]:
    """Return where *network* was measured last on this very unit, of all that share its table."""
    key = operation_key(network)
    own = [s for s in sessions if s.device.fingerprint == target.device.fingerprint]
    for session in reversed(own):
        for measurement in session.measurements:
            if operation_key(measurement.operation) == key:
                return session, measurement
    raise LutError("the campaign ended without a measurement of the derived network; run it again")
