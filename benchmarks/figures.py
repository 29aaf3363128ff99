"""
What a benchmark says: figures with a goal and a baseline, as a table or as JSON.

A benchmark is a module with ``run() -> list[Figure]``; ``report(run)`` is its command line.  A
goal that is missed is said and is no failure of the command: a busy machine misses goals too.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass
from math import isfinite

from rich.console import Console
from rich.table import Table

from profiler.errors import HnaError

WIDTH = 120
"""Columns of a table that no terminal limits."""


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

    Raises:
        HnaError: a figure or baseline that is no finite number; JSON has no word for it.
    """

    name: str
    figure: float
    unit: str
    goal: str
    baseline: float | None
    holds: bool

    def __post_init__(self) -> None:
        if not all(isfinite(value) for value in (self.figure, self.baseline or 0.0)):
            raise HnaError(
                f"figure {self.name}: {self.figure} beside a baseline of {self.baseline}; "
                "both must be finite"
            )


def at_most(
    name: str, figure: float, limit: float, unit: str, baseline: float | None = None
) -> Figure:
    """Return a figure that should not be above *limit*."""
    return _figure(name, figure, unit, f"<= {limit:g}", baseline, figure <= limit)


def at_least(
    name: str, figure: float, limit: float, unit: str, baseline: float | None = None
) -> Figure:
    """Return a figure that should not be below *limit*."""
    return _figure(name, figure, unit, f">= {limit:g}", baseline, figure >= limit)


def report(run: Callable[[], list[Figure]], arguments: Sequence[str] | None = None) -> None:
    """
    Run a benchmark and print its figures; with ``--json`` nothing else on standard output.

    Args:
        run: the benchmark.
        arguments: of the command line; the process's own unless given.
    """
    parser = argparse.ArgumentParser(description=run.__doc__)
    parser.add_argument("--json", action="store_true", help="print a JSON list of the figures")
    wanted = parser.parse_args(arguments)
    with redirect_stdout(sys.stderr):
        figures = run()
    if wanted.json:
        print(json.dumps([asdict(figure) for figure in figures], indent=1))
    else:
        console = Console()
        wide = max(console.width, WIDTH) if not console.is_terminal else console.width
        Console(width=wide).print(_table(figures))


def say(text: str) -> None:
    """Tell how far a benchmark is, on standard error."""
    print(text, file=sys.stderr, flush=True)


def _figure(
    name: str, figure: float, unit: str, goal: str, baseline: float | None, holds: bool
) -> Figure:
    """Return a figure of plain numbers: numpy's have no place in JSON."""
    return Figure(
        name=name,
        figure=float(figure),
        unit=unit,
        goal=goal,
        baseline=None if baseline is None else float(baseline),
        holds=bool(holds),
    )


def _table(figures: list[Figure]) -> Table:
    table = Table("figure", "measured", "unit", "goal", "baseline", "holds")
    table.columns[0].no_wrap = True
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
