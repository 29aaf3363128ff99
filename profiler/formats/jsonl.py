"""
Our tables as JSON Lines: the format everything else can be made from, readable without us.

A line is a table's head (its identity, how many entries follow, its version) or an entry of the
head before it.  A file may hold several tables.  A table whose version is not that of what was
read was cut off or changed, and is refused.

Format history: 1 (2026-11) the first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from profiler.errors import HnaError, TableInvalid
from profiler.formats.about import About
from profiler.formats.port import Written
from profiler.formats.strict_json import decoded, read_json
from profiler.table import Table
from profiler.table_file import table_from_documents

FORMAT = 1
MARK = "hna_table"


class JsonLines:
    """Tables of ours, a line for each entry."""

    name = "jsonl"

    def recognises(self, head: bytes) -> bool:
        """Return whether *head* begins with the head of a table."""
        return head.startswith(f'{{"{MARK}":'.encode())

    def read(self, data: bytes, about: About) -> tuple[Table, ...]:
        """Return the tables of a file, as they were written."""
        return tuple(
            _table(head, entries, about.source) for head, entries in _parts(data, about.source)
        )

    def write(self, tables: Sequence[Table]) -> Written:
        """Return all *tables*, one after the other; nothing is lost."""
        return Written(data=b"".join(line for table in tables for line in _lines(table)))


def _lines(table: Table) -> Iterator[bytes]:
    head = {
        MARK: FORMAT,
        "version": table.version,
        "device_model": table.device_model,
        "environment": asdict(table.environment),
        "simulated": table.simulated,
        "emulated": table.emulated,
        "entries": len(table.entries),
    }
    yield _line(head)
    for entry in table.entries:
        yield _line(asdict(entry))


def _line(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode() + b"\n"


def _parts(data: bytes, source: str) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Yield each head with the entries after it."""
    head: dict[str, Any] | None = None
    entries: list[dict[str, Any]] = []
    for number, line in enumerate(decoded(data, source).split("\n"), start=1):
        if not line.strip():
            continue
        document = read_json(line, f"{source}:{number}")
        if not isinstance(document, dict) or (head is None and MARK not in document):
            raise TableInvalid(f"{source}:{number} is neither a table's head nor an entry of one")
        if MARK not in document:
            entries.append(document)
            continue
        if head is not None:
            yield head, entries
        head, entries = document, []
    if head is not None:
        yield head, entries


def _table(head: dict[str, Any], entries: list[dict[str, Any]], source: str) -> Table:
    if head[MARK] != FORMAT:
        raise TableInvalid(
            f"{source} is of version {head[MARK]!r:.20} of this format, not {FORMAT}"
        )
    if head.get("entries") != len(entries):
        raise TableInvalid(
            f"{source} holds {len(entries)} entries of {head.get('entries')!r:.20}: it was cut off"
        )
    try:
        table = table_from_documents(head, entries)
    except (KeyError, TypeError, AttributeError, HnaError) as error:
        raise TableInvalid(f"{source} holds an entry of no table: {error}") from error
    if table.version != head.get("version"):
        raise TableInvalid(f"{source} was changed after it was written; have it sent again")
    return table
