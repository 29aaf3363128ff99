"""
The tables of FasterSeg: one flat JSON object, name to milliseconds.

Other projects use the same shape with other units.  Where no name of a file is one of FasterSeg's,
its unit has to be said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from profiler.errors import TableInvalid
from profiler.formats.about import About
from profiler.formats.attributes import attributes_of
from profiler.formats.port import Written
from profiler.formats.rows import (
    ForeignRow,
    imported_table,
    in_file_order,
    latency,
    name_of,
    put_once,
    what_is_lost,
)
from profiler.formats.strict_json import read_json
from profiler.operations import ForeignOperation
from profiler.table import Table

_BEGINNING = re.compile(rb'\s*\{\s*"(?:[^"\\]|\\.)+"\s*:\s*-?\d')


class FasterSeg:
    """Tables of FasterSeg, and other flat ones."""

    name = "fasterseg"

    def recognises(self, head: bytes) -> bool:
        """Return whether *head* begins an object whose first value is a number."""
        return _BEGINNING.match(head) is not None

    def read(self, data: bytes, about: About) -> tuple[Table, ...]:
        """Return the one table of a file."""
        document = read_json(data, about.source)
        if not isinstance(document, dict):
            raise TableInvalid(f"{about.source} is no table of FasterSeg: it is no object")
        rows = enumerate(self._rows(document, about), start=1)
        return (imported_table(self.name, about, rows, about.model(), about.environment()),)

    def write(self, tables: Sequence[Table]) -> Written:
        """Return all *tables* as one file, a row on each line."""
        document: dict[str, float] = {}
        for entry, facts in in_file_order(tables, self.name):
            put_once(document, name_of(entry), facts.get("value", entry.latency_us / 1e3))
        text = json.dumps(document, indent=0)
        return Written(data=text.encode(), lost=what_is_lost(tables, self.name, ("value_kind",)))

    def _rows(self, document: dict[str, object], about: About) -> Iterator[ForeignRow]:
        theirs = any(_is_theirs(name) for name in document)
        microseconds = about.microseconds("ms" if theirs else None)
        for name, value in document.items():
            yield ForeignRow(
                name=name,
                latency_us=latency(value, microseconds, about.source, name),
                facts={"value": value},
            )


def _is_theirs(name: str) -> bool:
    return bool(name.isprintable() and 1 <= len(name) <= 200) and bool(
        attributes_of(ForeignOperation(format="fasterseg", name=name))
    )
