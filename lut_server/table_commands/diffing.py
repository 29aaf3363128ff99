"""``hna table diff``: parse, call one function, print."""

from __future__ import annotations

from typing import Annotated

import typer

from lut_server.options import DEFAULT_SERVER, SERVER
from lut_server.table_commands.sources import Unit

_WHAT = "A table of the server, NAME@VERSION for a past version, or a file."


def diff(
    before: Annotated[str, typer.Argument(help=_WHAT)],
    after: Annotated[str, typer.Argument(help=_WHAT)],
    server: Annotated[str, SERVER] = DEFAULT_SERVER,
    as_json: Annotated[bool, typer.Option("--json", help="Print every operation as JSON.")] = False,
    tolerance: Annotated[
        float, typer.Option(help="Relative change that still counts as the same.")
    ] = 0.05,
    unit: Annotated[
        Unit | None, typer.Option(help="Unit of files that do not say it: us, ms or s.")
    ] = None,
) -> None:
    """
    Say for each operation whether it became faster or slower, or that nobody can tell.

    The exit status is 1 where an operation is faster or slower, came or went; 0 where none is.
    """
    import json

    from rich.console import Console

    from lut_server.table_commands.rendering import print_diff
    from lut_server.table_commands.sources import find_table
    from profiler.table_diff import diff as diff_tables

    earlier, later = (find_table(text, server, unit) for text in (before, after))
    found = diff_tables(earlier, later, tolerance=tolerance)
    if as_json:
        typer.echo(json.dumps(found.document(), indent=1))
    else:
        print_diff(Console(), found)
    if found.differs:
        raise typer.Exit(1)
