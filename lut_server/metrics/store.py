"""
What Prometheus is told of the store, read in one transaction and kept for a moment.

Whoever asks while somebody reads is told what was read last: a scrape never waits for another.
A moment something happened is given as seconds since 1970, as Prometheus wants it; ``time() -``
makes an age of it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from threading import Lock

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from lut_server.clock import Clock
from lut_server.database import Database
from lut_server.metrics.drift import Drift, drifts
from lut_server.metrics.repository import MetricsRepository
from profiler.errors import HnaError

KEPT_S = 1.0
"""How long what was read stands, in seconds."""

DRIFT_KEPT_S = 30.0
"""The same for drift, which is read over all health checks and changes with them only."""

CAMPAIGN_STATES = ("running", "paused", "finished", "cancelled")
JOB_STATES = ("queued", "leased", "done", "failed", "cancelled")


class StoreMetrics(Collector):
    """
    The numbers of a store; threads may share them.

    Args:
        database: the store.
        clock: tells the time, in UTC.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._reading = Lock()
        self._read: tuple[Metric, ...] = ()
        self._read_s = float("-inf")
        self._drifts: tuple[Drift, ...] = ()
        self._drifts_s = float("-inf")

    def describe(self) -> Iterable[Metric]:
        """Return nothing: registering reads no database."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield the numbers, and whether they could be read."""
        if time.monotonic() - self._read_s >= KEPT_S and self._reading.acquire(blocking=False):
            try:
                self._read = self._look()
                self._read_s = time.monotonic()
            finally:
                self._reading.release()
        yield from self._read

    def _look(self) -> tuple[Metric, ...]:
        up = GaugeMetricFamily("hna_database_up", "Whether the store could be read just now.")
        try:
            with self._database.reading() as session:
                metrics = MetricsRepository(session)
                read = (*self._queue(metrics), *self._devices(metrics), *_tables(metrics))
                up.add_metric((), 1)
        except HnaError:
            up.add_metric((), 0)
            return (up,)
        return (up, *read)

    def _queue(self, metrics: MetricsRepository) -> Iterator[Metric]:
        now_s = self._clock().timestamp()
        jobs = metrics.jobs(now_s)
        yield _counted("hna_jobs", "Jobs by state.", JOB_STATES, jobs)
        campaigns = metrics.campaigns()
        yield _counted("hna_campaigns", "Campaigns by state.", CAMPAIGN_STATES, campaigns)
        expiries = CounterMetricFamily("hna_lease_expiries", "Leases that ran out.")
        expiries.add_metric((), metrics.expiries(now_s))
        yield expiries

    def _devices(self, metrics: MetricsRepository) -> Iterator[Metric]:
        at_work = metrics.at_work(self._clock().timestamp())
        name = _gauge("hna_device_info", "Its name and model; always 1.", "device", "name", "model")
        seen = _gauge(
            "hna_device_last_seen_timestamp_seconds", "When its agent last asked.", "device"
        )
        health = _gauge("hna_device_health", "1 for the health it is in.", "device", "health")
        state = _gauge("hna_device_state", "1 for what it does.", "device", "state")
        for row in metrics.devices():
            device = row.fingerprint
            name.add_metric((device, str(row.document["name"]), row.model), 1)
            seen.add_metric((device,), _timestamp_s(row.last_seen))
            health.add_metric((device, row.health), 1)
            state.add_metric((device, "leased" if device in at_work else "idle"), 1)
        yield from (name, seen, health, state)
        yield self._drift(metrics)

    def _drift(self, metrics: MetricsRepository) -> Metric:
        if time.monotonic() - self._drifts_s >= DRIFT_KEPT_S:
            self._drifts = tuple(drifts(metrics))
            self._drifts_s = time.monotonic()
        drift = _gauge(
            "hna_sentinel_drift_ratio",
            "The newest pass of a sentinel over what was usual before; 1 where nothing moved.",
            *("device", "environment", "sentinel"),
        )
        for fingerprint, environment, sentinel, ratio in self._drifts:
            drift.add_metric((fingerprint, environment, sentinel), ratio)
        return drift


def _tables(metrics: MetricsRepository) -> Iterator[Metric]:
    reported = _gauge(
        "hna_table_last_report_timestamp_seconds", "When it last got measurements.", "table"
    )
    versions = _gauge("hna_table_versions", "Versions kept.", "table")
    entries = _gauge("hna_table_entries", "Entries of the newest version kept.", "table")
    made = _gauge(
        "hna_table_version_timestamp_seconds", "When its newest version was made.", "table"
    )
    for name, last, kept in metrics.tables():
        if last is not None:
            reported.add_metric((name,), _timestamp_s(last))
        versions.add_metric((name,), kept)
    for name, (count, at) in metrics.newest_versions().items():
        entries.add_metric((name,), count)
        made.add_metric((name,), _timestamp_s(at))
    yield from (reported, versions, entries, made)


def _gauge(name: str, what: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, what, labels=labels)


def _counted(
    name: str, what: str, states: Iterable[str], counts: Mapping[str, int]
) -> GaugeMetricFamily:
    """Return how many are in each state, also where there are none: absent is not zero."""
    gauge = _gauge(name, what, "state")
    for state in (*states, *(counts.keys() - set(states))):
        gauge.add_metric((state,), counts.get(state, 0))
    return gauge


def _timestamp_s(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
