"""
A latency over time: one line for each series, a band for what is usual, whiskers for intervals.

Times are ISO 8601; the axis is equally spaced in time, not in count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from profiler.pictures.axes import Scale, bounds, tick_text
from profiler.pictures.canvas import Canvas, grouped

WIDTH = 1060.0
PANEL = 170.0
LEFT, RIGHT, TOP, BOTTOM = 70.0, 18.0, 26.0, 26.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """
    One latency at one time.

    Args:
        at: UTC, ISO 8601.
        value_us: the latency, in microseconds.
        interval_us: low and high end of it, where known.
        doubtful: whether it is marked.
        tooltip: what is said of it.
    """

    at: str
    value_us: float
    interval_us: tuple[float, float] | None = None
    doubtful: bool = False
    tooltip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Moments of one thing, the oldest first, and what is usual for it, where that is known."""

    moments: Sequence[Moment]
    usual_us: tuple[float, float] | None = None


def history_svg(series: Mapping[str, Series]) -> str:
    """
    Return a picture with one panel for each of *series*, below each other on one time axis.

    Args:
        series: name to moments; those without any are left out.
    """
    drawn = {name: each for name, each in series.items() if each.moments}
    height = TOP + max(len(drawn), 1) * PANEL - 8
    canvas = Canvas(WIDTH, height, f"Latency over time: {', '.join(drawn) or 'nothing measured'}")
    times = [_seconds(moment.at) for each in drawn.values() for moment in each.moments]
    if not times:
        canvas.text(WIDTH / 2, height / 2, "nothing was measured yet", "muted middle")
        return canvas.render()
    low, high = min(times), max(times)
    room = (high - low) * 0.03 or 1800.0
    across = Scale(low=low - room, high=high + room, start=LEFT, end=WIDTH - RIGHT)
    for index, (name, each) in enumerate(drawn.items()):
        _panel(canvas, across, TOP + index * PANEL, name, each)
    return canvas.render()


def _panel(canvas: Canvas, across: Scale, y: float, name: str, series: Series) -> None:
    values = [moment.value_us for moment in series.moments]
    ends = [end for moment in series.moments for end in moment.interval_us or ()]
    low, high = bounds([*values, *ends, *(series.usual_us or ())])
    up = Scale(low=low, high=high, start=y + PANEL - BOTTOM - 14, end=y + 8)
    canvas.text(4, y - 4, f"{name}, µs", "strong")
    if series.usual_us:
        _usual(canvas, across, up, series.usual_us)
    for tick in up.ticks(5):
        canvas.line((across.start, up(tick)), (across.end, up(tick)), "grid")
        canvas.text(across.start - 6, up(tick) + 4, tick_text(tick), "muted small end")
    canvas.line((across.start, up.start), (across.end, up.start))
    _dates(canvas, across, up.start)
    points = [(across(_seconds(m.at)), up(m.value_us)) for m in series.moments]
    canvas.polyline(points, "curve faint")
    for moment, point in zip(series.moments, points, strict=True):
        _moment(canvas, up, moment, point)


def _usual(canvas: Canvas, across: Scale, up: Scale, usual_us: tuple[float, float]) -> None:
    low, high = usual_us
    canvas.add(
        "rect", x=across.start, y=up(high), width=across.end - across.start,
        height=max(up(low) - up(high), 1.0), class_="usual",
        tooltip=f"usual: {grouped(low)} to {grouped(high)} µs",
    )  # fmt: skip


def _moment(canvas: Canvas, up: Scale, moment: Moment, point: tuple[float, float]) -> None:
    x, y = point
    if moment.interval_us:
        low, high = (up(end) for end in moment.interval_us)
        canvas.line((x, low), (x, high), "badline" if moment.doubtful else "interval")
    canvas.add(
        "circle", cx=x, cy=y, r=4.0, class_="bad" if moment.doubtful else "dot",
        tooltip=moment.tooltip or f"{moment.at[:16]}: {grouped(moment.value_us)} µs",
    )  # fmt: skip


def _dates(canvas: Canvas, across: Scale, y: float) -> None:
    """Write the times at the ends and in between; hours where all is within two days."""
    span = across.high - across.low
    shape = "%d %b %H:%M" if span < 5 * 86_400 else "%d %b %Y"
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        seconds = across.low + share * span
        style = "muted small " + ("" if share == 0 else "end" if share == 1 else "middle")
        text = datetime.fromtimestamp(seconds, UTC).strftime(shape)
        canvas.text(across(seconds), y + 15, text, style.strip())


def _seconds(at: str) -> float:
    moment = datetime.fromisoformat(at)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
