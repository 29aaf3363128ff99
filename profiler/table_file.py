"""
Tables as files: JSON with a format version, written whole or not at all.

Format history: 1 (2026-11) the first; 2 (2026-11) sessions, percentiles, cold,
energy, memory; 3 (2026-11) origins, and intervals and samples that may be unknown; kernels, where
the runtime tells, came later and are absent in earlier files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
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
    write_atomically(path, table_to_json(table))


def load_table(path: Path) -> Table:
    """
    Read the table at *path*.

    Raises:
        TableInvalid: there is no file, it is no table, or what it holds is not what was written.
    """
    try:
        text = path.read_text()
    except FileNotFoundError as error:
        raise TableInvalid(f"{path}: no such file; make it with: hna profile --save") from error
    except (OSError, ValueError) as error:
        raise TableInvalid(f"{path} is no table: {error}") from error
    return table_from_json(text, str(path))


def table_to_json(table: Table) -> bytes:
    """Return *table* as the content of a table file."""
    document = {"format": FORMAT, "version": table.version, **asdict(table)}
    return json.dumps(document, indent=1).encode()


def table_from_json(text: str, source: str) -> Table:
    """
    Return the table a table file called *source* holds.

    Raises:
        TableInvalid: it is no table, or what it holds is not what was written.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TableInvalid(f"{source} is no table: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise TableInvalid(f"{source} is no table of format {FORMAT}; write it anew")
    try:
        table = table_from_documents(document, document["entries"])
    except (KeyError, TypeError, AttributeError, HnaError) as error:
        raise TableInvalid(f"{source} is no table: {error}") from error
    if table.version != document.get("version"):
        raise TableInvalid(f"{source} was changed after it was written; measure again")
    return table


def table_from_documents(head: dict[str, Any], entries: Iterable[dict[str, Any]]) -> Table:
    """
    Return a table from what JSON holds of it.

    Args:
        head: its fields, other than the entries; more may be in it.
        entries: its entries.

    Raises:
        KeyError, TypeError, AttributeError, HnaError: they are of no table.
    """
    environment = dict(head["environment"])
    environment["options"] = tuple(environment["options"])
    return Table(
        device_model=head["device_model"],
        environment=Environment(**environment),
        entries=tuple(entry_from_document(entry) for entry in entries),
        simulated=head["simulated"],
        emulated=head["emulated"],
    )


def entry_from_document(document: dict[str, Any]) -> Entry:
    """Return an entry from what JSON holds of it; raises as ``table_from_documents``."""
    values = dict(document)
    values["operation"] = operation_from_json(values["operation"])
    for name in ("unseen", "measurement_ids", "warnings"):
        values[name] = tuple(values[name])
    for name in ("cold_us", "energy_mj"):
        values[name] = None if values[name] is None else Quantity(**values[name])
    values["origin"] = None if values["origin"] is None else Origin(**values["origin"])
    return Entry(**values)
