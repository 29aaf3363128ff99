"""
``hna serve`` and ``hna tables``: parse, call one function, print.

What they need is imported when they run, so that listing the commands loads none of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from profiler.errors import ExtraMissing

DATABASE = typer.Option(
    help="SQLite file, or postgresql://user@host/name. Default: hna/lut.db among your data.",
    envvar="HNA_SERVER_DATABASE",
    show_envvar=True,
)
"""Which database; an option of every command that opens one."""


def serve(
    host: Annotated[
        str | None,
        typer.Option(help="Address to listen at; off loopback needs tokens. Default: 127.0.0.1."),
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen at; 0 is any free one. Default: 8765.")
    ] = None,
    database: Annotated[str | None, DATABASE] = None,
    require_tokens: Annotated[
        bool | None,
        typer.Option(
            "--require-tokens", help="Ask for tokens on loopback, too.", show_default=False
        ),
    ] = None,
    ready_file: Annotated[
        Path | None, typer.Option(help="Holds the server's address while it listens.")
    ] = None,
) -> None:
    """Run the lookup-table server on this machine."""
    try:
        from lut_server.listen import listen
        from lut_server.settings import settings_from
    except ModuleNotFoundError as error:
        raise ExtraMissing(error.name or "a package", "server") from error
    settings = settings_from(host=host, port=port, database=database, require_tokens=require_tokens)

    def announce(url: str) -> None:
        typer.echo(f"listening at {url}, database {settings.database.shown}; Ctrl-C stops")

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
