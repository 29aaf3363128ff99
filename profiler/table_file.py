"""
Tables as files: JSON with a format version, written whole or not at all.

Format history: 1 (2026-11) the first; 2 (2026-11) sessions, percentiles, cold,
energy, memory; 3 (2026-11) origins, and intervals and samples that may be unknown.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from profiler.atomic import write_atomically
from profiler.device import Environment
from profiler.errors import HnaError, TableInvalid
from profiler.operations import operation_from_json
from profiler.table import Entry, Origin, Quantity, Table

FORMAT = 3


def save_table(table: Table, path: Path) -> None:
    """
    Write *table* to *path* in one step.

    Raises:
        RunInvalid: it could not be written; the previous file is intact.
    """
    document = {"format": FORMAT, "version": table.version, **asdict(table)}
    write_atomically(path, json.dumps(document, indent=1).encode())


def load_table(path: Path) -> Table:
    """
    Read the table at *path*.

    Raises:
        TableInvalid: there is no file, it is no table, or what it holds is not what was written.
    """
    try:
        document = json.loads(path.read_text())
    except FileNotFoundError as error:
        raise TableInvalid(f"{path}: no such file; make it with: hna profile --save") from error
    except (OSError, ValueError) as error:
        raise TableInvalid(f"{path} is no table: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise TableInvalid(f"{path} is no table of format {FORMAT}; write it anew")
    table = _read(document, path)
    if table.version != document.get("version"):
        raise TableInvalid(f"{path} was changed after it was written; measure again")
    return table


def _read(document: dict[str, Any], path: Path) -> Table:
    try:
        environment = dict(document["environment"])
        environment["options"] = tuple(environment["options"])
        return Table(
            device_model=document["device_model"],
            environment=Environment(**environment),
            entries=tuple(_entry(entry) for entry in document["entries"]),
            simulated=document["simulated"],
            emulated=document["emulated"],
        )
    except (KeyError, TypeError, HnaError) as error:
        raise TableInvalid(f"{path} is no table: {error}") from error


def _entry(document: dict[str, Any]) -> Entry:
    values = dict(document)
    values["operation"] = operation_from_json(values["operation"])
    for name in ("unseen", "measurement_ids", "warnings"):
        values[name] = tuple(values[name])
    for name in ("cold_us", "energy_mj"):
        values[name] = None if values[name] is None else Quantity(**values[name])
    values["origin"] = None if values["origin"] is None else Origin(**values["origin"])
    return Entry(**values)
