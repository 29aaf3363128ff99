"""``hna table list`` and ``hna table show``: parse, call one function, print."""

from __future__ import annotations

from typing import Annotated

import typer

from lut_server.options import DEFAULT_SERVER, SERVER


def list_tables(server: Annotated[str, SERVER] = DEFAULT_SERVER) -> None:
    """List the server's tables."""
    from rich.console import Console

    from lut_server.client import LutClient
    from lut_server.rendering import tables_grid

    with LutClient(server) as client:
        Console().print(tables_grid(client.tables()))


def show(
    name: Annotated[str, typer.Argument(help="The table's name, as hna table list prints it.")],
    server: Annotated[str, SERVER] = DEFAULT_SERVER,
) -> None:
    """Print a table, the slowest operation first."""
    from rich.console import Console

    from lut_server.client import LutClient
    from lut_server.rendering import table_grid

    with LutClient(server) as client:
        Console().print(table_grid(client.table(name)))
