"""Our table file (``profiler.table_file``), as one of the formats: one table, indented JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence

from profiler.errors import TableInvalid
from profiler.formats.about import About
from profiler.formats.port import Written
from profiler.formats.strict_json import decoded, read_json
from profiler.table import Table
from profiler.table_file import table_from_json, table_to_json

_BEGINNING = re.compile(rb'\s*\{\s*"format"\s*:\s*\d+\s*,\s*"version"\s*:\s*"')


class TableJson:
    """The file that hna profile --save writes."""

    name = "json"

    def recognises(self, head: bytes) -> bool:
        """Return whether *head* begins as our table files do."""
        return _BEGINNING.match(head) is not None

    def read(self, data: bytes, about: About) -> tuple[Table, ...]:
        """Return the one table of a file."""
        read_json(data, about.source)  # refuses what the reader of our own files need not
        return (table_from_json(decoded(data, about.source), about.source),)

    def write(self, tables: Sequence[Table]) -> Written:
        """Return one table as a file; nothing is lost."""
        if len(tables) != 1:
            raise TableInvalid(
                f"a table file holds one table, not {len(tables)}; write jsonl, csv or parquet"
            )
        return Written(data=table_to_json(tables[0]))
