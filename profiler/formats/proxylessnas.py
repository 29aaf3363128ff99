"""
The tables of ProxylessNAS and Once-for-All: YAML, ``name: {count, mean, var}``, milliseconds.

``count`` is how many samples a mean rests on.  Whether ``var`` is a variance or a standard
deviation is documented nowhere, so it is kept in the row and no interval is claimed from it.
YAML is read without tags, anchors and aliases: a table needs none, and a few lines of them can
stand for gigabytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

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
from profiler.formats.strict_json import decoded
from profiler.table import Entry, Table

DEEPEST = 2
"""A mapping of mappings of numbers."""

_BEGINNING = re.compile(rb"^\S[^\n]*:\s*\n\s+(count|mean|var):", re.MULTILINE)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class ProxylessNas:
    """Tables of ProxylessNAS and Once-for-All."""

    name = "proxylessnas"

    def recognises(self, head: bytes) -> bool:
        """Return whether *head* has a row of count, mean or var."""
        return _BEGINNING.search(head) is not None

    def read(self, data: bytes, about: About) -> tuple[Table, ...]:
        """Return the one table of a file."""
        microseconds = about.microseconds("ms")
        rows = enumerate(_rows(_document(data, about.source), about.source, microseconds), start=1)
        return (imported_table(self.name, about, rows, about.model(), about.environment()),)

    def write(self, tables: Sequence[Table]) -> Written:
        """Return all *tables* as one file, sorted by name as the published one is."""
        document: dict[str, Any] = {}
        for entry, facts in in_file_order(tables, self.name):
            put_once(document, name_of(entry), facts.get("value", _value(entry)))
        text = yaml.dump(document, Dumper=_DUMPER, allow_unicode=False)
        return Written(
            data=text.encode(), lost=what_is_lost(tables, self.name, ("samples", "value_kind"))
        )


def _rows(document: dict[Any, Any], source: str, microseconds: float) -> Iterator[ForeignRow]:
    for name, value in document.items():
        if not isinstance(name, str) or not isinstance(value, dict) or "mean" not in value:
            raise TableInvalid(f"{source}: {name!r:.80} has no mean; a row is count, mean and var")
        if not all(type(key) is str and type(part) in (int, float) for key, part in value.items()):
            raise TableInvalid(f"{source}: {name!r:.80} holds something other than numbers")
        count = value.get("count")
        yield ForeignRow(
            name=name,
            latency_us=latency(value["mean"], microseconds, source, name),
            facts={"value": value},
            samples=count if isinstance(count, int) and count > 0 else None,
        )


def _value(entry: Entry) -> dict[str, float]:
    count = {} if entry.samples is None else {"count": entry.samples}
    return {**count, "mean": entry.latency_us / 1e3}


def _document(data: bytes, source: str) -> dict[Any, Any]:
    """Return the mapping a file holds, after a look at its structure alone."""
    text = decoded(data, source)
    try:
        _require_plain(text, source)
        document = yaml.load(text, Loader=_LOADER)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise TableInvalid(f"{source} is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict):
        raise TableInvalid(f"{source} is no table of ProxylessNAS: it is no mapping")
    return document


def _require_plain(text: str, source: str) -> None:
    """Check that a file has no alias, anchor, tag or depth, and no name twice."""
    depth = 0
    names: set[str] = set()
    expecting_name = False
    for event in yaml.parse(text, Loader=_LOADER):
        if getattr(event, "anchor", None) or getattr(event, "tag", None):
            line = event.start_mark.line + 1
            raise TableInvalid(f"{source}:{line}: a table needs no YAML tags, anchors or aliases")
        opens = isinstance(event, yaml.CollectionStartEvent)
        closes = isinstance(event, yaml.CollectionEndEvent)
        if depth == 1 and isinstance(event, yaml.ScalarEvent) and expecting_name:
            if event.value in names:
                raise TableInvalid(f"{source}: {event.value!r:.80} is there twice; keep one")
            names.add(event.value)
        depth += opens - closes
        if depth > DEEPEST:
            raise TableInvalid(f"{source} is nested too deeply for a table of ProxylessNAS")
        if depth == 1:
            expecting_name = opens or not expecting_name
