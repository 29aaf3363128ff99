"""
The tables of TF-NAS: nested JSON, part to block to channels inside it to milliseconds.

The parts are ``cpu`` and ``gpu``; a file becomes a table for each, whose provider is the part.
Beside the blocks of a part stands ``base``, what the stem and the head of their networks cost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from profiler.errors import TableInvalid
from profiler.formats.about import About
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
from profiler.table import Entry, Table

PARTS = ("cpu", "gpu")
_BEGINNING = re.compile(rb'\s*\{\s*"(?:cpu|gpu)"\s*:\s*\{')


class TfNas:
    """Tables of TF-NAS."""

    name = "tfnas"

    def recognises(self, head: bytes) -> bool:
        """Return whether *head* begins an object with a part called cpu or gpu."""
        return _BEGINNING.match(head) is not None

    def read(self, data: bytes, about: About) -> tuple[Table, ...]:
        """Return a table for each part of a file."""
        about.refuse(self.name, "provider")
        document = read_json(data, about.source)
        if not isinstance(document, dict) or not document or document.keys() - set(PARTS):
            raise TableInvalid(f"{about.source} is no table of TF-NAS: its parts are cpu and gpu")
        return tuple(self._table(part, value, about) for part, value in document.items())

    def write(self, tables: Sequence[Table]) -> Written:
        """Return *tables*, those of a CPU and those of a GPU, as one file."""
        document: dict[str, dict[str, Any]] = {}
        for table in tables:
            for entry, facts in in_file_order([table], self.name):
                part = document.setdefault(facts.get("part") or _part(table), {})
                _put(part, entry, facts)
        text = json.dumps(document)
        return Written(data=text.encode(), lost=what_is_lost(tables, self.name, ("value_kind",)))

    def _table(self, part: str, value: object, about: About) -> Table:
        rows = enumerate(_rows(part, value, about), start=1)
        environment = about.environment(provider=part)
        return imported_table(self.name, about, rows, about.model(), environment)


def _rows(part: str, blocks: object, about: About) -> Iterator[ForeignRow]:
    microseconds = about.microseconds("ms")
    if not isinstance(blocks, dict):
        raise TableInvalid(f"{about.source}: {part} is no object of blocks")
    for block, value in blocks.items():
        widths = value if isinstance(value, dict) else {None: value}
        if not widths:
            raise TableInvalid(f"{about.source}: {block!r:.80} of {part} has no row")
        for width, number in widths.items():
            name = block if width is None else f"{block}/{width}"
            yield ForeignRow(
                name=name,
                latency_us=latency(number, microseconds, about.source, name),
                facts={"part": part, "block": block, "width": width, "value": number},
            )


def _put(part: dict[str, Any], entry: Entry, facts: dict[str, Any]) -> None:
    """Put a row into its part: inside its block, or as it stands where it has none."""
    if facts.get("width") is not None:
        put_once(part.setdefault(facts["block"], {}), facts["width"], facts["value"])
    else:
        put_once(part, name_of(entry), facts.get("value", entry.latency_us / 1e3))


def _part(table: Table) -> str:
    """Return where a table that never was of TF-NAS goes."""
    where = f"{table.environment.provider} {table.device_model}".lower()
    gpu = any(word in where for word in ("cuda", "gpu", "tensorrt", "nvidia"))
    return "gpu" if gpu else "cpu"
