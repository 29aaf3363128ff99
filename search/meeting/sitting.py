"""
Networks measured beside anchors, and told at the usual pace of the device.

A **sitting** is one campaign over a few networks and the anchors: networks of the certificate,
whose latency the table knows.  What the anchors cost now over what they cost then is the drift of
the device.  Other programs slow a device down, longer than a sitting lasts and all networks of it
alike: beside its anchors a network varies far less than by itself (docs/results).  So what a
sitting measured is brought to the pace the device usually has, the median drift of its newest
sessions.  A sitting far from that pace is repeated: then networks are slowed by different factors.
The anchors alone say so, never the networks that are judged.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

from lut_server.client import LutClient
from lut_server.wire import CampaignView
from profiler.errors import LutError
from profiler.measurement import Measurement, Round, Session
from profiler.operations import Network, operation_key, operation_label
from profiler.summary import Summary, kept_medians, latency_of, summarise
from profiler.table import Table
from search.target import Target, entry_of, measure_on

NEAR = 0.06
"""Difference from the usual pace up to which a device slows all networks alike."""

SURE = 3
"""Sessions near a pace that make it the usual one."""

NEWEST = 8
"""Sessions whose pace is the usual one."""

ENOUGH_ANCHORS = 3
"""Networks of a session that tell its pace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """
    Where networks are measured.

    Args:
        client: of the lookup-table server.
        target: the device; its agent runs.
        table: what its anchors cost before.
        known: networks that table holds: they tell the pace of earlier sessions.
        on_campaign: is called at every look at a campaign.
        sleep: waits that many seconds.
    """

    client: LutClient
    target: Target
    table: Table
    known: Sequence[Network] = ()
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
        before: drifts of the newest sessions before them, the oldest first.
        anchors: how many were measured beside the networks.
    """

    sittings: tuple[Sitting, ...]
    before: tuple[float, ...]
    anchors: int

    @property
    def drift(self) -> float:
        """The usual pace: how much slower the device is than when its table was measured."""
        return median(self._drifts)

    @property
    def sure(self) -> bool:
        """Whether enough sessions had the usual pace; without anchors there is none to know."""
        near = sum(self._away(drift) <= NEAR for drift in self._drifts)
        return near >= SURE or not self.anchors

    @property
    def counted(self) -> tuple[Sitting, ...]:
        """The sittings near the usual pace; where none is, the nearest."""
        near = tuple(each for each in self.sittings if self._away(each.drift) <= NEAR)
        return near or (min(self.sittings, key=lambda each: self._away(each.drift)),)

    def summary(self, network: Network) -> Summary:
        """Return what a network takes at the usual pace; latencies in us."""
        return self._summary(network, self.drift)

    def as_sampled(self, network: Network) -> Summary:
        """Return what it took in the sittings that count, whatever pace the device had."""
        return self._summary(network, None)

    def measurement_id(self, network: Network) -> str:
        """Return where the newest samples of a network that count are."""
        return self.counted[-1].measurements[operation_key(network)].id

    @property
    def _drifts(self) -> tuple[float, ...]:
        return (*self.before, *(each.drift for each in self.sittings))[-NEWEST:]

    def _away(self, drift: float) -> float:
        return abs(drift / self.drift - 1)

    def _summary(self, network: Network, pace: float | None) -> Summary:
        key = operation_key(network)
        seen = [
            _paced(each.measurements[key], (pace or each.drift) / each.drift)
            for each in self.counted
        ]
        return summarise(_joined(seen))


def measure_beside(
    site: Site,
    networks: Sequence[Network],
    anchors: Sequence[Network],
    *,
    name: str,
    enough: int,
    most: int,
) -> Beside:
    """
    Measure *networks* beside *anchors* until enough sittings had the usual pace of the device.

    Args:
        site: the device.
        networks: to be measured; a sitting measures each once.
        anchors: networks its table holds; without any every sitting has the usual pace.
        name: of the campaigns.
        enough: sittings that must count, where it is known which pace is usual.
        most: sittings at most; then those that count must do.

    Raises:
        LutError: a campaign failed, or no agent works on it.
        TableMismatch: the table does not hold an anchor.
    """
    together = tuple({operation_key(each): each for each in (*networks, *anchors)}.values())
    before = _drifts_before(site, {*site.known, *anchors})
    beside = Beside(sittings=(), before=before, anchors=len(anchors))
    while len(beside.sittings) < max(most, 1):
        sitting = _sit(site, together, anchors, name)
        beside = replace(beside, sittings=(*beside.sittings, sitting))
        if beside.sure and len(beside.counted) >= enough:
            break
    return beside


def _drifts_before(site: Site, known: Collection[Network]) -> tuple[float, ...]:
    """Return the drifts of the newest sessions that hold enough of the networks known."""
    drifts = []
    for session in _own(site):
        measurements = {key: _joined(seen) for key, seen in _by_key([session]).items()}
        held = [each for each in known if operation_key(each) in measurements]
        if len(held) >= ENOUGH_ANCHORS:
            drifts.append(median(_ratios(measurements, held, site.table)))
    return tuple(drifts)


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


def _own(site: Site) -> tuple[Session, ...]:
    """Return the newest sessions of this very unit, of all that share its table."""
    fingerprint = site.target.device.fingerprint
    return site.client.sessions(site.target.table, device=fingerprint, newest=NEWEST)


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


def _paced(measurement: Measurement, factor: float) -> Measurement:
    """Return a measurement as if all had taken *factor* times as long."""
    return replace(measurement, rounds=tuple(_slowed(part, factor) for part in measurement.rounds))


def _slowed(part: Round, factor: float) -> Round:
    return replace(part, samples_us=tuple(us * factor for us in part.samples_us))
