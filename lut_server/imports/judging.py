"""
A file as tables that may be stored: read, linted, rows that cannot be right dealt with.  Pure.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace

from lut_server.wire import ImportQuery
from lut_server.wire.imports import OnErrors
from profiler.errors import ImportRefused
from profiler.formats import About, as_imported, read_tables
from profiler.lint import Finding, lint
from profiler.table import Table

MAX_BYTES = 256 << 20
"""What a compressed file may unpack to on a server that others use, too."""

FINDINGS_KEPT = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """
    A table of a file, ready to be stored.

    Args:
        id: of the import; the same for the same file, read and treated in the same way.
        table: what is stored of it.
        format: of the file.
        source: name of the file.
        sha256: of the file.
        dropped: keys of rows left out.
        findings: what the linter said of all rows.
    """

    id: str
    table: Table
    format: str
    source: str
    sha256: str
    dropped: tuple[str, ...]
    findings: tuple[Finding, ...]


def judge_file(data: bytes, query: ImportQuery) -> tuple[Judged, ...]:
    """
    Return the tables of a file as they may be stored.

    Raises:
        TableInvalid: it is no file of a known format, or its identity or unit is not said.
        ImportRefused: it has rows that cannot be right, and the query does not say what to do.
    """
    about = replace(query.about(), sha256=hashlib.sha256(data).hexdigest())
    format, tables = read_tables(data, about, query.format, max_bytes=MAX_BYTES)
    return tuple(
        _judge(as_imported(table, format, about), format, about, query) for table in tables
    )


def _judge(table: Table, format: str, about: About, query: ImportQuery) -> Judged:
    findings = lint(table)
    errors = [finding for finding in findings if finding.severity == "error"]
    dropped: frozenset[str] = frozenset()
    if errors and query.errors == "refuse":
        raise _refusal(table, errors, about)
    if query.errors == "drop":
        dropped = frozenset(key for finding in errors for key in finding.keys)
    kept = tuple(entry for entry in table.entries if entry.key not in dropped)
    if not kept:
        raise ImportRefused(f"{about.source}: no row of {table.name} is left without an error")
    return Judged(
        id=_id(table.name, format, about, query.errors),
        table=replace(table, entries=kept),
        format=format,
        source=about.source,
        sha256=about.sha256,
        dropped=tuple(sorted(dropped)),
        findings=findings[:FINDINGS_KEPT],
    )


def _refusal(table: Table, errors: list[Finding], about: About) -> ImportRefused:
    rows = len({key for finding in errors for key in finding.keys})
    first = "; ".join(finding.message for finding in errors[:3])
    return ImportRefused(
        f"{about.source}: {rows} of {len(table.entries)} rows of {table.name} cannot be right: "
        f"{first:.600}; leave them out with errors=drop (--drop-errors) or take them as they are "
        "with errors=keep (--keep-errors)"
    )


def _id(table_name: str, format: str, about: About, errors: OnErrors) -> str:
    parts = (table_name, about.sha256, format, about.unit, errors)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
