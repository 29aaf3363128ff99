"""
Rows of foreign files, as entries and back.

The row as the file had it travels with the entry (``Origin.row``), with its place in the file, so
that a writer of the same format gives back what was read, to the byte.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import MISSING, dataclass, fields
from math import inf, isfinite
from typing import Any

from profiler.device import Environment
from profiler.errors import HnaError, TableInvalid
from profiler.formats.about import About
from profiler.operations import ForeignOperation
from profiler.table import Entry, Origin, Table

IDENTITY_LOST = "device model and environment: the format has no place for them"
ALWAYS_HELD = ("operation", "latency_us")


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignRow:
    """
    A row as a file has it.

    Args:
        name: what the file calls the operation.
        latency_us: in microseconds.
        facts: all that is needed to write the row again.
        samples: how many it rests on, where the file says.
    """

    name: str
    latency_us: float
    facts: dict[str, Any]
    samples: int | None = None


def imported_table(
    format: str,
    about: About,
    rows: Iterable[tuple[int, ForeignRow]],
    device_model: str,
    environment: Environment,
) -> Table:
    """
    Return rows of a file, with their places in it, as a table.

    Raises:
        TableInvalid: no row, two of one name, or a name no operation can have.
    """
    try:
        entries = tuple(_entry(format, about, place, row) for place, row in rows)
        table = Table(device_model=device_model, environment=environment, entries=entries)
    except HnaError as error:
        raise TableInvalid(f"{about.source}: {error}") from error
    if not entries:
        raise TableInvalid(f"{about.source} holds no row; a table has at least one")
    return table


def _entry(format: str, about: About, place: int, row: ForeignRow) -> Entry:
    text = json.dumps({"place": place, **row.facts}, separators=(",", ":"))
    return Entry(
        operation=ForeignOperation(format=format, name=row.name),
        latency_us=row.latency_us,
        value_kind="imported",
        samples=row.samples,
        origin=Origin(format=format, source=about.source, sha256=about.sha256, row=text),
    )


def latency(value: object, microseconds: float, source: str, name: str) -> float:
    """
    Return the latency of a row in microseconds.

    Raises:
        TableInvalid: it is no finite number.
    """
    try:
        number = value * microseconds if type(value) in (int, float) else inf  # type: ignore[operator]
    except OverflowError:
        number = inf
    if not isfinite(number):
        raise TableInvalid(f"{source}: the latency of {name!r:.80} is no number: {value!s:.40}")
    return number


def put_once(document: dict[str, Any], name: str, value: object) -> None:
    """
    Put a row into a file that has a place for one of each name.

    Raises:
        TableInvalid: there is one already.
    """
    if name in document:
        raise TableInvalid(f"two rows are called {name!r:.80}; write one table to a file")
    document[name] = value


def in_file_order(tables: Sequence[Table], format: str) -> list[tuple[Entry, dict[str, Any]]]:
    """
    Return entries with their facts: those that came from a file of *format* as they stood there.

    Others follow in the order of their keys, without facts.
    """
    ours: list[tuple[str, int, Entry, dict[str, Any]]] = []
    others: list[tuple[Entry, dict[str, Any]]] = []
    for entry in (entry for table in tables for entry in table.entries):
        origin = entry.origin
        if origin is None or origin.format != format:
            others.append((entry, {}))
        else:
            facts = facts_of(entry)
            ours.append((origin.sha256, int(facts["place"]), entry, facts))
    ours.sort(key=lambda row: row[:2])
    return [(entry, facts) for _, _, entry, facts in ours] + others


def facts_of(entry: Entry) -> dict[str, Any]:
    """
    Return the row an entry came from as its file had it.

    Raises:
        TableInvalid: its origin does not hold one.
    """
    text = "" if entry.origin is None else entry.origin.row
    try:
        facts = json.loads(text)
    except ValueError as error:
        raise TableInvalid(f"the origin of {entry.key} holds no row: {text!r:.60}") from error
    if not isinstance(facts, dict) or not isinstance(facts.get("place"), int):
        raise TableInvalid(f"the origin of {entry.key} holds no row: {text!r:.60}")
    return facts


def name_of(entry: Entry) -> str:
    """Return what a file calls an operation: its foreign name, or our key."""
    operation = entry.operation
    return operation.name if isinstance(operation, ForeignOperation) else entry.key


def what_is_lost(
    tables: Sequence[Table], format: str, held: Sequence[str] = (), *, identity: bool = True
) -> tuple[str, ...]:
    """
    Return what a file of *format* cannot hold of *tables*.

    Args:
        tables: to be written.
        format: that of the file; entries that came from one lose nothing.
        held: fields of an entry it has a place for, besides latency and name.
        identity: whether device model and environment are among what is lost.
    """
    others = [entry for entry, facts in in_file_order(tables, format) if not facts]
    lost = [IDENTITY_LOST] if identity else []
    own = sum(not isinstance(entry.operation, ForeignOperation) for entry in others)
    if own:
        lost.append(f"operations as values: {own} are written as the text of their keys")
    for field in fields(Entry):
        if field.name in (*ALWAYS_HELD, *held):
            continue
        default = None if field.default is MISSING else field.default
        count = sum(getattr(entry, field.name) != default for entry in others)
        if count:
            lost.append(f"{field.name} of {count} entries")
    return tuple(lost)
