"""``hna table list`` and ``hna table show``: parse, call one function, print."""

from __future__ import annotations

from typing import Annotated

import typer

from lut_server.options import ALLOW, DEFAULT_SERVER, SERVER


def list_tables(server: Annotated[str, SERVER] = DEFAULT_SERVER) -> None:
    """List the server's tables."""
    from rich.console import Console

    from lut_server.client import LutClient
    from lut_server.rendering import tables_grid

    with LutClient(server) as client:
        Console().print(tables_grid(client.tables()))


def show(
    name: Annotated[str, typer.Argument(help="The table's name, as hna table list prints it.")],
    allow: Annotated[list[str] | None, ALLOW] = None,
    server: Annotated[str, SERVER] = DEFAULT_SERVER,
) -> None:
    """Print a table, the slowest operation first, and how far sums of it can be trusted."""
    from rich.console import Console

    from lut_server.client import LutClient
    from lut_server.rendering import certificate_lines, kinds_line, table_grid
    from lut_server.wire import gap_fillers

    allowed = gap_fillers(allow)
    with LutClient(server) as client:
        table = client.table(name, allow=allowed)
        Console().print(table_grid(table))
        typer.echo(kinds_line(table))
        view = next((each for each in client.tables() if each.name == name), None)
        certificate = view.certificate if view else None
        doubts = client.certificate_doubts(name) if certificate else ()
        for line in certificate_lines(certificate, doubts, name):
            typer.echo(line)
