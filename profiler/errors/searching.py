"""Budgets, data and runs."""

# ruff: noqa: N818 - an error is named for what happened, not for being one

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from profiler.errors.root import HnaError


class BudgetInfeasible(HnaError):
    """
    No network of the space meets the budget.

    Args:
        name: of the device, or of what is limited.
        budget: what was asked for.
        smallest: the smallest budget that some network of the space is predicted to meet.
        unit: of both.
    """

    def __init__(self, name: str, budget: float, smallest: float, unit: str = "us") -> None:
        self.budget = budget
        self.smallest = smallest
        super().__init__(
            f"no network meets {budget:,.0f} {unit} on {name}: the cheapest there is needs "
            f"{ceil(smallest):,} {unit}; raise the budget to at least that"
        )


class LimitsInfeasible(HnaError):
    """Each of these limits can be met, but no network meets all of them."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"no network meets the budgets of {', '.join(names)} together, though each can be met "
            "alone; raise one of them"
        )


class DataInvalid(HnaError):
    """Images, masks, lists or gene files that cannot be used."""


class RunInvalid(HnaError):
    """A run folder or checkpoint that cannot be used."""


class SweepFailed(HnaError):
    """The cluster of a sweep cannot be reached, or some of its searches failed."""


class TrainingDiverged(HnaError):
    """A loss became infinite or no number; the last good state is kept."""
