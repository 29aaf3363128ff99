"""The rows of a table, and what several rules want to know of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from profiler.formats.attributes import attributes_of
from profiler.lint.chains import Chain, chains_of
from profiler.lint.row import AttributeReader, Row, row_of
from profiler.lint.work import least_macs, primitives
from profiler.table import Table


@dataclass(frozen=True, kw_only=True)
class Rows:
    """
    The rows of a table, and what several rules want to know of them.

    Args:
        table: whose rows they are.
        rows: in the order of their keys.
    """

    table: Table
    rows: tuple[Row, ...]

    @cached_property
    def positive(self) -> tuple[Row, ...]:
        """Those that cost something; of the others there is a rule of its own."""
        return tuple(row for row in self.rows if 0 < row.latency_us < float("inf"))

    @cached_property
    def families(self) -> dict[tuple[tuple[str, str], ...], list[Row]]:
        """Rows that cost something and have sizes, by family."""
        found: dict[tuple[tuple[str, str], ...], list[Row]] = defaultdict(list)
        for row in self.positive:
            if row.sizes:
                found[row.family].append(row)
        return dict(found)

    @cached_property
    def chains(self) -> tuple[Chain, ...]:
        """Rows that differ in one size only, those included that cost nothing."""
        return chains_of(self.rows)

    @cached_property
    def macs(self) -> dict[str, int]:
        """Multiplications no way of computing gets around, by key, where they can be counted."""
        counted = {row.key: least_macs(row.entry.operation, row.sizes) for row in self.rows}
        return {key: macs for key, macs in counted.items() if macs}

    @cached_property
    def primitives(self) -> dict[str, int]:
        """How many primitives a row's operation is made of, by key, where that is known."""
        counted = {row.key: primitives(row.entry.operation) for row in self.rows}
        return {key: count for key, count in counted.items() if count is not None}


def rows_of(table: Table, attributes: AttributeReader = attributes_of) -> Rows:
    """Return the rows of *table*, the names of foreign operations read by *attributes*."""
    rows = tuple(row_of(entry, attributes) for entry in table.entries)
    return Rows(table=table, rows=rows)
