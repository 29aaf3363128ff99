"""
How good over how fast: dots, with the Pareto front joined and marked.

Every panel has axes of its own: a millisecond of one device says nothing about another's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from profiler.pictures.axes import Scale, bounds, draw_axes
from profiler.pictures.canvas import Canvas

WIDTH, HEIGHT = 560.0, 400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """
    A network.

    Args:
        x: how long it takes.
        y: how good it is.
        tooltip: what is said of it.
        best: it is on the front.
    """

    x: float
    y: float
    tooltip: str
    best: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """
    One picture of a front.

    Args:
        title: what is shown.
        across: what *x* is, with its unit.
        up: what *y* is.
        dots: at least one.
    """

    title: str
    across: str
    up: str
    dots: Sequence[Dot]


def panels_svg(label: str, panels: Sequence[Panel]) -> str:
    """
    Return *panels* one below the other.

    Args:
        label: what they show, for people who cannot see it.
        panels: at least one.
    """
    canvas = Canvas(WIDTH, HEIGHT * len(panels), label)
    for number, panel in enumerate(panels):
        _draw(canvas, panel, HEIGHT * number)
    return canvas.render()


def _draw(canvas: Canvas, panel: Panel, top: float) -> None:
    across, up = _scales(panel.dots, top)
    draw_axes(canvas, across, up)
    front = sorted((dot.x, dot.y) for dot in panel.dots if dot.best)
    canvas.polyline([(across(x), up(y)) for x, y in front], "curve")
    for dot in panel.dots:
        canvas.add(
            "circle", cx=across(dot.x), cy=up(dot.y), r=5.4 if dot.best else 3.6,
            class_="star" if dot.best else "dot", tooltip=dot.tooltip,
        )  # fmt: skip
    canvas.text(across.start + 10, up.end + 14, panel.title, "muted")
    canvas.text((across.start + across.end) / 2, top + HEIGHT - 8, panel.across, "middle")
    canvas.add(
        "text", transform=f"translate(14 {top + HEIGHT / 2}) rotate(-90)", class_="middle",
        content=panel.up,
    )  # fmt: skip


def _scales(dots: Sequence[Dot], top: float) -> tuple[Scale, Scale]:
    left, right = bounds((dot.x for dot in dots), margin=0.1)
    low, high = bounds((dot.y for dot in dots), margin=0.15)
    return (
        Scale(low=left, high=right, start=64, end=WIDTH - 20),
        Scale(low=low, high=high, start=top + HEIGHT - 44, end=top + 16),
    )
