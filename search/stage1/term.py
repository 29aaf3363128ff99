"""
The expected latency of a topology, differentiable in alpha, and how it enters the objective.

Columns pick, cells keep and readers are taken as independent of each other; where selections are
decided, that is exact.  Neither the paper nor the reference prices stage 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from profiler.errors import BudgetInfeasible
from profiler.operations.network import Place
from profiler.space import grid
from search.stage1.hardware import InputCosts
from search.stage1.plan import Stage1Plan
from search.stage1.selection import kept_probabilities


class TopologyTerm:
    """
    Adds ``weight * (expected - reference) / reference`` to the loss.

    As a price, the reference is the whole meta architecture and the weight is the price.  As a
    constraint, the reference is the budget; the multiplier climbs while it is exceeded and falls
    while it is not (dual ascent), and the weight is ``max(0, multiplier + penalty * excess)``:
    an augmented Lagrangian, whose pressure ends as soon as the budget is met.  Without the
    penalty, selections were driven to x alone before the multiplier had fallen.

    Args:
        costs: of cells and inputs, in microseconds.
        plan: the settings.

    Raises:
        BudgetInfeasible: x alone, which every cell is to keep, costs more than the budget.
    """

    def __init__(self, costs: InputCosts, plan: Stage1Plan) -> None:
        self._plan = plan
        self._latency = _Latency(costs, plan.device)
        self._reference = costs.whole_us
        self.multiplier = torch.zeros((), device=plan.device)
        if plan.form == "constraint":
            self._reference *= plan.budget_share
            if plan.hardware == "latency" and plan.keep_x:
                _require_feasible(costs, self._reference)

    def expected_us(self, alphas: Mapping[Place, Tensor], tau: float) -> Tensor:
        """Return the expected latency at temperature *tau*, in microseconds."""
        levels = 1 + max(i for i, _ in alphas)
        kept = [
            kept_probabilities(
                torch.stack([alphas[(i, j)] for j in range(levels - i)]),
                tau,
                keep_x=self._plan.keep_x,
            )
            for i in range(1, levels)
        ]
        return self._latency(kept)

    def objective(self, loss: Tensor, expected_us: Tensor) -> Tensor:
        """Return what weights and alphas minimise."""
        excess = (expected_us - self._reference) / self._reference
        if self._plan.form == "price":
            return loss + self._plan.price * excess
        weight = (self.multiplier + self._plan.penalty * excess.detach()).clamp_min(0)
        return loss + weight * excess

    def ascend(self, expected_us: Tensor) -> None:
        """Adapt the multiplier of a constraint to what a step expected."""
        if self._plan.form == "constraint":
            excess = (expected_us.detach() - self._reference) / self._reference
            raised = self.multiplier + self._plan.multiplier_lr * excess
            self.multiplier = raised.clamp_min(0)


def _require_feasible(costs: InputCosts, budget_us: float) -> None:
    if costs.smallest_us > budget_us:
        raise BudgetInfeasible("the device of stage 1", budget_us, costs.smallest_us)


class _Latency:
    """The prices as tensors: what the probabilities of all iterations are multiplied with."""

    def __init__(self, costs: InputCosts, device: str) -> None:
        levels = costs.levels
        self._fixed_us = costs.fixed_us
        self._cells_us = [
            torch.tensor([costs.cells_us[(i, j)] for j in range(levels - i)], device=device)
            for i in range(levels)
        ]
        self._inputs_us = [
            torch.tensor([costs.inputs_us[(i, j)] for j in range(levels - i)], device=device)
            for i in range(1, levels)
        ]
        self._own_us = torch.zeros(levels - 1, levels, device=device)
        for i, j in grid(levels):
            if i:
                self._own_us[i - 1, j] = costs.inputs_us[(i, j)][j]

    def __call__(self, kept: Sequence[Tensor]) -> Tensor:
        """
        Return the expected latency, in microseconds.

        Args:
            kept: by iteration from 1 on, the probability that each input is kept: cells, rows.
        """
        reads = [_without_duplicate(matrix) for matrix in kept]
        running = _running(reads)
        total = self._encoder_skips(reads[0], running) + self._fixed_us
        for cells_us, runs in zip(self._cells_us, running, strict=True):
            total = total + runs @ cells_us
        for inputs_us, matrix, runs in zip(self._inputs_us, reads, running[1:], strict=True):
            total = total + runs @ (matrix * inputs_us).sum(dim=1)
        return total

    def _encoder_skips(self, first_reads: Tensor, running: Sequence[Tensor]) -> Tensor:
        """Return what reading C(0, level) costs the first running cell of each level."""
        runs = _by_level(running[1:])  # iterations past 0, levels
        none_before = torch.cat((torch.ones_like(runs[:1]), (1 - runs).cumprod(dim=0)[:-1]))
        # Iteration 1 may have kept C(0, level) already; it is read once.
        unkept = functional.pad(1 - first_reads.diagonal(), (0, 1))
        unkept = torch.cat((unkept[None], torch.ones_like(runs[1:])))
        skips: Tensor = (runs * none_before * unkept * self._own_us).sum()
        return skips


def _without_duplicate(kept: Tensor) -> Tensor:
    """Return *kept* with x of level 0 as part of the first row, whose tensor it is."""
    first, x = kept[:1, :1], kept[:1, -1:]
    level_0 = torch.cat((1 - (1 - first) * (1 - x), kept[:1, 1:-1], torch.zeros_like(x)), dim=1)
    return torch.cat((level_0, kept[1:]))


def _running(reads: Sequence[Tensor]) -> list[Tensor]:
    """
    Return the probability that each cell runs, by iteration from 0 on, walking back.

    A cell runs if one that runs reads it; of every level in use, the encoder cell runs.
    """
    unread = torch.zeros_like(reads[-1][:, 0])  # the output is always read
    running: list[Tensor] = []
    for matrix in reversed(reads):
        runs = _runs_of_iteration(unread, matrix[:, -1])
        unread = (1 - runs[:, None] * matrix[:, :-1]).prod(dim=0)
        running.insert(0, runs)
    idle = unread * (1 - _by_level(running)).prod(dim=0)
    return [1 - idle.flip(0).cumprod(dim=0).flip(0), *running]


def _runs_of_iteration(unread: Tensor, x: Tensor) -> Tensor:
    """Return the probability that each cell runs: read by a later iteration, or as x below it."""
    runs: list[Tensor] = []
    unread_below = torch.ones_like(unread[0])
    for level in reversed(range(len(unread))):
        runs.insert(0, 1 - unread[level] * unread_below)
        unread_below = 1 - runs[0] * x[level]
    return torch.stack(runs)


def _by_level(running: Sequence[Tensor]) -> Tensor:
    """Return one row an iteration, one column a level, 0 where there is no cell."""
    levels = len(running[0]) + 1
    rows = [functional.pad(runs, (0, levels - len(runs))) for runs in running]
    return torch.stack(rows)
