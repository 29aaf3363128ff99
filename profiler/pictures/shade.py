"""From a latency to the strength of its tint, equal ratios equally far apart."""

from __future__ import annotations

from collections.abc import Iterable
from math import log


class Shade:
    """
    Says how dark a latency is among others.

    Args:
        latencies_us: all that are shown, in microseconds; those of zero or less do not count.
    """

    def __init__(self, latencies_us: Iterable[float]) -> None:
        positive = [value for value in latencies_us if value > 0] or [1.0]
        self.low_us, self.high_us = min(positive), max(positive)

    def __call__(self, latency_us: float) -> float:
        """
        Return 0 for the smallest latency, 1 for the largest, on a logarithmic scale.

        >>> Shade([1.0, 100.0])(10.0)
        0.5
        """
        if latency_us <= self.low_us or self.low_us == self.high_us:
            return 0.0
        return min(1.0, log(latency_us / self.low_us) / log(self.high_us / self.low_us))
