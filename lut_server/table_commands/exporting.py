"""``hna table export`` and ``hna table convert``: tables as files of any format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lut_server.options import DEFAULT_SERVER, SERVER
from lut_server.table_commands.about import (
    DeviceModel,
    Format,
    InUnit,
    Options,
    PowerMode,
    Precision,
    Provider,
    Runtime,
    RuntimeVersion,
    Threads,
    read_file,
    require_unit,
    working,
)

if TYPE_CHECKING:
    from profiler.table import Table

Out = Annotated[Path, typer.Option("--out", "-o", help="The file to write.")]
To = Annotated[
    str | None, typer.Option("--to", help="Format to write; by the file's name unless given.")
]


def export(
    names: Annotated[
        list[str], typer.Argument(help="Names of tables, as hna table list prints them.")
    ],
    out: Out,
    format: Annotated[
        str | None, typer.Option("--format", help="Format; by the file's name unless given.")
    ] = None,
    server: Annotated[str, SERVER] = DEFAULT_SERVER,
) -> None:
    """Write tables of a server to a file; what its format cannot hold is said."""
    from lut_server.client import LutClient

    with working(f"reading {len(names)} tables") as say, LutClient(server) as client:
        tables = []
        for name in names:
            say(f"reading {name}")
            tables.append(client.table(name))
    _write(tables, out, format)


def convert(
    file: Annotated[Path, typer.Argument(help="The file to read.", metavar="IN")],
    out: Annotated[Path, typer.Argument(help="The file to write.", metavar="OUT")],
    format: Format = None,
    to: To = None,
    device_model: DeviceModel = None,
    runtime: Runtime = None,
    runtime_version: RuntimeVersion = None,
    provider: Provider = None,
    precision: Precision = None,
    threads: Threads = None,
    option: Options = None,
    power_mode: PowerMode = None,
    unit: InUnit = None,
) -> None:
    """Write a file of one format as one of another; no server is needed."""
    from profiler.formats import About, read_tables

    about = About(
        source=file.name,
        device_model=device_model,
        runtime=runtime,
        runtime_version=runtime_version,
        provider=provider,
        precision=precision,
        threads=threads,
        options=tuple(option or ()),
        power_mode=power_mode,
        unit=require_unit(unit),
    )
    with working(f"reading {file.name}"):
        _, tables = read_tables(read_file(file), about, format)
    _write(list(tables), out, to)


def _write(tables: list[Table], out: Path, format: str | None) -> None:
    """Write a file whole or not at all, and say what it cannot hold."""
    from profiler.atomic import write_atomically
    from profiler.formats import format_of_suffix, write_tables

    chosen = format or format_of_suffix(out.name).name
    with working(f"writing {out.name}"):
        written = write_tables(tables, chosen)
        write_atomically(out, written.data)
    rows = sum(len(table.entries) for table in tables)
    plural = "table" if len(tables) == 1 else "tables"
    typer.echo(f"{out}: {rows} rows of {len(tables)} {plural} as {chosen}")
    for lost in written.lost:
        typer.echo(f"  lost: {lost}", err=True)
