"""What a session reads of the device beside the time: watchers, rails, conditions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from profiler.energy.port import Rail
from profiler.measurement import Conditions
from profiler.measuring.watchers.port import Watcher
from profiler.platforms.conditions import read_conditions


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruments:
    """
    The instruments of one device; none at all for a simulated one.

    Args:
        watchers: judge what spoils samples.
        rails: supplies whose energy can be counted, the one that is the whole device first.
        conditions: reads what the device is doing at this moment.
    """

    watchers: tuple[Watcher, ...] = ()
    rails: tuple[Rail, ...] = ()
    conditions: Callable[[], Conditions] = read_conditions
