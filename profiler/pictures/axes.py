"""Axes: from numbers to pixels, and the round numbers written beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, isfinite, log, log10

from profiler.pictures.canvas import Canvas, grouped

MANY_TIMES = 5.0
"""Ratio of high to low from which logarithmic ticks are 1, 2, 5, 10, ...; below, equal steps."""

FEW_DECADES = 5
"""Up to which there is room for 2 and 5 between the powers of ten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """
    A map from numbers to pixels, linear or logarithmic.

    Args:
        low: the number at ``start``.
        high: the number at ``end``; above ``low``.
        start: pixel of ``low``.
        end: pixel of ``high``; below ``start`` for an axis that points up.
        logarithmic: equal ratios, not differences, are equally far apart; ``low`` is above 0.
    """

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        """Return the pixel of *value*."""
        if self.logarithmic:
            share = log(value / self.low) / log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self, count: int = 4) -> list[float]:
        """Return about *count* round numbers between ``low`` and ``high``."""
        if self.logarithmic and self.high > MANY_TIMES * self.low:
            return self._decades()
        step = _round_step((self.high - self.low) / count)
        first = floor(self.low / step)
        candidates = [(first + index) * step for index in range(2 * count + 4)]
        slack = step * 1e-6
        return [tick for tick in candidates if self.low - slack <= tick <= self.high + slack]

    def _decades(self) -> list[float]:
        exponents = range(floor(log10(self.low)), ceil(log10(self.high)) + 1)
        digits = (1, 2, 5) if len(exponents) <= FEW_DECADES else (1,)
        ticks = [digit * 10.0**exponent for exponent in exponents for digit in digits]
        return [tick for tick in ticks if self.low <= tick <= self.high]


def bounds(values: Iterable[float], margin: float = 0.05) -> tuple[float, float]:
    """Return the range of the finite *values*, widened so that no point lies on its edge."""
    finite = [value for value in values if isfinite(value)] or [0.0, 1.0]
    low, high = min(finite), max(finite)
    slack = (high - low) * margin or abs(high) * margin or 1.0
    return low - slack, high + slack


def draw_axes(canvas: Canvas, across: Scale, up: Scale, count: int = 4) -> None:
    """Draw the grid, the frame and the numbers of two axes."""
    for tick in up.ticks(count):
        canvas.line((across.start, up(tick)), (across.end, up(tick)), "grid")
        canvas.text(across.start - 6, up(tick) + 4, tick_text(tick), "muted small end")
    for tick in across.ticks(count):
        canvas.line((across(tick), up.start), (across(tick), up.end), "grid")
        canvas.text(across(tick), up.start + 15, tick_text(tick), "muted small middle")
    canvas.line((across.start, up.start), (across.end, up.start))
    canvas.line((across.start, up.start), (across.start, up.end))


def tick_text(value: float) -> str:
    """Return a round number without the noise of floating point."""
    return grouped(value) if abs(value) >= 1000 else f"{value:.6g}"


def _round_step(raw: float) -> float:
    magnitude = 10.0 ** floor(log10(raw))
    return next(m * magnitude for m in (1, 2, 2.5, 5, 10) if m * magnitude >= raw * 0.999)
