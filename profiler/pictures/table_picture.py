"""
The latency table as a picture: what every candidate would cost in every cell of a network.

A row is a cell, a column a candidate, the tint is the latency on a logarithmic scale and the
outlined square is the one the network has.  Cells whose operations are equal share a row of the
table and show one number twice.  A row the table does not have is said to be missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from profiler.operations import (
    DEFAULT_CANDIDATES,
    Network,
    Operation,
    operation_key,
)
from profiler.operations.network import Cell
from profiler.pictures.canvas import Canvas, grouped
from profiler.pictures.shade import Shade
from profiler.pictures.words import count_text, interval_text
from profiler.table import Entry, Table

LEFT, TOP = 118.0, 74.0
CELL_WIDTH, CELL_HEIGHT = 60.0, 36.0
LIGHTEST, DARKEST = 0.04, 0.72
WIDE_INTERVAL = 0.10
"""Half a width above which an interval is drawn as a doubt, relative to the latency."""


def table_svg(
    table: Table, network: Network, candidates: Sequence[str] = DEFAULT_CANDIDATES
) -> str:
    """
    Return the picture of *table* at the cells of *network*.

    Args:
        table: whose latencies.
        network: whose cells say where each candidate stands.
        candidates: names of the columns.
    """
    rows = [
        [table.by_key.get(_key(network, cell, name)) for name in candidates]
        for cell in network.cells
    ]
    pooling = [_sum_us(table, network.pooling(cell)) for cell in network.cells]
    width = LEFT + (len(candidates) + 1) * CELL_WIDTH + 24
    height = TOP + (len(rows) + 1) * CELL_HEIGHT + 62
    canvas = Canvas(width, height, f"Latencies of {len(candidates)} candidates in each cell")
    _columns(canvas, candidates)
    shade = Shade([entry.latency_us for row in rows for entry in row if entry])
    for index, (cell, row) in enumerate(zip(network.cells, rows, strict=True)):
        _row(canvas, network, cell, index)
        for column, (name, entry) in enumerate(zip(candidates, row, strict=True)):
            _square(canvas, column, index, entry, shade)
            if name == cell.candidate:
                _outline(canvas, column, index)
        _pooling(canvas, len(candidates), index, pooling[index])
    _head(canvas, len(rows), len(candidates), _sum_us(table, [network.head()]))
    _legend(canvas, height - 24, shade)
    return canvas.render()


def _opacity(part: float) -> float:
    return LIGHTEST + part * (DARKEST - LIGHTEST)


def _key(network: Network, cell: Cell, name: str) -> str:
    return operation_key(network.placed(cell, name))


def _sum_us(table: Table, operations: Iterable[Operation]) -> float | None:
    """Return what *operations* cost together; None if the table lacks one of them."""
    parts = list(operations)
    return None if table.missing(parts) else sum(table.latency_us(part) for part in parts)


def _columns(canvas: Canvas, candidates: Sequence[str]) -> None:
    canvas.text(4, 14, "µs for one execution; below it, half the 90 % interval", "muted small")
    for column, name in enumerate((*candidates, "pooling")):
        x = LEFT + (column + 0.5) * CELL_WIDTH
        kernel, _, family = name.partition("_")
        canvas.text(x, TOP - 26, (family or name).replace("Conv", ""), "small middle strong")
        below = "before it" if name == "pooling" else kernel if family else ""
        canvas.text(x, TOP - 11, below, "muted small middle")


def _row(canvas: Canvas, network: Network, cell: Cell, index: int) -> None:
    y = TOP + index * CELL_HEIGHT
    at = network.position(cell)
    canvas.text(4, y + 16, f"cell {cell.iteration}.{cell.level}", "strong")
    canvas.text(
        4, y + 30, _where(at.channels_in, at.channels_out, at.height, at.width), "muted small"
    )


def _where(channels_in: int, channels_out: int, height: int, width: int) -> str:
    return f"{channels_in}→{channels_out} at {height}×{width}"


def _square(canvas: Canvas, column: int, index: int, entry: Entry | None, shade: Shade) -> None:
    x, y = LEFT + column * CELL_WIDTH, TOP + index * CELL_HEIGHT
    if entry is None:
        canvas.text(x + CELL_WIDTH / 2, y + 22, "missing", "muted small middle")
        return
    canvas.add(
        "rect", x=x + 1, y=y + 1, width=CELL_WIDTH - 2, height=CELL_HEIGHT - 2, rx=3.0,
        class_="heat", fill_opacity=_opacity(shade(entry.latency_us)), tooltip=_tooltip(entry),
    )  # fmt: skip
    canvas.text(x + CELL_WIDTH / 2, y + 16, grouped(entry.latency_us), "middle")
    canvas.text(x + CELL_WIDTH / 2, y + 29, _doubt(entry), "small middle")


def _doubt(entry: Entry) -> str:
    """Return half the width of the interval; marked where it is wide or the row has warnings."""
    if not entry.latency_us:
        return "!"
    if entry.interval_us is None:
        return "±? !"
    low_us, high_us = entry.interval_us
    half = (high_us - low_us) / 2 / entry.latency_us
    marked = half > WIDE_INTERVAL or entry.warnings or entry.value_kind != "measured"
    return f"±{half:.1%}" + (" !" if marked else "")


def _tooltip(entry: Entry) -> str:
    warnings = f"; {', '.join(entry.warnings)}" if entry.warnings else ""
    return (
        f"{entry.key}\n{entry.latency_us:.1f} us, 90 % interval {interval_text(entry)}, "
        f"{entry.value_kind} from {count_text(entry.samples)} samples{warnings}"
    )


def _outline(canvas: Canvas, column: int, index: int) -> None:
    x, y = LEFT + column * CELL_WIDTH, TOP + index * CELL_HEIGHT
    canvas.add(
        "rect", x=x + 1, y=y + 1, width=CELL_WIDTH - 2, height=CELL_HEIGHT - 2, rx=3.0,
        class_="chosen",
    )  # fmt: skip


def _pooling(canvas: Canvas, column: int, index: int, pooling_us: float | None) -> None:
    x = LEFT + (column + 0.5) * CELL_WIDTH
    text = "missing" if pooling_us is None else grouped(pooling_us) if pooling_us else "none"
    canvas.text(x, TOP + index * CELL_HEIGHT + 22, text, "middle" if pooling_us else "muted middle")


def _head(canvas: Canvas, index: int, column: int, head_us: float | None) -> None:
    y = TOP + index * CELL_HEIGHT + 22
    canvas.text(4, y, "head", "strong")
    text = "missing" if head_us is None else grouped(head_us)
    canvas.text(LEFT + (column + 0.5) * CELL_WIDTH, y, text, "middle")


def _legend(canvas: Canvas, y: float, shade: Shade) -> None:
    for step in range(24):
        canvas.add(
            "rect", x=4 + step * 6, y=y - 10, width=6.5, height=12.0, class_="heat",
            fill_opacity=_opacity(step / 23),
        )  # fmt: skip
    span = f"{grouped(shade.low_us)} to {grouped(shade.high_us)} µs, logarithmic"
    canvas.text(158, y, span, "muted small")
    canvas.add("rect", x=350.0, y=y - 10, width=16.0, height=12.0, rx=3.0, class_="chosen")
    canvas.text(373, y, "in the searched network", "muted small")
    canvas.text(520, y, "!  interval over ±10 %, not measured, or a warning (hover)", "muted small")
