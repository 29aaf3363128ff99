"""
How far a latency varies, at the outermost level that was seen.

A sample varies within a round, rounds within a session, sessions within an engine build, builds
within an operation.  Intervals from samples alone are several times too narrow, because samples
of one session share what the session was like.  So the interval of a row is

* with two or more units (engine builds where the runtime makes them, else sessions): where the
  next unit will lie in 90 of 100 cases, ``mean +- t * s * sqrt(1 + 1/n)``;
* with one: a bootstrap over its rounds, and the row says which levels were not seen.

Two or three units say little about their spread, so ``s`` is moderated: the spread of all rows of
the table together counts as ``PRIOR_WEIGHT`` further observations (Smyth 2004, Statistical
Applications in Genetics and Molecular Biology 3:3, with a fixed weight).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from profiler.student import student_quantile
from profiler.summary import CONFIDENCE

PRIOR_WEIGHT = 4.0
"""Degrees of freedom the table's common spread is worth in the spread of one row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """
    The latencies of one row at the outermost level seen.

    Args:
        values_us: one for each session or build, border subtracted.
        scale_us: what spread is relative to: the latency with the border, which is never zero.
    """

    values_us: tuple[float, ...]
    scale_us: float

    @property
    def mean_us(self) -> float:
        """The row's latency."""
        return float(np.mean(self.values_us))

    @property
    def degrees(self) -> int:
        """How many observations of spread there are."""
        return len(self.values_us) - 1

    @property
    def relative_variance(self) -> float:
        """Variance between units, relative to the scale; needs two of them."""
        return float(np.var(self.values_us, ddof=1)) / self.scale_us**2


def common_variance(rows: Sequence[Units]) -> float:
    """
    Return the relative variance between units that rows of a table have in common.

    The median of what each row says, because a session in which a few rows went astray would widen
    all of them; each divided by where the median of such an estimate lies (Wilson and Hilferty,
    1931).
    """
    said = [
        row.relative_variance / (1 - 2 / (9 * row.degrees)) ** 3 for row in rows if row.degrees > 0
    ]
    return float(np.median(said)) if said else 0.0


def next_unit_us(row: Units, common: float) -> tuple[float, float]:
    """
    Return the 90 % interval of the next session or build, in microseconds.

    Args:
        row: at least two units.
        common: relative variance of the whole table.
    """
    degrees = row.degrees + PRIOR_WEIGHT
    variance = (PRIOR_WEIGHT * common + row.degrees * row.relative_variance) / degrees
    factor = student_quantile((1 + CONFIDENCE) / 2, degrees) * (1 + 1 / len(row.values_us)) ** 0.5
    half_us = factor * row.scale_us * variance**0.5
    return row.mean_us - half_us, row.mean_us + half_us


def intervals_us(rows: Mapping[str, Units]) -> dict[str, tuple[float, float]]:
    """Return the interval of every row that has two units or more."""
    common = common_variance(tuple(rows.values()))
    return {key: next_unit_us(row, common) for key, row in rows.items() if row.degrees > 0}
