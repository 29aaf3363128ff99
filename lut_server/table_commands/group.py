"""The subcommands of ``hna table``, put together."""

from __future__ import annotations

import typer

from lut_server.table_commands.showing import list_tables, show

table = typer.Typer(help="List, show and work with lookup tables.", no_args_is_help=True)

table.command("list")(list_tables)
table.command()(show)
