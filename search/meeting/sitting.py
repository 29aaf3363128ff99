"""
Networks measured beside anchors, in sittings that agree.

A **sitting** is one campaign over a few networks and the anchors: networks of the certificate,
whose latency the table knows.  What the anchors cost now over what they cost then is the drift of
the device.  Other programs slow a device down, and for longer than a sitting lasts; so a sitting
is repeated until two agree that are as calm as any, and slower ones are left out, as contended
rounds are.  The anchors alone say which, never the networks that are judged.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

from lut_server.client import LutClient
from lut_server.wire import CampaignView
from profiler.errors import LutError
from profiler.measurement import Measurement, Session
from profiler.operations import Network, operation_key, operation_label
from profiler.summary import Summary, kept_medians, latency_of, summarise
from profiler.table import Table
from search.target import Target, entry_of, measure_on

AGREE = 0.03
"""Difference of drift up to which two sittings found the device in one state."""

ENOUGH = 2
"""Sittings that must agree."""

ENOUGH_ANCHORS = 3
"""Networks of a session that tell how calm it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """
    Where networks are measured.

    Args:
        client: of the lookup-table server.
        target: the device; its agent runs.
        table: what its anchors cost before.
        on_campaign: is called at every look at a campaign.
        sleep: waits that many seconds.
    """

    client: LutClient
    target: Target
    table: Table
    on_campaign: Callable[[CampaignView], None] = lambda _: None
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """
    What one campaign measured.

    Args:
        drift: median over the anchors of latency now over latency then; 1 without anchors.
        measurements: of every operation; the rounds of all sessions the campaign took.
        session_id: of the last session.
    """

    drift: float
    measurements: dict[str, Measurement]
    session_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """
    What sittings say of the networks measured in them.

    Args:
        sittings: all of them, in the order of time.
        anchors: how many were measured beside the networks.
    """

    sittings: tuple[Sitting, ...]
    anchors: int

    @property
    def calm(self) -> tuple[Sitting, ...]:
        """The sittings that count: those whose drift is that of the calmest."""
        return _calm(self.sittings, min(each.drift for each in self.sittings))

    @property
    def drift(self) -> float:
        """How much slower the device was than when its table was measured."""
        return median(each.drift for each in self.calm)

    def summary(self, network: Network) -> Summary:
        """Return what the rounds of all calm sittings say of a network, latencies in us."""
        seen = [each.measurements[operation_key(network)] for each in self.calm]
        return summarise(_joined(seen))

    def measurement_id(self, network: Network) -> str:
        """Return where the newest samples of a network that count are."""
        return self.calm[-1].measurements[operation_key(network)].id


def measure_beside(
    site: Site,
    networks: Sequence[Network],
    anchors: Sequence[Network],
    *,
    name: str,
    most: int,
    calmest: float | None = None,
) -> Beside:
    """
    Measure *networks* beside *anchors* until two calm sittings agree.

    Args:
        site: the device.
        networks: to be measured; a sitting measures each once.
        anchors: networks its table holds; without any the first sittings are believed.
        name: of the campaigns.
        most: sittings at most; then the calmest count, agreed or not.
        calmest: a drift at which the device was seen before; it is waited for that it is as calm.

    Raises:
        LutError: a campaign failed, or no agent works on it.
        TableMismatch: the table does not hold an anchor.
    """
    together = tuple({operation_key(each): each for each in (*networks, *anchors)}.values())
    sittings: list[Sitting] = []
    while len(sittings) < most:
        sittings.append(_sit(site, together, anchors, name))
        drifts = [each.drift for each in sittings]
        if len(_calm(sittings, min([*drifts, *([calmest] if calmest else [])]))) >= ENOUGH:
            break
    return Beside(sittings=tuple(sittings), anchors=len(anchors))


def calmest_seen(site: Site, networks: Sequence[Network]) -> float | None:
    """Return the least drift in any session the server has of the device; None if none tells."""
    drifts = []
    for session in _own(site):
        measurements = {key: _joined(seen) for key, seen in _by_key([session]).items()}
        anchors = [each for each in networks if operation_key(each) in measurements]
        if len(anchors) >= ENOUGH_ANCHORS:
            drifts.append(median(_ratios(measurements, anchors, site.table)))
    return min(drifts, default=None)


def nearest(
    networks: Sequence[Network], table: Table, latency_us: float, count: int
) -> list[Network]:
    """Return the *count* of *networks* whose measured latency is nearest to *latency_us*."""
    return sorted(networks, key=lambda n: abs(entry_of(table, n).latency_us - latency_us))[:count]


def _sit(site: Site, together: Sequence[Network], anchors: Sequence[Network], name: str) -> Sitting:
    before = {session.id for session in _own(site)}
    measure_on(
        site.client,
        site.target,
        together,
        name=name,
        remeasure=True,
        on_progress=site.on_campaign,
        sleep=site.sleep,
    )
    new = [session for session in _own(site) if session.id not in before]
    measurements = {key: _joined(seen) for key, seen in _by_key(new).items()}
    for network in together:
        if operation_key(network) not in measurements:
            raise LutError(
                f"the campaign ended without a measurement of {operation_label(network)}; start "
                "this again"
            )
    ratios = list(_ratios(measurements, anchors, site.table))
    return Sitting(
        drift=median(ratios) if ratios else 1.0,
        measurements=measurements,
        session_id=new[-1].id,
    )


def _own(site: Site) -> Iterator[Session]:
    """Yield the sessions of this very unit, of all that share its table."""
    for session in site.client.sessions(site.target.table):
        if session.device.fingerprint == site.target.device.fingerprint:
            yield session


def _by_key(sessions: Sequence[Session]) -> dict[str, list[Measurement]]:
    found: dict[str, list[Measurement]] = {}
    for session in sessions:
        for measurement in session.measurements:
            found.setdefault(operation_key(measurement.operation), []).append(measurement)
    return found


def _joined(seen: Sequence[Measurement]) -> Measurement:
    """Return the newest of several measurements with the rounds of all."""
    return replace(seen[-1], rounds=tuple(part for each in seen for part in each.rounds))


def _ratios(
    measurements: dict[str, Measurement], anchors: Sequence[Network], table: Table
) -> Iterator[float]:
    """Yield latency now over latency then of each anchor."""
    for anchor in anchors:
        now_us = latency_of(kept_medians(measurements[operation_key(anchor)].rounds))
        yield now_us / entry_of(table, anchor).latency_us


def _calm(sittings: Sequence[Sitting], calmest: float) -> tuple[Sitting, ...]:
    return tuple(each for each in sittings if each.drift <= calmest * (1 + AGREE))
