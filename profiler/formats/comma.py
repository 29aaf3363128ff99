"""
CSV: our tables with every column, and the plain lists that people mail each other.

A plain list has a column of names (``operation``, ``name``, ``op`` or ``key``) and one of latencies
whose name ends in its unit (``latency_us``, ``latency_ms``, ``latency_s``); one called ``latency``
needs the unit to be said.  What else a list holds stays in the row and is claimed to be nothing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from profiler.errors import TableInvalid
from profiler.formats.about import About, Unit
from profiler.formats.flat import COLUMNS, flat_rows, tables_of
from profiler.formats.port import Written
from profiler.formats.rows import ForeignRow, imported_table, latency
from profiler.formats.strict_json import decoded
from profiler.table import Table

NAMES = ("operation", "name", "op", "key")
LATENCIES: dict[str, Unit | None] = {
    "latency_us": "us",
    "latency_ms": "ms",
    "latency_s": "s",
    "latency": None,
}


class CommaSeparated:
    """Tables of ours as CSV, and plain lists of names and latencies."""

    name = "csv"

    def recognises(self, head: bytes) -> bool:
        """Return whether the first line of *head* names an operation and a latency."""
        first = head.split(b"\n", 1)[0].decode(errors="replace").strip()
        columns = [column.strip(' "').lower() for column in first.split(",")]
        return not {*NAMES}.isdisjoint(columns) and not LATENCIES.keys().isdisjoint(columns)

    def read(self, data: bytes, about: About) -> tuple[Table, ...]:
        """Return the tables of a file; of a plain list, the one."""
        reader = csv.reader(io.StringIO(decoded(data, about.source), newline=""))
        try:
            columns = [column.strip() for column in next(reader, [])]
            if set(COLUMNS) <= set(columns):
                return tables_of(_typed(columns, reader, about.source), about.source)
            rows = enumerate(_plain(columns, reader, about), start=1)
            return (imported_table(self.name, about, rows, about.model(), about.environment()),)
        except csv.Error as error:
            raise TableInvalid(f"{about.source} is no CSV: {error}") from error

    def write(self, tables: Sequence[Table]) -> Written:
        """Return all *tables* as one file; nothing is lost."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in flat_rows(tables):
            writer.writerow([_text(cell) for cell in row.values()])
        return Written(data=text.getvalue().encode())


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def _typed(columns: list[str], rows: Any, source: str) -> Iterator[dict[str, Any]]:
    """Yield rows of ours with their numbers as numbers; an empty cell is what is unknown."""
    for number, cells in enumerate(rows, start=2):
        named = dict(zip(columns, _whole(cells, columns, f"{source}:{number}"), strict=True))
        try:
            yield {name: _cell(named[name], kind) for name, kind in COLUMNS.items()}
        except ValueError as error:
            raise TableInvalid(f"{source}:{number}: {error}") from error


def _cell(text: str, kind: type) -> Any:
    if not text:
        return None
    if kind in (int, float):
        return kind(text)
    return {"true": True, "false": False}[text] if kind is bool else text


def _plain(columns: list[str], rows: Any, about: About) -> Iterator[ForeignRow]:
    lowered = [column.lower() for column in columns]
    name_at, latency_at = _first(lowered, NAMES, about), _first(lowered, tuple(LATENCIES), about)
    usual = LATENCIES[lowered[latency_at]]
    microseconds = about.microseconds(usual)
    for number, row in enumerate(rows, start=2):
        cells = _whole(row, columns, f"{about.source}:{number}")
        name, text = cells[name_at], cells[latency_at]
        try:
            value: object = float(text)
        except ValueError:
            value = text
        latency_us = latency(value, microseconds, about.source, name)
        facts = dict(zip(columns, cells, strict=True))
        yield ForeignRow(name=name, latency_us=latency_us, facts={"cells": facts})


def _whole(cells: list[str], columns: list[str], place: str) -> list[str]:
    if len(cells) != len(columns):
        raise TableInvalid(f"{place} has {len(cells)} cells, its header {len(columns)}")
    return cells


def _first(columns: list[str], wanted: tuple[str, ...], about: About) -> int:
    found = [columns.index(name) for name in wanted if name in columns]
    if not found:
        raise TableInvalid(
            f"{about.source} has no column called {', '.join(wanted[:-1])} or {wanted[-1]}; it has "
            f"{', '.join(columns):.200}"
        )
    return found[0]
