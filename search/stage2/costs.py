"""
What each candidate of each cell costs: latency from a device's table, MACs, convolution weights.

It refuses to guess: an operation the table has no row for is an error, never 0.
Source: spec/hna_nas.md section 3.5.
"""

from __future__ import annotations

from collections.abc import Callable

from profiler.certificates import Calibration
from profiler.cost import cost_of
from profiler.operations import Operation, operation_graph, operation_key
from profiler.operations.network import Place
from profiler.space import CellCandidates, MetaSpace, Topology, skeleton
from profiler.table import Table
from search.limits import Costs
from search.rows import require_rows


def latency_costs(
    space: MetaSpace,
    topology: Topology,
    candidates: CellCandidates,
    table: Table,
    calibration: Calibration,
) -> Costs:
    """
    Return what every candidate adds to the predicted latency, in microseconds.

    Raises:
        EntryMissing: names every operation the table has no row for.
        TableMismatch: the table is of another image size or batch.
    """
    require_rows(space, _operations(space, topology, candidates), table)
    rows, fixed_us = _priced(
        space, topology, candidates, lambda o: calibration.row_us(table.by_key[operation_key(o)])
    )
    return Costs(cells=_tuples(rows), fixed=fixed_us + calibration.fixed_us(len(rows)))


def mac_costs(space: MetaSpace, topology: Topology, candidates: CellCandidates) -> Costs:
    """Return the multiply-accumulates of every candidate; the head's are fixed."""
    rows, fixed = _priced(space, topology, candidates, lambda o: cost_of(operation_graph(o)).macs)
    return Costs(cells=_tuples(rows), fixed=fixed, unit="MACs")


def conv_weight_costs(space: MetaSpace, topology: Topology, candidates: CellCandidates) -> Costs:
    """Return the convolution weights of every candidate; the head's are fixed."""
    rows, fixed = _priced(
        space, topology, candidates, lambda o: cost_of(operation_graph(o)).conv_weights
    )
    return Costs(cells=_tuples(rows), fixed=fixed, unit="weights")


def _priced(
    space: MetaSpace,
    topology: Topology,
    candidates: CellCandidates,
    price: Callable[[Operation], float],
) -> tuple[dict[Place, list[float]], float]:
    """Return the price of each candidate of each cell, and that of glue and head together."""
    shared = skeleton(space, topology)
    fixed = price(shared.head())
    rows = {}
    for cell in shared.cells:
        fixed += sum(price(part) for part in shared.pooling(cell))
        rows[cell.place] = [price(shared.placed(cell, name)) for name in candidates[cell.place]]
    return rows, fixed


def _tuples(rows: dict[Place, list[float]]) -> dict[Place, tuple[float, ...]]:
    return {place: tuple(values) for place, values in rows.items()}


def _operations(
    space: MetaSpace, topology: Topology, candidates: CellCandidates
) -> list[Operation]:
    needed: list[Operation] = []

    def note(operation: Operation) -> float:
        needed.append(operation)
        return 0.0

    _priced(space, topology, candidates, note)
    return needed
