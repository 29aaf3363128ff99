"""
``hna serve`` and ``hna tables``: parse, call one function, print.

What they need is imported when they run, so that listing the commands loads none of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from profiler.errors import ExtraMissing, HnaError


def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen at; loopback only. Default: 127.0.0.1.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen at; 0 is any free one. Default: 8765.")
    ] = None,
    database: Annotated[
        Path | None, typer.Option(help="SQLite file. Default: hna/lut.db among your data.")
    ] = None,
    ready_file: Annotated[
        Path | None, typer.Option(help="Holds the server's address while it listens.")
    ] = None,
) -> None:
    """Run the lookup-table server on this machine."""
    try:
        from pydantic import ValidationError

        from lut_server.listen import listen
        from lut_server.settings import Settings
    except ModuleNotFoundError as error:
        raise ExtraMissing(error.name or "a package", "server") from error
    given: dict[str, Any] = {"host": host, "port": port, "database": database}
    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        fault = error.errors()[0]
        name = ".".join(map(str, fault["loc"]))
        raise HnaError(
            f"setting {name}={fault['input']!r}: {fault['msg']}; see hna serve --help"
        ) from error

    def announce(url: str) -> None:
        typer.echo(f"listening at {url}, database {settings.database}; Ctrl-C stops")

    listen(settings, announce, ready_file)


def tables(
    name: Annotated[str | None, typer.Argument(help="The table to print; none lists all.")] = None,
    server: Annotated[
        str, typer.Option(help="Address of the server.", envvar="HNA_SERVER")
    ] = "http://127.0.0.1:8765",
) -> None:
    """List the server's tables, or print one."""
    from rich.console import Console

    from lut_server.client import LutClient
    from lut_server.rendering import table_grid, tables_grid

    with LutClient(server) as client:
        grid = tables_grid(client.tables()) if name is None else table_grid(client.table(name))
    Console().print(grid)
