"""What the measuring loop asks of whoever watches the machine while it measures."""

from __future__ import annotations

from typing import Any, Literal, Protocol

from profiler.measurement import ConditionState

Span = Literal["visit", "round"]
"""Over what a watcher judges: one operation's visit (milliseconds) or a whole round (seconds)."""


class Watcher(Protocol):
    """
    Judges the time between two of its readings.

    Invariants: reading takes microseconds, changes nothing on the device and never raises; what
    cannot be read is None, and the loop then marks ``unverified``, never ``clean``.
    """

    @property
    def watches(self) -> str:
        """What it watches and why it matters, in a few words, such as ``cpu steal``."""
        ...

    @property
    def span(self) -> Span:
        """Over what its readings are far enough apart to be judged."""
        ...

    def read(self) -> Any:
        """Return the counters now, or None where they cannot be read."""
        ...

    def judge(self, before: Any, after: Any) -> ConditionState:
        """Return what happened between two readings, neither of them None."""
        ...
