"""
How far devices have moved: the newest pass of their sentinels over what was usual before it.

The same comparison as the one that judges a pass (``profiler.health``), as numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from lut_server.metrics.repository import Check, MetricsRepository
from profiler.health import WINDOW, judge


class Drift(NamedTuple):
    """One sentinel of a device in an environment; ``ratio`` is 1 where nothing moved."""

    fingerprint: str
    environment_digest: str
    sentinel: str
    ratio: float


def drifts(metrics: MetricsRepository) -> Iterator[Drift]:
    """Yield how far the sentinels of each device that is not retired have moved."""
    since = {device.fingerprint: device.baseline_since for device in metrics.devices()}
    usual: defaultdict[tuple[str, str], list[Check]] = defaultdict(list)
    for check in metrics.latest_checks(WINDOW + 1, but="suspect"):
        usual[check.fingerprint, check.environment_digest].insert(0, check)
    for newest in metrics.latest_checks(1):
        if newest.fingerprint in since:
            passes = usual[newest.fingerprint, newest.environment_digest]
            yield from _moved(newest, passes, since[newest.fingerprint])


def _moved(newest: Check, passes: list[Check], since: str) -> Iterator[Drift]:
    earlier = [each.latencies_us for each in passes if since < each.at < newest.at]
    for each in judge(earlier, newest.latencies_us).compared:
        yield Drift(newest.fingerprint, newest.environment_digest, each.sentinel, each.ratio)
