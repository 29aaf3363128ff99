"""
Table files of other projects, and ours: read, written, recognised.

Each format is a leaf behind one small port (``port``); nobody but ``registry`` loads one.
"""

from profiler.formats.about import About, Unit
from profiler.formats.attributes import attributes_of
from profiler.formats.port import TableFormat, Written
from profiler.formats.registry import (
    FORMATS,
    as_imported,
    format_named,
    format_of_suffix,
    read_tables,
    recognise,
    write_tables,
)

__all__ = [
    "FORMATS",
    "About",
    "TableFormat",
    "Unit",
    "Written",
    "as_imported",
    "attributes_of",
    "format_named",
    "format_of_suffix",
    "read_tables",
    "recognise",
    "write_tables",
]
