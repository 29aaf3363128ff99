"""
Where a table on the command line comes from: a file, or a server's table of today or of before.

What exists as a file is a file.  Anything else is a table's name, as ``hna table list`` prints
it, with ``@VERSION`` behind it for a past version.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from profiler.errors import TableInvalid

if TYPE_CHECKING:
    from profiler.certificates import Certificate
    from profiler.table import Table

Unit = Literal["us", "ms", "s"]

UNKNOWN = "unknown"
"""What stands for the device and the runtime of a file that names neither."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A table, and its certificate where the server has one."""

    table: Table
    certificate: Certificate | None = None


def find_tables(text: str, server: str, unit: Unit | None = None) -> tuple[Found, ...]:
    """
    Return the tables *text* names: all of a file, or one of the server.

    Args:
        text: a path, a table's name, or a name with ``@VERSION``.
        server: its address.
        unit: of the latencies of a file that does not say it.

    Raises:
        TableInvalid: the file is no table.
        LutError: the server has no such table, or nobody answers.
    """
    path = Path(text)
    if path.is_file():
        return tuple(Found(table=table) for table in _tables_in(path, unit))
    if "@" not in text:
        raise TableInvalid(f"{text} is neither a file nor the name of a table; see: hna table list")
    return (_found_on(server, text),)


def find_table(text: str, server: str, unit: Unit | None = None) -> Table:
    """Return the one table *text* names; raise ``TableInvalid`` where a file holds several."""
    found = find_tables(text, server, unit)
    if len(found) > 1:
        names = ", ".join(each.table.name for each in found[:4])
        raise TableInvalid(
            f"{text} holds {len(found)} tables ({names}, ...); two single ones can be compared: "
            "import it, and compare tables of the server"
        )
    return found[0].table


def _tables_in(path: Path, unit: Unit | None) -> tuple[Table, ...]:
    """Read a file; most formats name neither device nor runtime, and here nobody needs them."""
    from profiler.formats.about import About
    from profiler.formats.registry import read_tables

    try:
        data = path.read_bytes()
    except OSError as error:
        raise TableInvalid(f"{path} cannot be read: {error}") from error
    said: dict[str, Any] = {"source": path.name, "unit": unit}
    try:
        return read_tables(data, About(**said))[1]
    except TableInvalid as alone:
        try:
            return read_tables(data, About(**said, device_model=UNKNOWN, runtime=UNKNOWN))[1]
        except TableInvalid as named:
            raise (named if unit is None and "--unit" in str(named) else alone) from None


def _found_on(server: str, text: str) -> Found:
    from lut_server.client import LutClient

    name, _, version = text.rpartition("@")
    with LutClient(server) as client:
        if "@" in name:
            return Found(table=client.table_version(name, version))
        views = {view.name: view for view in client.tables()}
        certificate = views[text].certificate if text in views else None
        return Found(table=client.table(text), certificate=certificate)
