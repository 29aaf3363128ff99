"""Stands where a watcher should be and cannot: it reads nothing, so nothing is certified."""

from __future__ import annotations

from dataclasses import dataclass

from profiler.measurement import ConditionState
from profiler.measuring.watchers.port import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind:
    """
    Stands for a watcher that cannot read.

    Args:
        watches: what nobody watches, and why.
        span: over what it would have judged.
    """

    watches: str
    span: Span = "round"

    def read(self) -> None:
        """Return nothing."""

    def judge(self, before: None, after: None) -> ConditionState:
        """Return that nothing is known."""
        return "unverified"
