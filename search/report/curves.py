"""
Curves of a search and of training: one small panel for each number of each phase.

Each panel has its own scale, as a loss and a latency share none.  Numbers that are not finite
leave a gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite

from profiler.pictures.axes import Scale, bounds, draw_axes
from profiler.pictures.canvas import Canvas, Point, grouped

PANEL_WIDTH, PANEL_HEIGHT = 290.0, 190.0
PANELS_PER_ROW = 3
HEADING = 30.0

History = Mapping[str, Sequence[Mapping[str, float]]]
"""Phase to the named numbers of each of its epochs, the first epoch first."""

UNITS = {"_us": "µs", "_s": "s", "_bytes": "bytes"}


def curves_svg(history: History) -> str:
    """Return the panels of *history*, phase by phase."""
    layout = {phase: series_of(epochs) for phase, epochs in history.items()}
    rows = sum(-(-len(series) // PANELS_PER_ROW) for series in layout.values())
    height = len(layout) * HEADING + rows * PANEL_HEIGHT
    canvas = Canvas(PANELS_PER_ROW * PANEL_WIDTH, max(height, HEADING), "Curves of the search")
    top = 0.0
    for phase, series in layout.items():
        canvas.text(4, top + 20, phase, "strong")
        top += HEADING
        for index, (name, values) in enumerate(series.items()):
            row, column = divmod(index, PANELS_PER_ROW)
            _panel(canvas, column * PANEL_WIDTH, top + row * PANEL_HEIGHT, name, values)
        top += -(-len(series) // PANELS_PER_ROW) * PANEL_HEIGHT
    return canvas.render()


def series_of(epochs: Sequence[Mapping[str, float]]) -> dict[str, list[float]]:
    """
    Return the numbers by name; not a number where an epoch has none.

    >>> series_of([{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}])
    {'loss': [0.5, 0.25]}
    """
    names = dict.fromkeys(name for epoch in epochs for name in epoch if name != "epoch")
    return {name: [float(epoch.get(name, "nan")) for epoch in epochs] for name in names}


def _panel(canvas: Canvas, x: float, y: float, name: str, values: Sequence[float]) -> None:
    low, high = bounds(values)
    across = Scale(
        low=0.5, high=max(len(values) + 0.5, 2.5), start=x + 58, end=x + PANEL_WIDTH - 18
    )
    up = Scale(low=low, high=high, start=y + PANEL_HEIGHT - 34, end=y + 26)
    draw_axes(canvas, across, up, count=3)
    canvas.text(x + 58, y + 14, _title(name))
    last = next((value for value in reversed(values) if isfinite(value)), None)
    final = "no finite value" if last is None else f"last {grouped(last)}"
    canvas.text(x + PANEL_WIDTH - 18, y + 14, final, "muted small end")
    for run in _runs(values):
        points = [(across(epoch), up(value)) for epoch, value in run]
        if len(points) > 1:
            canvas.polyline(points, "curve")
        else:
            canvas.add("circle", cx=points[0][0], cy=points[0][1], r=2.5, class_="dot")


def _runs(values: Sequence[float]) -> Iterator[list[Point]]:
    """Yield the stretches of finite values, with their epochs from 1."""
    run: list[Point] = []
    for epoch, value in enumerate(values, start=1):
        if isfinite(value):
            run.append((epoch, value))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _title(name: str) -> str:
    for suffix, unit in UNITS.items():
        if name.endswith(suffix):
            return f"{name.removesuffix(suffix).replace('_', ' ')}, {unit}"
    return name.replace("_", " ")
