"""
FBNet's ``runtime_lut``: an object on each line, a row of one device, percentiles in microseconds.

The published databases are JSON Lines called ``<device>-op_lut_database.json``; a JSON list of the
same objects is read too.  The latency is the median.  Percentiles of executions are no interval of
it, so none is claimed; they stay in the row.  Rows of one file become a table for each device and
precision, since a file mixes the int8 and fp32 operators of one phone.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from profiler.errors import TableInvalid
from profiler.formats.about import About, slug
from profiler.formats.port import Written
from profiler.formats.rows import (
    ForeignRow,
    imported_table,
    in_file_order,
    latency,
    name_of,
    what_is_lost,
)
from profiler.formats.strict_json import decoded, read_json
from profiler.table import Entry, Table

IDENTITY = ("op_type", "op_args", "input_shapes", "input_dtypes")
PERCENTILES = ("p0", "p10", "p50", "p90", "p100")


class FbNet:
    """Databases of FBNet's runtime_lut."""

    name = "fbnet"

    def recognises(self, head: bytes) -> bool:
        """Return whether *head* names an operator's type and a percentile of its run time."""
        return b'"op_type"' in head and b'"runtime_us_p50"' in head

    def read(self, data: bytes, about: About) -> tuple[Table, ...]:
        """Return a table for each device and precision of a file."""
        about.refuse(self.name, "unit", "precision")
        parts: dict[tuple[str, str], list[tuple[int, ForeignRow]]] = defaultdict(list)
        for place, (record, text) in enumerate(_records(data, about.source), start=1):
            part = (_device(record, about), _precision(record))
            parts[part].append((place, _row(record, text, about.source)))
        if about.device_model is not None and len({device for device, _ in parts}) > 1:
            about.refuse(self.name, "device_model")
        about = replace(about, runtime=about.runtime or "caffe2")
        return tuple(
            imported_table(
                self.name,
                about,
                rows,
                _model(device, about),
                about.environment(precision=precision),
            )
            for (device, precision), rows in parts.items()
        )

    def write(self, tables: Sequence[Table]) -> Written:
        """Return all *tables* as one file, a row on each line."""
        lines = []
        for table in tables:
            for entry, facts in in_file_order([table], self.name):
                line = facts.get("text") or json.dumps(_record(entry, table.device_model))
                lines.append((facts.get("place", float("inf")), line))
        lines.sort(key=lambda line: line[0])
        text = "".join(f"{line}\n" for _, line in lines)
        held = ("value_kind", "p90_us")
        return Written(data=text.encode(), lost=what_is_lost(tables, self.name, held))


def _records(data: bytes, source: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the rows of a file, each with its text."""
    text = decoded(data, source)
    if text.lstrip().startswith("["):
        records = read_json(text, source)
        yield from ((_checked(record, source), json.dumps(record)) for record in records)
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            record = read_json(line, f"{source}:{number}")
            yield _checked(record, f"{source}:{number}"), line


def _checked(record: Any, source: str) -> dict[str, Any]:
    if not isinstance(record, dict) or not {*IDENTITY, "runtime_us_p50"} <= record.keys():
        raise TableInvalid(
            f"{source} is no row of FBNet: it needs {', '.join(IDENTITY)} and runtime_us_p50"
        )
    return record


def _row(record: dict[str, Any], text: str, source: str) -> ForeignRow:
    name = json.dumps([record[field] for field in IDENTITY], separators=(",", ":"))
    latency_us = latency(record["runtime_us_p50"], 1.0, source, name)
    return ForeignRow(name=name, latency_us=latency_us, facts={"text": text})


def _device(record: dict[str, Any], about: About) -> str:
    device = record.get("device")
    if isinstance(device, str) and device:
        return device
    return about.model()


def _model(device: str, about: About) -> str:
    return about.model() if about.device_model is not None else slug(device)


def _precision(record: dict[str, Any]) -> str:
    return "int8" if str(record["op_type"]).startswith("Int8") else "fp32"


def _record(entry: Entry, device: str) -> dict[str, Any]:
    """Return a row of ours as one of theirs; a percentile nobody took is null."""
    known = {"p50": entry.latency_us, "p90": entry.p90_us}
    return {
        "op_type": name_of(entry),
        "op_args": [],
        "input_shapes": [],
        "input_dtypes": [],
        **{f"runtime_us_{percentile}": known.get(percentile) for percentile in PERCENTILES},
        "device": device,
    }
