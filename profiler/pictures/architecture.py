"""
A network drawn as Fig. 9 of the HNA-NAS paper draws it.

Columns are iterations, rows are levels.  A circle is a cell: its letter and colour are the family
of its operation, its number and radius the kernel, groups or expansion.  An arrow is an input the
cell reads; one within an iteration is max-pooled.  Unlike the figure, every input is drawn, the
shortcut from iteration 0 too.  Where shares are given, a ring around each cell says how much of
the network's latency is its: a full ring would be all of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import cos, hypot, pi, sin

from profiler.operations import Cell, Network, candidate_label
from profiler.operations.network import Place
from profiler.pictures.canvas import Canvas, Point, percent

COLUMN, ROW = 118.0, 84.0
LEFT, TOP = 128.0, 64.0
RADIUS, GROWTH = 17.0, 9.0
LEGEND_HEIGHT = 84.0
LEAST_WIDTH = 720.0
RING_RADIUS = RADIUS + GROWTH + 5
RING = "Ring and percentage: the cell's share of the latency."

FAMILIES = {
    "R": ("Residual", "#f6d77c", "#8a6d14"),
    "G": ("Group", "#b9786a", "#6b362b"),
    "S": ("Spatial", "#a3b59c", "#4d5f46"),
    "I": ("Inverted", "#7ab8e0", "#235f88"),
    "P": ("Identity", "#d9d9d9", "#6e6e6e"),
}
"""
Letter to name, fill and outline; depthwise separable (D) is inverted at expansion 1, a lower
case letter is the family at half the width inside.
"""


def architecture_svg(
    network: Network, *, skipped: bool = True, shares: Mapping[Place, float] | None = None
) -> str:
    """
    Return the picture of *network*.

    Args:
        network: what is drawn.
        skipped: whether places of the nested grid without a cell are drawn too, dashed.
        shares: part of the latency that is a cell's, from 0 to 1; a cell without one has no ring.
    """
    parts = shares or {}
    levels = len(network.channels)
    iterations = 1 + max(cell.iteration for cell in network.cells)
    width = max(LEFT + (iterations - 1) * COLUMN + 130, LEAST_WIDTH)
    height = TOP + (levels - 1) * ROW + 50 + LEGEND_HEIGHT
    canvas = Canvas(width, height, f"Architecture of {len(network.cells)} cells")
    _headings(canvas, network, iterations)
    if skipped:
        _skipped(canvas, network, iterations)
    _arrows(canvas, network, parts)
    for cell in network.cells:
        _circle(canvas, network, cell, parts.get(cell.place))
    for place, share in parts.items():
        _ring(canvas, place, share)
    _legend(canvas, height - LEGEND_HEIGHT + 24, skipped)
    if parts:
        canvas.text(360, height - LEGEND_HEIGHT + 69, RING, "muted small")
    return canvas.render()


def _centre(place: Place) -> Point:
    return LEFT + place[0] * COLUMN, TOP + place[1] * ROW


def _radius(candidate: str) -> float:
    """Grows with kernel 3, 5, 7; groups 2, 4, 8; expansion 2, 4, 6."""
    label = candidate_label(candidate)
    letter, number = label[0], int(label[1:])
    smallest, largest = {"G": (2, 8), "I": (2, 6)}.get(letter, (3, 7))
    return RADIUS + GROWTH * (number - smallest) / (largest - smallest)


def _headings(canvas: Canvas, network: Network, iterations: int) -> None:
    for iteration in range(iterations):
        canvas.text(_centre((iteration, 0))[0], 12, f"iteration {iteration}", "muted small middle")
    for level in range(len(network.channels)):
        y = _centre((0, level))[1]
        height, width = network.size(level)
        canvas.text(4, y - 2, f"level {level}", "muted small")
        canvas.text(4, y + 11, f"{height}×{width}", "muted small")


def _skipped(canvas: Canvas, network: Network, iterations: int) -> None:
    there = {cell.place for cell in network.cells}
    levels = len(network.channels)
    for iteration in range(iterations):
        for level in range(levels - iteration):
            if (iteration, level) not in there:
                x, y = _centre((iteration, level))
                tooltip = f"cell {iteration}.{level}: skipped"
                canvas.add("circle", cx=x, cy=y, r=14.0, class_="skipped", tooltip=tooltip)


def _arrows(canvas: Canvas, network: Network, shares: Mapping[Place, float]) -> None:
    radii = {
        cell.place: RING_RADIUS + 2 if cell.place in shares else _radius(cell.candidate)
        for cell in network.cells
    }
    for cell in network.cells:
        for source, times in Counter(cell.inputs).items():
            _arrow(canvas, source, cell.place, (radii[source], radii[cell.place]), times)
        if not cell.inputs:
            _image(canvas, cell.place, radii[cell.place])
    last = network.cells[-1].place
    x, y = _centre(last)
    start, end = (x + radii[last] + 2, y), (x + radii[last] + 30, y)
    canvas.line(start, end, "edge")
    _tip(canvas, end, (1.0, 0.0))
    canvas.text(end[0] + 6, y + 4, "head", "muted small")


def _image(canvas: Canvas, place: Place, radius: float) -> None:
    x, y = _centre(place)
    end = (x - radius - 3, y)
    canvas.line((x - radius - 18, y), end, "edge")
    _tip(canvas, end, (1.0, 0.0))
    canvas.text(x - radius - 4, y + 17, "image", "muted small end")


def _arrow(
    canvas: Canvas, source: Place, target: Place, radii: tuple[float, float], times: int
) -> None:
    """Draw one input; an arrow over a whole column bends, so that it passes no circle."""
    (x0, y0), (x1, y1) = _centre(source), _centre(target)
    bend = 34.0 if target[0] - source[0] > 1 else 0.0
    control = ((x0 + x1) / 2, (y0 + y1) / 2 - 2 * bend)
    start = _towards((x0, y0), control, radii[0] + 1)
    end = _towards((x1, y1), control, radii[1] + 3)
    path = f"M{start[0]:.1f} {start[1]:.1f}Q{control[0]:.1f} {control[1]:.1f} "
    path += f"{end[0]:.1f} {end[1]:.1f}"
    canvas.add("path", d=path, class_="edge", tooltip=_edge_text(source, target, times))
    length = hypot(x1 - control[0], y1 - control[1])
    _tip(canvas, end, ((x1 - control[0]) / length, (y1 - control[1]) / length))
    if times > 1:
        canvas.text(control[0], control[1] + bend - 5, f"×{times}", "muted small middle")


def _edge_text(source: Place, target: Place, times: int) -> str:
    how = "max-pooled" if source[0] == target[0] else "as it is"
    if source[0] != target[0] and source[1] != target[1]:
        how = "resized"
    return f"{source[0]}.{source[1]} to {target[0]}.{target[1]}, {how}" + (
        f", {times} times" if times > 1 else ""
    )


def _towards(start: Point, end: Point, distance: float) -> Point:
    length = hypot(end[0] - start[0], end[1] - start[1])
    share = distance / length
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])


def _tip(canvas: Canvas, at: Point, direction: Point) -> None:
    (x, y), (dx, dy) = at, direction
    back = (x - 7 * dx, y - 7 * dy)
    side = (3.2 * dy, -3.2 * dx)
    left, right = (back[0] + side[0], back[1] + side[1]), (back[0] - side[0], back[1] - side[1])
    canvas.polygon([at, left, right], "tip")


def _circle(canvas: Canvas, network: Network, cell: Cell, share: float | None) -> None:
    x, y = _centre(cell.place)
    position = network.position(cell)
    label = candidate_label(cell.candidate)
    _, fill, outline = FAMILIES.get(label[0].upper(), FAMILIES["I"])
    blocks = "1 block" if cell.blocks == 1 else f"{cell.blocks} blocks"
    tooltip = (
        f"cell {cell.iteration}.{cell.level}: {cell.candidate}, {blocks}, "
        f"{position.channels_in} to {position.channels_out} channels "
        f"at {position.height}×{position.width}"
    )
    if share is not None:
        tooltip += f", {percent(share, 1)} of the latency"
    canvas.add(
        "circle", cx=x, cy=y, r=_radius(cell.candidate), fill=fill, stroke=outline,
        stroke_width=1.5, tooltip=tooltip,
    )  # fmt: skip
    canvas.add(
        "text", x=x, y=y + 5, class_="middle strong oncolour", content=label,
    )  # fmt: skip


def _ring(canvas: Canvas, place: Place, share: float) -> None:
    """Draw the part of a circle that *share* is, from the top clockwise, and say it."""
    x, y = _centre(place)
    part = min(max(share, 0.0), 0.9999)
    canvas.add("circle", cx=x, cy=y, r=RING_RADIUS, class_="rest")
    angle = 2 * pi * part
    end = (x + RING_RADIUS * sin(angle), y - RING_RADIUS * cos(angle))
    path = f"M{x:.1f} {y - RING_RADIUS:.1f}A{RING_RADIUS} {RING_RADIUS} 0 {int(part > 0.5)} 1 "
    canvas.add("path", d=path + f"{end[0]:.2f} {end[1]:.2f}", class_="share")
    canvas.text(x + 22, y + RING_RADIUS + 6, percent(share, 1), "small strong halo")


def _legend(canvas: Canvas, y: float, skipped: bool) -> None:
    for index, (letter, (name, fill, outline)) in enumerate(FAMILIES.items()):
        x = 14 + index * 118
        canvas.add("circle", cx=x, cy=y, r=9.0, fill=fill, stroke=outline)
        canvas.text(x + 15, y + 4, f"{letter}  {name}")
    if skipped:
        x = 14 + len(FAMILIES) * 118
        canvas.add("circle", cx=x, cy=y, r=9.0, class_="skipped")
        canvas.text(x + 15, y + 4, "skipped cell")
    canvas.text(
        4, y + 30, "Number and radius: kernel (R, S), groups (G), expansion (I).", "muted small"
    )
    canvas.text(4, y + 45, "An arrow down within an iteration is max-pooled.", "muted small")
