"""
Curves over thresholds as one SVG: pixels on the left, targets on the right.

False alarms are on a logarithmic axis, as what matters is far below one in a thousand pixels; a
point without any cannot be drawn there and stands on the left edge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil, floor, log10

import numpy as np

from profiler.pictures.axes import Scale, draw_axes
from profiler.pictures.canvas import Canvas, Point
from search.metrics.curves import PixelCurve
from search.metrics.metrics import Metrics

_WIDTH, _HEIGHT = 440.0, 340.0
_MARKED = 0.5
"""The probability that is the prediction."""


def roc_svg(curve: PixelCurve | None, points: Mapping[float, Metrics]) -> str:
    """
    Return both curves.

    Args:
        curve: of pixels; None where there are no targets to find.
        points: figures by probability.
    """
    canvas = Canvas(2 * _WIDTH, _HEIGHT, "Curves over thresholds: pixels and targets")
    canvas.text(56, 18, "pixels: recall over false positive rate", "strong")
    canvas.text(_WIDTH + 56, 18, "targets: Pd over Fa (share of all pixels)", "strong")
    if curve is None:
        canvas.text(56, 60, "the masks have no targets", "muted")
    else:
        _pixels(canvas, curve, points)
    found = {each: (m.fa, m.pd) for each, m in points.items() if m.pd is not None}
    if found:
        _targets(canvas, {each: (fa, float(pd)) for each, (fa, pd) in found.items()})
    else:
        canvas.text(_WIDTH + 56, 60, "the masks have no targets", "muted")
    return canvas.render()


def _pixels(canvas: Canvas, curve: PixelCurve, points: Mapping[float, Metrics]) -> None:
    across, up = _axes(canvas, 0, curve.false_positive_rate)
    canvas.text(56, 36, f"AUC {curve.auc:.4f}, average precision {curve.average_precision:.4f}")
    drawn = zip(curve.false_positive_rate, curve.recall, strict=True)
    canvas.polyline([_at(across, up, *each) for each in drawn], "curve")
    chosen = points.get(_MARKED)
    if chosen and chosen.false_positive_rate is not None and chosen.pixel_recall is not None:
        point = (chosen.false_positive_rate, chosen.pixel_recall)
        _mark(canvas, _at(across, up, *point), _MARKED)


def _targets(canvas: Canvas, found: Mapping[float, Point]) -> None:
    across, up = _axes(canvas, _WIDTH, [fa for fa, _ in found.values()])
    canvas.text(_WIDTH + 56, 36, "at the probabilities of pd_fa.csv", "muted small")
    canvas.polyline([_at(across, up, *each) for each in found.values()], "curve")
    for probability, each in found.items():
        x, y = _at(across, up, *each)
        tooltip = f"above {probability:g}: Pd {each[1]:.4f}, Fa {each[0]:.3g}"
        canvas.add("circle", cx=x, cy=y, r=3, class_="dot", tooltip=tooltip)
    if _MARKED in found:
        _mark(canvas, _at(across, up, *found[_MARKED]), _MARKED)


def _axes(canvas: Canvas, left: float, rates: Iterable[float]) -> tuple[Scale, Scale]:
    positive = [float(rate) for rate in rates if rate > 0] or [1e-6, 1e-3]
    low, high = 10.0 ** floor(log10(min(positive))), 10.0 ** ceil(log10(max(positive)))
    across = Scale(
        low=low,
        high=max(high, 10 * low),
        start=left + 56,
        end=left + _WIDTH - 24,
        logarithmic=True,
    )
    up = Scale(low=0, high=1, start=_HEIGHT - 34, end=48)
    draw_axes(canvas, across, up)
    return across, up


def _at(across: Scale, up: Scale, rate: float, found: float) -> Point:
    return across(float(np.clip(rate, across.low, across.high))), up(float(found))


def _mark(canvas: Canvas, point: Point, probability: float) -> None:
    x, y = point
    tooltip = f"above {probability:g}, the prediction"
    canvas.add("circle", cx=x, cy=y, r=5.5, class_="star", tooltip=tooltip)
    on_the_right = x > _WIDTH * 1.75 or _WIDTH * 0.75 < x < _WIDTH
    canvas.text(x + (-9 if on_the_right else 9), y + 14, f"p > {probability:g}",
                "small end" if on_the_right else "small")  # fmt: skip
