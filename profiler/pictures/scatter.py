"""
Predicted against measured: the certificate of a table as a picture.

Every dot is a random network predicted by a fit that did not see it.  Both axes are logarithmic, so
that equal relative errors are equally far from the line.
"""

from __future__ import annotations

from collections.abc import Sequence

from profiler.certificates import Certificate
from profiler.pictures.axes import Scale, draw_axes
from profiler.pictures.canvas import Canvas, Point, grouped

WIDTH, HEIGHT = 560.0, 470.0
LABEL_WIDTH = 120.0
BANDS = (0.10, 0.05)
"""Relative errors whose bands are drawn."""


def scatter_svg(certificate: Certificate, searched: tuple[float, float] | None = None) -> str:
    """
    Return predicted over measured latency of every network of *certificate*.

    Args:
        certificate: whose networks.
        searched: predicted and measured latency of the searched network, in microseconds.
    """
    points = [(point.measured_us, point.predicted_us) for point in certificate.points]
    extra = [searched] if searched else []
    low, high = _range_us([value for pair in (*points, *extra) for value in pair])
    across = Scale(low=low, high=high, start=78, end=WIDTH - 20, logarithmic=True)
    up = Scale(low=low, high=high, start=HEIGHT - 46, end=16, logarithmic=True)
    canvas = Canvas(WIDTH, HEIGHT, f"Predicted over measured latency of {len(points)} networks")
    _bands(canvas, across, up)
    draw_axes(canvas, across, up)
    canvas.line((across(low), up(low)), (across(high), up(high)), "edge")
    for measured, predicted in points:
        canvas.add(
            "circle", cx=across(measured), cy=up(max(predicted, low)), r=3.6, class_="dot",
            tooltip=_tooltip(predicted, measured),
        )  # fmt: skip
    if searched:
        _searched(canvas, across, up, searched)
    canvas.text(across.start + 10, up.end + 16, "bands: 5 % and 10 % off", "muted small")
    canvas.text((across.start + across.end) / 2, HEIGHT - 10, "measured, µs", "middle")
    canvas.add(
        "text", transform=f"translate(14 {HEIGHT / 2}) rotate(-90)", class_="middle",
        content="predicted, µs",
    )  # fmt: skip
    return canvas.render()


def _range_us(values_us: Sequence[float]) -> tuple[float, float]:
    """Return bounds with room around; a prediction of zero or less is drawn at the lower edge."""
    positive = [value for value in values_us if value > 0]
    return min(positive) / 1.1, max(positive) * 1.1


def _bands(canvas: Canvas, across: Scale, up: Scale) -> None:
    """Draw the bands of equal relative error, cut off at the frame."""
    low, high = across.low, across.high
    for error in BANDS:
        over, under = 1 + error, 1 - error
        corners = [
            (low, low),
            (low, min(low * over, high)),
            (max(high / over, low), high),
            (high, high),
            (high, max(high * under, low)),
            (min(low / under, high), low),
        ]
        canvas.polygon([(across(x), up(y)) for x, y in corners], "band")


def _searched(canvas: Canvas, across: Scale, up: Scale, searched: tuple[float, float]) -> None:
    predicted, measured = searched
    x, y, r = across(measured), up(max(predicted, up.low)), 8.0
    diamond = [(x, y - r), (x + r, y), (x, y + r), (x - r, y)]
    canvas.polygon(diamond, "star", "the searched network: " + _tooltip(predicted, measured))
    shift, style = _label_place(across, x, over=predicted > measured)
    canvas.text(x + shift[0], y + shift[1], "searched network", style)


def _label_place(across: Scale, x: float, *, over: bool) -> tuple[Point, str]:
    """Return where the label goes: away from the line, on which the dots crowd."""
    if over:
        crowded = x - across.start < LABEL_WIDTH
        return ((-8, -16), "strong") if crowded else ((-13, -8), "strong end")
    crowded = across.end - x < LABEL_WIDTH
    return ((8, 26), "strong end") if crowded else ((13, 14), "strong")


def _tooltip(predicted_us: float, measured_us: float) -> str:
    error = predicted_us / measured_us - 1
    return f"predicted {grouped(predicted_us)} µs, measured {grouped(measured_us)} µs, {error:+.1%}"
