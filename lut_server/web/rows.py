"""Rows of a table as a list, for tables that are no picture and people who look for one row."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from profiler.operations import operation_label
from profiler.table import Entry, Table


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list; ``key`` is the operation's."""

    key: str
    entry: Entry

    @property
    def digest(self) -> str:
        """By which addresses name the operation."""
        return digest_of(self.key)

    @property
    def label(self) -> str:
        """The operation in one short line."""
        return operation_label(self.entry.operation)


def rows_of(table: Table, q: str = "") -> Sequence[Row]:
    """Return the rows whose key or label holds every word of *q*."""
    words = q.lower().split()
    rows = [Row(key, entry) for key, entry in table.by_key.items()]
    if not words:
        return rows
    return [row for row in rows if _holds(row, words)]


def row_of(table: Table, digest: str) -> Row | None:
    """Return the row an address names; None where the table has none."""
    found = (key for key in table.by_key if digest_of(key) == digest)
    key = next(found, None)
    return None if key is None else Row(key, table.by_key[key])


def digest_of(key: str) -> str:
    """Return the digest of the operation that has this key."""
    return hashlib.sha256(key.encode()).hexdigest()


def _holds(row: Row, words: Sequence[str]) -> bool:
    key = row.key.lower()
    left = [word for word in words if word not in key]
    return not left or all(word in row.label.lower() for word in left)
