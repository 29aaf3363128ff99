"""
What a benchmark says: figures with a goal and a baseline, as a table or as JSON.

A benchmark is a module with ``run() -> list[Figure]``; ``report(run)`` is its command line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """
    One number a benchmark measured.

    Args:
        name: what was measured.
        figure: the number.
        unit: of the number; ``ratio`` and ``share`` are dimensionless.
        goal: what it should be, such as ``<= 0.05``.
        baseline: the same number of what one would do otherwise, from the same run; None where
            nothing can be compared.
        holds: whether the goal is met.
    """

    name: str
    figure: float
    unit: str
    goal: str
    baseline: float | None
    holds: bool


def at_most(
    name: str, figure: float, limit: float, unit: str, baseline: float | None = None
) -> Figure:
    """Return a figure that should not be above *limit*."""
    return Figure(
        name=name,
        figure=figure,
        unit=unit,
        goal=f"<= {limit:g}",
        baseline=baseline,
        holds=figure <= limit,
    )


def at_least(
    name: str, figure: float, limit: float, unit: str, baseline: float | None = None
) -> Figure:
    """Return a figure that should not be below *limit*."""
    return Figure(
        name=name,
        figure=figure,
        unit=unit,
        goal=f">= {limit:g}",
        baseline=baseline,
        holds=figure >= limit,
    )


def report(run: Callable[[], list[Figure]]) -> None:
    """Run a benchmark and print its figures; with ``--json`` nothing else on standard output."""
    figures = run()
    if "--json" in sys.argv[1:]:
        print(json.dumps([asdict(figure) for figure in figures], indent=1))
        return
    Console().print(_table(figures))


def say(text: str) -> None:
    """Tell how far a benchmark is, on standard error."""
    print(text, file=sys.stderr, flush=True)


def _table(figures: list[Figure]) -> Table:
    table = Table("figure", "measured", "unit", "goal", "baseline", "holds")
    for figure in figures:
        table.add_row(
            figure.name,
            f"{figure.figure:.4g}",
            figure.unit,
            figure.goal,
            "-" if figure.baseline is None else f"{figure.baseline:.4g}",
            "yes" if figure.holds else "NO",
        )
    return table
