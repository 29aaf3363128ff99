"""The port every format of table files implements.  Importing it loads no format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from profiler.formats.about import About
from profiler.table import Table

HEAD_BYTES = 65_536
"""How much of a file is looked at to recognise its format."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """
    Tables as a file.

    Args:
        data: its content.
        lost: what the format cannot hold of them, one text each; empty where it holds everything.
    """

    data: bytes
    lost: tuple[str, ...] = ()


class TableFormat(Protocol):
    """
    Reads and writes tables as one format has them.

    Whatever was read and is canonical is written again to the byte.  A file that is not of the
    format, has two rows of one name, or a latency that is no finite number is refused with
    ``TableInvalid``; nothing in it is ever executed.
    """

    name: str

    def recognises(self, head: bytes) -> bool:
        """Return whether a file that begins with *head* (``HEAD_BYTES``) is of this format."""
        ...

    def read(self, data: bytes, about: About) -> tuple[Table, ...]:
        """
        Return the tables of a file; none where it is of the format and empty.

        Raises:
            TableInvalid: it is no file of this format, or neither it nor *about* says what the
                numbers are of.
        """
        ...

    def write(self, tables: Sequence[Table]) -> Written:
        """
        Return *tables* as one file, and what of them it cannot hold.

        Raises:
            TableInvalid: the format holds one table only.
        """
        ...
