"""
What a device pays for each cell and for each input it keeps, from rows of its table.

An input adds its resampling or pooling, its share of the concatenation and a wider convolution.
The rows are measured before there is a topology (``profiler.space.inputs``); one that is missing is
an error, never 0.  Between what a cell costs reading one tensor and reading all, cost is taken to
be linear in the channels read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from profiler.certificates import Calibration
from profiler.operations import Operation, operation_key
from profiler.operations.network import Place
from profiler.space import MetaSpace, Topology, grid, known_topology
from profiler.space.inputs import InputOperations, input_parts
from profiler.table import Table
from search.rows import require_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class InputCosts:
    """
    What a device pays for the cells of a meta architecture and for each input they keep.

    Args:
        levels: of the meta architecture.
        cells_us: what running a cell adds, whatever it reads, in microseconds.
        inputs_us: what each input adds, in microseconds, by place past iteration 0 and in the
            rows of its selection matrix: the cells of the iteration before, then x.
        fixed_us: what every topology pays, in microseconds.
    """

    levels: int
    cells_us: Mapping[Place, float]
    inputs_us: Mapping[Place, tuple[float, ...]]
    fixed_us: float

    @property
    def whole_us(self) -> float:
        """The cost of the meta architecture with every input of every cell."""
        return self.topology_us(known_topology("meta", self.levels))

    @property
    def smallest_us(self) -> float:
        """The cost where every cell keeps x alone."""
        rows = {(i, j): (self.levels - i + 1,) for i, j in grid(self.levels) if i}
        return self.topology_us(Topology.from_picks(rows))

    def topology_us(self, topology: Topology) -> float:
        """Return the predicted latency of *topology* with one operation in all cells."""
        total = self.fixed_us
        for cell in topology.cells:
            total += self.cells_us[cell.place]
            if cell.place[0]:
                total += sum(self._input_us(cell.place, source) for source in cell.inputs)
        return total

    def _input_us(self, place: Place, source: Place) -> float:
        """Return what reading *source* adds; one of the cell's own level is never resampled."""
        row = -1 if source[0] == place[0] else source[1]
        return self.inputs_us[place][row]


def input_costs(
    space: MetaSpace, table: Table, calibration: Calibration | None = None
) -> InputCosts:
    """
    Return what a device pays for each cell and each input.

    Args:
        space: its sizes and widths.
        table: holds a row for each of ``profiler.space.inputs.input_operations(space)``.
        calibration: how sums of rows become latencies; the bare sum unless given.

    Raises:
        EntryMissing: names every operation the table has no row for.
        TableMismatch: the table is of another image size or batch.
    """
    parts = input_parts(space)
    require_rows(space, parts.every, table)
    fit = calibration or Calibration()

    def price(operation: Operation) -> float:
        return fit.row_us(table.by_key[operation_key(operation)])

    cells_us: dict[Place, float] = {}
    inputs_us: dict[Place, tuple[float, ...]] = {}
    for i, j in grid(space.levels):
        if i == 0:
            base_us = price(parts.whole[(i, j)])
            base_us += price(parts.pooled[j - 1]) if j else 0.0
        else:
            base_us, rows_us = _cell(parts, (i, j), price)
            inputs_us[(i, j)] = tuple(rows_us)
        cells_us[(i, j)] = base_us + fit.per_cell_us
    return InputCosts(
        levels=space.levels,
        cells_us=cells_us,
        inputs_us=inputs_us,
        fixed_us=price(parts.head) + fit.constant_us,
    )


def _cell(
    parts: InputOperations, place: Place, price: Callable[[Operation], float]
) -> tuple[float, list[float]]:
    """Return what the cell costs without inputs, and what each of its rows adds."""
    _, j = place
    channels = parts.channels[place]
    alone, whole = parts.alone[j], parts.whole[place]
    alone_us, whole_us = price(alone), price(whole)
    every = sum(channels) if j else sum(channels[:-1])  # at level 0, x is the first row again
    channel_us = max(0.0, whole_us - alone_us) / (every - channels[j])
    rows_us = []
    for level, count in enumerate(channels[:-1]):
        resampled_us = 0.0
        if level != j:
            resampled_us = price(parts.resampled[(level, j)])
            resampled_us -= price(parts.alone[level])
        rows_us.append(count * channel_us + max(0.0, resampled_us))
    pooled_us = price(parts.pooled[j - 1]) if j else 0.0
    rows_us.append(channels[-1] * channel_us + pooled_us)
    return max(0.0, alone_us - channels[j] * channel_us), rows_us
