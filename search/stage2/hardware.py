"""
The hardware term: what the network is expected to cost, differentiable in alpha.

Costs are looked up once, before the search; in a step the expected costs under all limits are one
product of small tensors.  Source: spec/hna_nas.md section 3.5; ``constraint`` is dual ascent on
the Lagrangian: its multipliers grow while a budget is exceeded and shrink while there is room.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from profiler.errors import HnaError
from search.limits import Limit
from search.stage2.plan import Stage2Plan


class HardwareTerm:
    """
    How expected costs enter the objective of an architecture step.

    Args:
        limits: each a cost and its budget; at least one.
        plan: form and weights.

    Raises:
        HnaError: no limit, or a budget whose logarithm is not above 0 where it is used.
    """

    def __init__(self, limits: Sequence[Limit], plan: Stage2Plan) -> None:
        if not limits:
            raise HnaError("stage 2 needs at least one limit; give a device and a budget")
        self._plan = plan
        self._unit = limits[0].costs.unit
        matrices = [_padded([list(row) for row in each.costs.cells.values()]) for each in limits]
        self._costs = torch.stack(matrices).to(plan.device)  # limits, cells, candidates
        self._fixed = self._vector([limit.costs.fixed for limit in limits])
        self._allowed = self._vector([limit.allowed for limit in limits])
        self.multipliers = torch.zeros_like(self._allowed)
        """One for each limit; 0 at the beginning."""
        if plan.form == "mul#log" and float(self._allowed.min()) <= 1:
            raise HnaError(f"a budget of {float(self._allowed.min())}; mul#log needs more than 1")

    def expected(self, probabilities: Tensor) -> Tensor:
        """Return the expected cost under each limit of a network drawn from *probabilities*."""
        expected: Tensor = (self._costs * probabilities).sum(dim=(1, 2)) + self._fixed
        return expected

    def excess(self, expected: Tensor) -> Tensor:
        """Return by how much of each budget *expected* is above it; below 0 when it is under."""
        return (expected - self._allowed) / self._allowed

    def objective(self, loss: Tensor, expected: Tensor) -> Tensor:
        """Return what alpha minimises."""
        plan = self._plan
        match plan.form:
            case "constraint":
                return loss + (self.multipliers * self.excess(expected)).sum()
            case "add#linear":
                return loss + plan.price * self.excess(expected).sum()
            case "add#linear_abs":
                return loss + plan.price * self.excess(expected).abs().sum()
            case "mul#log":
                ratio = expected.log() / self._allowed.log()
                return plan.log_factor * loss * (ratio**plan.log_exponent).prod()

    def adapt(self, expected: Tensor) -> None:
        """Move the multipliers of ``constraint`` after a step; other forms have none."""
        if self._plan.form == "constraint":
            moved = self.multipliers + self._plan.dual_lr * self.excess(expected.detach())
            self.multipliers = moved.clamp_min(0)

    def report(self, probabilities: Tensor) -> Mapping[str, float]:
        """
        Return what an epoch reports.

        ``expected_us`` (or ``expected_MACs`` ...) is under the first limit, ``excess`` the largest
        share by which a budget is exceeded, ``multiplier`` the largest multiplier.
        """
        expected = self.expected(probabilities)
        values = {
            f"expected_{self._unit}": float(expected[0]),
            "excess": float(self.excess(expected).max()),
        }
        if self._plan.form == "constraint":
            values["multiplier"] = float(self.multipliers.max())
        return values

    def _vector(self, values: Sequence[float]) -> Tensor:
        return torch.tensor(values, dtype=torch.float64, device=self._plan.device)


def _padded(rows: list[list[float]]) -> Tensor:
    matrix = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.float64)
    for row, values in zip(matrix, rows, strict=True):
        row[: len(values)] = torch.tensor(values, dtype=torch.float64)
    return matrix
