"""
The whole-network latencies of Qualcomm AI Hub, as one CSV over models, devices and runtimes.

Each device, runtime, version of its tools and precision is a table of whole networks; versions are
kept apart because numbers of two versions are not comparable.  Our tables know three precisions:
AI Hub's ``float`` is ``fp32`` here and every kind of quantisation ``int8``, and an option of the
environment says what AI Hub called it.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from profiler.device import Environment
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

COLUMNS = (
    "model",
    "precision",
    "component",
    "device",
    "runtime",
    "latency_ms",
    "peak_mem_min_mb",
    "peak_mem_max_mb",
    "unit",
    "layers_total",
    "job_id",
    "tool_versions",
)
_PART = ("device", "runtime", "precision", "tool_versions")
_BEGINNING = ",".join(COLUMNS).encode()


class AiHub:
    """Performance figures of Qualcomm AI Hub."""

    name = "aihub"

    def recognises(self, head: bytes) -> bool:
        """Return whether *head* has AI Hub's columns."""
        return head.startswith(_BEGINNING)

    def read(self, data: bytes, about: About) -> tuple[Table, ...]:
        """Return a table for each device, runtime, version and precision."""
        about.refuse(self.name, "device_model", "runtime", "runtime_version", "precision")
        about.refuse(self.name, "provider", "unit")
        parts: dict[tuple[str, ...], list[tuple[int, ForeignRow]]] = defaultdict(list)
        for place, cells in enumerate(_cells(data, about.source), start=1):
            named = dict(zip(COLUMNS, cells, strict=True))
            row = _row(named, cells, about.source)
            parts[tuple(named[column] for column in _PART)].append((place, row))
        return tuple(
            imported_table(self.name, about, rows, slug(part[0]), _environment(part, about))
            for part, rows in parts.items()
        )

    def write(self, tables: Sequence[Table]) -> Written:
        """Return all *tables* as one file, in the order their rows were read."""
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        models = {id(e): (t.device_model, t.environment) for t in tables for e in t.entries}
        for entry, facts in in_file_order(tables, self.name):
            writer.writerow(facts.get("cells") or _own(entry, *models[id(entry)]))
        lost = what_is_lost(tables, self.name, ("value_kind",), identity=False)
        return Written(data=text.getvalue().encode(), lost=lost)


def _cells(data: bytes, source: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(decoded(data, source), newline=""))
    try:
        if tuple(next(reader, ())) != COLUMNS:
            raise TableInvalid(f"{source} has not the columns of AI Hub: {', '.join(COLUMNS)}")
        for cells in reader:
            if len(cells) != len(COLUMNS):
                raise TableInvalid(
                    f"{source}:{reader.line_num} has {len(cells)} cells, not {len(COLUMNS)}"
                )
            yield cells
    except csv.Error as error:
        raise TableInvalid(f"{source} is no CSV: {error}") from error


def _row(named: dict[str, str], cells: list[str], source: str) -> ForeignRow:
    name = f"{named['model']}/{named['component']}"
    try:
        milliseconds = float(named["latency_ms"])
    except ValueError:
        raise TableInvalid(
            f"{source}: the latency of {name!r:.80} is no number: {named['latency_ms']!r:.40}"
        ) from None
    latency_us = latency(milliseconds, 1e3, source, name)
    return ForeignRow(name=name, latency_us=latency_us, facts={"cells": cells})


def _environment(part: tuple[str, ...], about: About) -> Environment:
    _, runtime, precision, versions = part
    return about.environment(
        runtime=runtime,
        runtime_version=_version(versions, about.source),
        provider="qualcomm-ai-hub",
        precision="fp32" if precision == "float" else "int8",
        options=f"source_precision={precision}",
    )


def _version(text: str, source: str) -> str:
    """
    Return the versions of the tools in one text, sorted.

    >>> _version('{"qairt": "2.43.0", "onnx_runtime": "1.24.1"}', "a file")
    'onnx_runtime-1.24.1+qairt-2.43.0'
    """
    versions = read_json(text, source) if text else {}
    if not isinstance(versions, dict):
        raise TableInvalid(f"{source}: tool_versions {text!r:.60} is no object")
    joined = "+".join(f"{tool}-{versions[tool]}" for tool in sorted(versions))
    return re.sub(r"\s+", "_", joined)


def _own(entry: Entry, device_model: str, environment: Environment) -> list[str]:
    """Return a row of ours in AI Hub's columns."""
    known = {
        "model": name_of(entry),
        "precision": environment.precision,
        "device": device_model,
        "runtime": environment.runtime,
        "latency_ms": repr(entry.latency_us / 1e3),
        "tool_versions": f'{{"{environment.runtime}": "{environment.runtime_version}"}}',
    }
    return [known.get(column, "") for column in COLUMNS]
