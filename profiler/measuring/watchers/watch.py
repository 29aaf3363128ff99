"""All watchers of a session together: the worst of what they say is the state of a round."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from profiler.measurement import ConditionState
from profiler.measuring.watchers.port import Span, Watcher

SEVERITY: tuple[ConditionState, ...] = ("clean", "unverified", "contended", "throttled")
"""From the least to the most serious."""


def worst(states: Iterable[ConditionState]) -> ConditionState:
    """Return the most serious of *states*; ``clean`` where there are none."""
    return max(states, key=SEVERITY.index, default="clean")


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """One reading of every watcher of a span."""

    span: Span
    readings: tuple[Any, ...]


class Watch:
    """
    Reads watchers before and after, and remembers which could not.

    Args:
        watchers: who watches; none where there is no machine that could be disturbed.
    """

    def __init__(self, watchers: Sequence[Watcher]) -> None:
        self._of: dict[Span, tuple[Watcher, ...]] = {
            "visit": tuple(w for w in watchers if w.span == "visit"),
            "round": tuple(w for w in watchers if w.span == "round"),
        }
        self._unread: dict[str, None] = {}

    @property
    def unread(self) -> tuple[str, ...]:
        """What could not be read, at least once."""
        return tuple(self._unread)

    def look(self, span: Span) -> Glance:
        """Read every watcher of *span*."""
        return Glance(span=span, readings=tuple(w.read() for w in self._of[span]))

    def state_since(self, before: Glance) -> ConditionState:
        """Return the worst that happened since *before*."""
        after = self.look(before.span)
        watched = zip(self._of[before.span], before.readings, after.readings, strict=True)
        return worst(self._state(*one) for one in watched)

    def _state(self, watcher: Watcher, before: Any, after: Any) -> ConditionState:
        if before is None or after is None:
            self._unread[watcher.watches] = None
            return "unverified"
        return watcher.judge(before, after)
