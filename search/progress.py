"""What long work says about itself, so that a command can draw a bar and a run keep its curves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochReport:
    """
    One finished epoch.

    Args:
        phase: ``stage1``, ``stage2`` or ``train``.
        epoch: how many are finished, from 1.
        epochs: how many there will be.
        values: named numbers of the epoch, such as ``loss``; units in the names.
    """

    phase: str
    epoch: int
    epochs: int
    values: Mapping[str, float]


OnEpoch = Callable[[EpochReport], None]
"""Called after every epoch."""


def ignore(_: EpochReport) -> None:
    """Draw and keep nothing."""
