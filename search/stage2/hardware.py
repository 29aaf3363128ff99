"""
The hardware term: what the network is expected to cost, differentiable in alpha.

Costs are looked up once, before the search; in a step the expected cost is one product of two
small matrices.  It refuses to guess: an operation the table has no row for is an error, never 0.
Source: spec/hna_nas.md section 3.5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from profiler.cost import cost_of
from profiler.errors import EntryMissing, HnaError, TableMismatch
from profiler.estimation import Calibration
from profiler.operations import Head, Operation, operation_graph, operation_key
from profiler.operations.network import Place
from profiler.table import Table
from search.derive import CellChoice, Choices
from search.space import CellCandidates, MetaSpace, Topology, skeleton
from search.stage2.plan import Form, Stage2Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedCost:
    """
    The cost of each candidate of each cell, in one unit.

    Args:
        costs: cells, candidates; 0 where a cell has no such candidate.
        fixed: cost of everything that is no choice.
    """

    costs: Tensor
    fixed: float

    def __call__(self, probabilities: Tensor) -> Tensor:
        """Return the expected cost of a network drawn from *probabilities*."""
        expected: Tensor = (probabilities * self.costs).sum() + self.fixed
        return expected

    def to(self, device: str) -> ExpectedCost:
        """Return the same costs on another device."""
        return ExpectedCost(costs=self.costs.to(device), fixed=self.fixed)


@dataclass(frozen=True, slots=True, kw_only=True)
class HardwareTerm:
    """
    How an expected cost enters the objective of an architecture step.

    Args:
        expected: the expected cost.
        reference: what it is compared with, in the same unit; the budget.
        form: how.
        price: lambda of the two additive forms.
        log_factor: alpha of ``mul#log``.
        log_exponent: beta of ``mul#log``.
    """

    expected: ExpectedCost
    reference: float
    form: Form
    price: float
    log_factor: float
    log_exponent: float

    def objective(self, loss: Tensor, expected: Tensor) -> Tensor:
        """Return what alpha minimises."""
        match self.form:
            case "add#linear":
                return loss + self.price * (expected - self.reference) / self.reference
            case "add#linear_abs":
                return loss + self.price * (expected - self.reference).abs() / self.reference
            case "mul#log":
                ratio = expected.log() / torch.tensor(self.reference).log()
                return self.log_factor * loss * ratio**self.log_exponent


def latency_choices(
    space: MetaSpace,
    topology: Topology,
    candidates: CellCandidates,
    table: Table,
    calibration: Calibration,
) -> Choices:
    """
    Return what every candidate adds to the predicted latency, in microseconds.

    The candidates are equally probable; ``with_log_probabilities`` says otherwise.

    Raises:
        EntryMissing: names every operation the table has no row for.
        TableMismatch: the table is of another image size or batch.
    """
    _require_rows(space, topology, candidates, table)
    rows, fixed = _costs(space, topology, candidates, table.latency_us)
    cells = [
        CellChoice(
            place=place,
            names=candidates[place],
            latencies_us=tuple(calibration.scale * latency for latency in latencies),
            log_probabilities=(0.0,) * len(latencies),
        )
        for place, latencies in rows.items()
    ]
    return Choices(cells=tuple(cells), fixed_us=calibration.predict_us(fixed, len(cells)))


def with_log_probabilities(choices: Choices, rows: list[list[float]]) -> Choices:
    """Return *choices* with the preferences a search has learned, cell by cell."""
    cells = (
        CellChoice(
            place=cell.place,
            names=cell.names,
            latencies_us=cell.latencies_us,
            log_probabilities=tuple(row),
        )
        for cell, row in zip(choices.cells, rows, strict=True)
    )
    return Choices(cells=tuple(cells), fixed_us=choices.fixed_us)


def expected_latency(choices: Choices) -> ExpectedCost:
    """Return the expected latency, in microseconds, calibrated as whole networks are."""
    return ExpectedCost(
        costs=_padded([list(cell.latencies_us) for cell in choices.cells]),
        fixed=choices.fixed_us,
    )


def expected_macs(space: MetaSpace, topology: Topology, candidates: CellCandidates) -> ExpectedCost:
    """Return the expected multiply-accumulates, the head's included."""
    return _expected(space, topology, candidates, lambda o: cost_of(operation_graph(o)).macs)


def expected_conv_weights(
    space: MetaSpace, topology: Topology, candidates: CellCandidates
) -> ExpectedCost:
    """Return the expected number of convolution weights, the head's included."""
    return _expected(
        space, topology, candidates, lambda o: cost_of(operation_graph(o)).conv_weights
    )


def hardware_term(expected: ExpectedCost, budget_us: float, plan: Stage2Plan) -> HardwareTerm:
    """
    Return the hardware term of a plan.

    Raises:
        HnaError: a budget that is not above 0, or not above 1 where its logarithm is used.
    """
    smallest = 1.0 if plan.form == "mul#log" else 0.0
    if not budget_us > smallest:
        raise HnaError(f"the budget is {budget_us} us; {plan.form} needs more than {smallest} us")
    return HardwareTerm(
        expected=expected,
        reference=budget_us,
        form=plan.form,
        price=plan.price,
        log_factor=plan.log_factor,
        log_exponent=plan.log_exponent,
    )


def _expected(
    space: MetaSpace,
    topology: Topology,
    candidates: CellCandidates,
    price: Callable[[Operation], float],
) -> ExpectedCost:
    rows, fixed = _costs(space, topology, candidates, price)
    return ExpectedCost(costs=_padded(list(rows.values())), fixed=fixed)


def _costs(
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


def _require_rows(
    space: MetaSpace, topology: Topology, candidates: CellCandidates, table: Table
) -> None:
    needed: list[Operation] = []

    def note(operation: Operation) -> float:
        needed.append(operation)
        return 0.0

    _costs(space, topology, candidates, note)
    missing = table.missing(needed)
    if not missing:
        return
    asked = (space.batch, space.height, space.width)
    heads = [entry.operation for entry in table.entries if isinstance(entry.operation, Head)]
    known = {(head.batch, head.height, head.width) for head in heads}
    if known and asked not in known:
        sizes = ", ".join(f"{n} x {h}x{w}" for n, h, w in sorted(known))
        raise TableMismatch(
            f"table {table.name} is of images {sizes} (batch x height x width); the space asks "
            f"for {asked[0]} x {asked[1]}x{asked[2]}: measure it at that size"
        )
    raise EntryMissing([operation_key(operation) for operation in missing], table.name)


def _padded(rows: list[list[float]]) -> Tensor:
    matrix = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.float64)
    for row, values in zip(matrix, rows, strict=True):
        row[: len(values)] = torch.tensor(values, dtype=torch.float64)
    return matrix
