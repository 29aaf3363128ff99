"""
The formats by name: recognising a file, reading it, writing one.

A format is loaded when it is asked for, so that nobody needs what another format needs.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import PurePath
from typing import cast

from profiler.errors import ExtraMissing, TableInvalid
from profiler.formats.about import About
from profiler.formats.port import HEAD_BYTES, TableFormat, Written
from profiler.table import Entry, Origin, Table

FORMATS: dict[str, str] = {
    "jsonl": "profiler.formats.jsonl:JsonLines",
    "json": "profiler.formats.table_json:TableJson",
    "csv": "profiler.formats.comma:CommaSeparated",
    "parquet": "profiler.formats.parquet:Parquet",
    "proxylessnas": "profiler.formats.proxylessnas:ProxylessNas",
    "fbnet": "profiler.formats.fbnet:FbNet",
    "fasterseg": "profiler.formats.fasterseg:FasterSeg",
    "tfnas": "profiler.formats.tfnas:TfNas",
    "aihub": "profiler.formats.aihub:AiHub",
}
"""Name to module and class."""

OURS = ("jsonl", "json", "csv", "parquet")
"""Formats that hold everything."""

SUFFIXES = {
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "json": "json",
    "csv": "csv",
    "parquet": "parquet",
    "pq": "parquet",
    "yaml": "proxylessnas",
    "yml": "proxylessnas",
}
"""What the end of a file's name asks for; ``table.fasterseg.json`` asks for another."""

TRIED = ("parquet", "jsonl", "json", "tfnas", "fbnet", "fasterseg", "aihub", "csv", "proxylessnas")
"""The order in which a file is looked at: what is surest first."""

NEEDS = {"pyarrow": "parquet"}
"""Top-level package to the extra that brings it."""

MAX_BYTES = 512 << 20
"""What a compressed file may unpack to."""

_GZIP = b"\x1f\x8b"


def format_named(name: str) -> TableFormat:
    """
    Return the format called *name*.

    Raises:
        TableInvalid: there is none.
        ExtraMissing: a package it needs is not installed.
    """
    if name not in FORMATS:
        raise TableInvalid(f"there is no format {name!r:.40}; there are {', '.join(FORMATS)}")
    module, _, cls = FORMATS[name].partition(":")
    try:
        return cast(TableFormat, getattr(import_module(module), cls)())
    except ModuleNotFoundError as error:
        package = (error.name or "").split(".")[0]
        if package not in NEEDS:
            raise
        raise ExtraMissing(package, NEEDS[package]) from error


def format_of_suffix(path: str) -> TableFormat:
    """Return the format a file's name asks for, or raise ``TableInvalid``."""
    *words, suffix = PurePath(path).name.lower().removesuffix(".gz").split(".")
    named = [word for word in words if word in FORMATS and word not in OURS]
    if named or suffix in SUFFIXES:
        return format_named(named[-1] if named else SUFFIXES[suffix])
    raise TableInvalid(f"the name {path!r:.80} says no format; say one: {', '.join(FORMATS)}")


def recognise(data: bytes, source: str) -> TableFormat:
    """
    Return the format of a file by what it holds.

    Raises:
        TableInvalid: it is of none; names what was tried.
    """
    head = data[:HEAD_BYTES].removeprefix(b"\xef\xbb\xbf")
    for name in TRIED:
        if name == "parquet" and not head.startswith(b"PAR1"):
            continue
        format = format_named(name)
        if format.recognises(head):
            return format
    raise TableInvalid(
        f"{source} is of no format known here; tried {', '.join(TRIED)}; if it is one of them, say "
        "which with --format"
    )


def read_tables(
    data: bytes, about: About, format: str | None = None, max_bytes: int = MAX_BYTES
) -> tuple[str, tuple[Table, ...]]:
    """
    Return the format of a file and its tables.

    Args:
        data: the file, possibly compressed with gzip.
        about: what is said of it.
        format: its format; recognised where None.
        max_bytes: what a compressed file may unpack to.

    Raises:
        TableInvalid: it is no table of that format, or of none that is known.
    """
    about = replace(about, sha256=hashlib.sha256(data).hexdigest())
    plain = _unpacked(data, about.source, max_bytes).removeprefix(b"\xef\xbb\xbf")
    chosen = recognise(plain, about.source) if format is None else format_named(format)
    tables = chosen.read(plain, about)
    if not tables:
        raise TableInvalid(f"{about.source} holds no row; a table has at least one")
    return chosen.name, tables


def write_tables(tables: Sequence[Table], format: str) -> Written:
    """Return *tables* as one file of *format*; raises what ``TableFormat.write`` does."""
    if not tables:
        raise TableInvalid("there is no table to write; name one")
    return format_named(format).write(tables)


def as_imported(table: Table, format: str, about: About) -> Table:
    """
    Return *table* as whoever imports it holds it.

    What was measured elsewhere was not measured here: it is ``imported``, and its samples are
    where it was.  Rows that were imported before keep the origin they had.
    """
    entries = tuple(_imported(entry, format, about) for entry in table.entries)
    return replace(table, entries=entries)


def _imported(entry: Entry, format: str, about: About) -> Entry:
    if entry.origin is not None:
        return entry
    row = f'{{"place":0,"measurement_ids":{len(entry.measurement_ids)}}}'
    origin = Origin(format=format, source=about.source, sha256=about.sha256, row=row)
    measured = entry.value_kind in ("measured", "suspect")
    kind = "imported" if measured else entry.value_kind
    return replace(entry, value_kind=kind, origin=origin, measurement_ids=())


def _unpacked(data: bytes, source: str, max_bytes: int) -> bytes:
    if not data.startswith(_GZIP):
        return data
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(data, max_bytes)
    except zlib.error as error:
        raise TableInvalid(f"{source} is damaged: {error}") from error
    if not unpacker.eof:
        raise TableInvalid(f"{source} was cut off, or unpacks to more than {max_bytes} bytes")
    return plain
