"""``hna table import`` and ``hna table imports``: files of other projects into a server."""

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
from profiler.errors import HnaError

if TYPE_CHECKING:
    from lut_server.wire import ImportReceipt, ImportView

IMPORT_TIMEOUT_S = 600.0
"""A file with tens of thousands of rows is read, linted and stored before the server answers."""

SHOWN = 5


def import_file(
    file: Annotated[Path, typer.Argument(help="The file, possibly compressed with gzip.")],
    format: Format = None,
    device_model: DeviceModel = None,
    runtime: Runtime = None,
    runtime_version: RuntimeVersion = None,
    provider: Provider = None,
    precision: Precision = None,
    threads: Threads = None,
    option: Options = None,
    power_mode: PowerMode = None,
    unit: InUnit = None,
    drop_errors: Annotated[
        bool, typer.Option("--drop-errors", help="Leave out rows that cannot be right.")
    ] = False,
    keep_errors: Annotated[
        bool, typer.Option("--keep-errors", help="Take rows that cannot be right as they are.")
    ] = False,
    server: Annotated[str, SERVER] = DEFAULT_SERVER,
) -> None:
    """Give a server's tables the rows of a file; sending it again changes nothing."""
    from lut_server.client import LutClient
    from lut_server.wire import ImportQuery

    if drop_errors and keep_errors:
        raise HnaError("rows are either left out or taken; say --drop-errors or --keep-errors")
    query = ImportQuery(
        source=file.name,
        format=format,
        device_model=device_model,
        runtime=runtime,
        runtime_version=runtime_version,
        provider=provider,
        precision=precision,
        threads=threads,
        option=tuple(option or ()),
        power_mode=power_mode,
        unit=require_unit(unit),
        errors="drop" if drop_errors else "keep" if keep_errors else "refuse",
    )
    data = read_file(file)
    with working(f"importing {file.name}"), LutClient(server, timeout_s=IMPORT_TIMEOUT_S) as client:
        receipt = client.import_tables(data, query)
    _print_receipt(receipt, file.name)


def list_imports(
    name: Annotated[str, typer.Argument(help="The table's name, as hna table list prints it.")],
    server: Annotated[str, SERVER] = DEFAULT_SERVER,
) -> None:
    """List the files whose rows a table was given."""
    from lut_server.client import LutClient

    with LutClient(server) as client:
        for made in client.imports(name):
            typer.echo(f"{made.created_at[:19]}  {made.source}  {_in_words(made)}")


def _print_receipt(receipt: ImportReceipt, source: str) -> None:
    if not receipt.new:
        typer.echo(f"{source} was imported before; nothing changed")
    for made in receipt.imports[:SHOWN]:
        typer.echo(f"{made.table}: {_in_words(made)}")
        for finding in made.findings[:SHOWN]:
            typer.echo(f"  {finding.severity}: {finding.message}")
        if len(made.findings) > SHOWN:
            typer.echo(f"  and {len(made.findings) - SHOWN} more: hna table lint {made.table}")
        for key in made.dropped[:SHOWN]:
            typer.echo(f"  left out: {key}")
        if len(made.dropped) > SHOWN:
            typer.echo(f"  and {len(made.dropped) - SHOWN} more: hna table imports {made.table}")
    if len(receipt.imports) > SHOWN:
        rows = sum(made.rows for made in receipt.imports)
        typer.echo(f"{len(receipt.imports)} tables with {rows} rows in all: hna table list")


def _in_words(made: ImportView) -> str:
    left_out = f", {len(made.dropped)} left out" if made.dropped else ""
    findings = f", {len(made.findings)} findings" if made.findings else ""
    return f"{made.rows} rows of {made.format}{left_out}{findings}"
