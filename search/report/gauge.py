"""The verdict as a picture: budget, predicted and measured latency on one line from zero."""

from __future__ import annotations

from profiler.pictures.axes import Scale, tick_text
from profiler.pictures.canvas import Canvas, grouped

WIDTH, HEIGHT = 860.0, 128.0
BAR = 20.0


def gauge_svg(
    budget_us: float,
    predicted_us: float,
    measured_us: float | None,
    interval_us: tuple[float, float] | None,
) -> str:
    """
    Return predicted and measured latency as bars against the budget, in microseconds.

    Args:
        budget_us: drawn as a line.
        predicted_us: the upper bar.
        measured_us: the lower bar; None if the network was not measured.
        interval_us: low and high end of the measured latency's 90 % interval.
    """
    most = max(budget_us, predicted_us, measured_us or 0.0, *(interval_us or ()))
    across = Scale(low=0, high=most * 1.12, start=84, end=WIDTH - 20)
    canvas = Canvas(WIDTH, HEIGHT, "Predicted and measured latency against the budget")
    for tick in across.ticks(6):
        canvas.line((across(tick), 22), (across(tick), HEIGHT - 24), "grid")
        canvas.text(across(tick), HEIGHT - 8, tick_text(tick), "muted small middle")
    _bar(canvas, across, 32, "predicted", predicted_us, 0.45)
    if measured_us is None:
        canvas.text(84 + 6, 82, "not measured", "muted")
        canvas.text(76, 82, "measured", "end")
    else:
        _bar(canvas, across, 68, "measured", measured_us, 0.9)
    if interval_us:
        _interval(canvas, across, 68 + BAR / 2, interval_us)
    x = across(budget_us)
    canvas.add("line", x1=x, y1=18, x2=x, y2=HEIGHT - 24, style="stroke:var(--warm);stroke-width:2")
    canvas.text(x, 12, f"budget {grouped(budget_us)} µs", "small middle strong")
    canvas.text(WIDTH - 4, HEIGHT - 8, "µs", "muted small end")
    return canvas.render()


def _bar(
    canvas: Canvas, across: Scale, y: float, name: str, value_us: float, opacity: float
) -> None:
    width = across(value_us) - across.start
    style = f"fill:var(--accent);fill-opacity:{opacity}"
    canvas.text(76, y + 14, name, "end")
    canvas.add("rect", x=across.start, y=y, width=width, height=BAR, rx=2.0, style=style)


def _interval(canvas: Canvas, across: Scale, y: float, interval_us: tuple[float, float]) -> None:
    low, high = (across(value) for value in interval_us)
    style = "stroke:var(--ink);stroke-width:1.6"
    for x1, y1, x2, y2 in (
        (low, y, high, y), (low, y - 5, low, y + 5), (high, y - 5, high, y + 5),
    ):  # fmt: skip
        canvas.add("line", x1=x1, y1=y1, x2=x2, y2=y2, style=style)
