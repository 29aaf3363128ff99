"""
``hna serve``: parse, call one function, print.

What it needs is imported when it runs, so that listing the commands loads none of it.
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
    workers: Annotated[
        int | None, typer.Option(help="How many processes serve. Default: 1.", show_default=False)
    ] = None,
    log_format: Annotated[
        str | None,
        typer.Option(help="text, for people, or json. Default: text.", show_default=False),
    ] = None,
    access_log: Annotated[
        bool | None,
        typer.Option("--access-log", help="Log each request.", show_default=False),
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
    settings = settings_from(
        host=host,
        port=port,
        database=database,
        require_tokens=require_tokens,
        workers=workers,
        log_format=log_format,
        access_log=access_log,
    )

    def announce(url: str) -> None:
        typer.echo(f"listening at {url}, database {settings.database.shown}; Ctrl-C stops")

    listen(settings, announce, ready_file)
