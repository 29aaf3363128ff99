"""
Which rows of a table a search needs, and the refusal of a table that lacks some.

It refuses to guess: an operation without a row is an error that names its key, never 0.
"""

from __future__ import annotations

from collections.abc import Iterable

from profiler.errors import EntryMissing, TableMismatch
from profiler.operations import Head, Operation, operation_key
from profiler.space import MetaSpace
from profiler.table import Table


def require_rows(space: MetaSpace, operations: Iterable[Operation], table: Table) -> None:
    """
    Check that *table* has a row for every one of *operations*.

    Raises:
        TableMismatch: rows are missing because the table is of another image size or batch.
        EntryMissing: names every operation the table has no row for.
    """
    missing = table.missing(operations)
    if not missing:
        return
    asked = (space.batch, space.height, space.width)
    heads = [entry.operation for entry in table.entries if isinstance(entry.operation, Head)]
    known = {(head.batch, head.height, head.width) for head in heads}
    if known and asked not in known:
        sizes = ", ".join(f"{n} x {h}x{w}" for n, h, w in sorted(known))
        raise TableMismatch(
            f"table {table.name} is of images {sizes} (batch x height x width); the space asks "
            f"for {asked[0]} x {asked[1]}x{asked[2]}: measure it at that size"
        )
    raise EntryMissing([operation_key(operation) for operation in missing], table.name)
