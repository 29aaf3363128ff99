"""
The sentinel between visits: what the device was worth while an operation was measured.

Counters say that somebody else ran, not what that cost: a neighbour on a core of its own still
takes cache, memory and clock.  A few executions of the sentinel before and after a visit tell, in
microseconds.  A visit between two readings that are slower than this session's usual is marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from profiler.backends.port import Prepared

EXECUTIONS = 2
"""The faster of so many counts."""

SHARE = 0.05
"""Share of the time that brackets may cost; where the sentinel is slow they are further apart."""

USUAL = 0.25
"""Quantile of a session's readings that is its usual speed; contention only adds."""

TOLERANCE = 0.10
"""How much slower than usual a reading is when the visit beside it is not trusted."""


@dataclass(slots=True)
class Brackets:
    """
    Readings of the sentinel in the order taken.

    Args:
        sentinel: what is executed.
    """

    sentinel: Prepared
    readings_us: list[float] = field(default_factory=list)
    _elapsed_us: float = 0.0

    def elapsed(self, latency_us: float) -> None:
        """Say that the device was busy with a visit for so long."""
        self._elapsed_us += latency_us

    def read(self) -> int:
        """Take a reading if one is due; return the position of the latest."""
        if not self.readings_us or self._elapsed_us >= self._apart_us():
            self.readings_us.append(min(self.sentinel(1) for _ in range(EXECUTIONS)))
            self._elapsed_us = 0.0
        return len(self.readings_us) - 1

    def slow(self) -> Sequence[bool]:
        """Return for each reading whether it is slower than the session's usual."""
        usual_us = float(np.quantile(self.readings_us, USUAL))
        return [reading > (1 + TOLERANCE) * usual_us for reading in self.readings_us]

    def _apart_us(self) -> float:
        return EXECUTIONS * self.readings_us[-1] * (1 / SHARE - 1)
