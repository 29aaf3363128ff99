"""
Entries as flat rows, for CSV and Parquet: every column named, unit in the name, nothing lost.

A row repeats its table's identity, so that one file can hold several tables and a row can be read
alone.  What is a value of its own (operation, interval of another quantity, origin) is JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from math import isfinite
from typing import Any

from profiler.errors import HnaError, TableInvalid
from profiler.formats.strict_json import read_json
from profiler.table import Table
from profiler.table_file import table_from_documents

IDENTITY: dict[str, type] = {
    "device_model": str,
    "runtime": str,
    "runtime_version": str,
    "provider": str,
    "precision": str,
    "threads": int,
    "options": list,
    "power_mode": str,
    "simulated": bool,
    "emulated": bool,
}
ENTRY: dict[str, type] = {
    "key": str,
    "latency_us": float,
    "low_us": float,
    "high_us": float,
    "value_kind": str,
    "samples": int,
    "sessions": int,
    "inner_loops": int,
    "border_us": float,
    "p90_us": float,
    "p99_us": float,
    "peak_memory_bytes": int,
    "kernels": int,
    "cold_us": dict,
    "energy_mj": dict,
    "unseen": list,
    "warnings": list,
    "measurement_ids": list,
    "operation": dict,
    "origin": dict,
}
COLUMNS: dict[str, type] = {**IDENTITY, **ENTRY}
"""What each column holds; lists and objects are JSON texts."""

LATER = ("kernels",)
"""Columns that files written before them lack; what they would hold is unknown."""

Row = dict[str, str | int | float | bool | None]


def flat_rows(tables: Iterable[Table]) -> Iterator[Row]:
    """Yield a row for each entry."""
    for table in tables:
        identity = {**asdict(table.environment), "device_model": table.device_model}
        identity |= {"simulated": table.simulated, "emulated": table.emulated}
        for entry in table.entries:
            document = {**asdict(entry), "key": entry.key, **identity}
            yield {name: _flat(document[name]) for name in COLUMNS}


def tables_of(rows: Iterable[Mapping[str, Any]], source: str) -> tuple[Table, ...]:
    """
    Return the tables that flat rows are of, in the order they first appear.

    Raises:
        TableInvalid: a cell holds what its column cannot.
    """
    parts: dict[str, tuple[dict[str, Any], dict[str, dict[str, Any]]]] = {}
    try:
        for row in rows:
            head, key, entry = _documents(row, source)
            entries = parts.setdefault(json.dumps(head), (head, {}))[1]
            if key in entries:
                raise TableInvalid(f"{source} has two rows of one table for {key:.200}; keep one")
            entries[key] = entry
        return tuple(_table(head, entries, source) for head, entries in parts.values())
    except (KeyError, TypeError, AttributeError, HnaError) as error:
        raise TableInvalid(f"{source} holds a row of no table: {error}") from error


def _table(head: dict[str, Any], entries: dict[str, dict[str, Any]], source: str) -> Table:
    table = table_from_documents(head, entries.values())
    if table.by_key.keys() != entries.keys():
        wrong = next(key for key in entries if key not in table.by_key)
        raise TableInvalid(f"{source}: {wrong:.200} is not the key of the operation in its row")
    return table


def _documents(row: Mapping[str, Any], source: str) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """Return the head of a row's table, its key, and its entry."""
    told = {**dict.fromkeys(LATER), **row}
    cells = {name: _value(name, told[name], kind, source) for name, kind in COLUMNS.items()}
    part = ("device_model", "simulated", "emulated")
    environment = {name: cells[name] for name in IDENTITY if name not in part}
    head = {"environment": environment, **{name: cells[name] for name in part}}
    return head, cells["key"], {name: cells[name] for name in ENTRY if name != "key"}


def _flat(value: Any) -> str | int | float | bool | None:
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, separators=(",", ":"))
    return value  # type: ignore[no-any-return]


def _value(name: str, cell: Any, kind: type, source: str) -> Any:
    if cell is None:
        return None
    value = read_json(cell, f"{source}: {name}") if kind in (list, dict) else cell
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise TableInvalid(f"{source}: {name} is {cell!r:.60}, which is no {kind.__name__}")
    if isinstance(value, float) and not isfinite(value):
        raise TableInvalid(f"{source}: {name} is {value}; leave out what could not be measured")
    return value
