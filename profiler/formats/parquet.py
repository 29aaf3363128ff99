"""
Parquet: the same columns as our CSV, typed.  Needs the ``parquet`` extra (pyarrow).

Files are read with bounds: what a few compressed bytes would unpack to is known before they are.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from profiler.errors import TableInvalid
from profiler.formats.about import About
from profiler.formats.flat import COLUMNS, flat_rows, tables_of
from profiler.formats.port import Written
from profiler.table import Table

MAGIC = b"PAR1"
MAX_ROWS = 5_000_000
MAX_BYTES = 2 << 30

_TYPES = {str: "string", int: "int64", float: "float64", bool: "bool"}


class Parquet:
    """Tables of ours as Parquet."""

    name = "parquet"

    def recognises(self, head: bytes) -> bool:
        """Return whether *head* begins with Parquet's magic bytes."""
        return head.startswith(MAGIC)

    def read(self, data: bytes, about: About) -> tuple[Table, ...]:
        """Return the tables of a file."""
        try:
            return tables_of(_rows(data, about.source), about.source)
        except (pa.ArrowException, OSError) as error:
            first = str(error).split("\n", 1)[0]
            raise TableInvalid(f"{about.source} is no Parquet: {first}") from error

    def write(self, tables: Sequence[Table]) -> Written:
        """Return all *tables* as one file; nothing is lost."""
        arrow = pa.Table.from_pylist(list(flat_rows(tables)), schema=schema())
        sink = io.BytesIO()
        pq.write_table(arrow, sink, compression="zstd")
        return Written(data=sink.getvalue())


def schema() -> Any:
    """Return the columns and their types; lists and objects are JSON texts."""
    return pa.schema([(name, _TYPES.get(kind, "string")) for name, kind in COLUMNS.items()])


def _rows(data: bytes, source: str) -> list[dict[str, Any]]:
    file = pq.ParquetFile(io.BytesIO(data))
    groups = [file.metadata.row_group(index) for index in range(file.metadata.num_row_groups)]
    unpacked = sum(group.total_byte_size for group in groups)
    if file.metadata.num_rows > MAX_ROWS or unpacked > MAX_BYTES:
        raise TableInvalid(
            f"{source} unpacks to {file.metadata.num_rows} rows and {unpacked} bytes; a table has "
            f"at most {MAX_ROWS} rows and {MAX_BYTES} bytes"
        )
    missing = [name for name in COLUMNS if name not in file.schema_arrow.names]
    if missing:
        raise TableInvalid(f"{source} has no column called {', '.join(missing)}")
    rows: list[dict[str, Any]] = file.read(columns=list(COLUMNS)).cast(schema()).to_pylist()
    return rows
