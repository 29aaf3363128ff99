"""The subcommands of ``hna table``, put together."""

from __future__ import annotations

import typer

from lut_server.table_commands.backup import backup
from lut_server.table_commands.bundling import bundle, key, unbundle
from lut_server.table_commands.certifying import certify
from lut_server.table_commands.diffing import diff
from lut_server.table_commands.estimating import estimate
from lut_server.table_commands.exporting import convert, export
from lut_server.table_commands.importing import import_file, list_imports
from lut_server.table_commands.linting import lint
from lut_server.table_commands.predict import predict
from lut_server.table_commands.showing import list_tables, show
from lut_server.table_commands.thinning import thin
from lut_server.table_commands.timeline import timeline
from lut_server.table_commands.triaging import triage

table = typer.Typer(help="List, show and work with lookup tables.", no_args_is_help=True)

table.command("list")(list_tables)
table.command()(show)
table.command()(backup)
table.command()(thin)
table.command("import")(import_file)
table.command("imports")(list_imports)
table.command()(export)
table.command()(convert)
table.command()(certify)
table.command()(lint)
table.command()(diff)
table.command()(estimate)
table.command()(timeline)
table.command()(triage)
table.command()(predict)
table.command()(bundle)
table.command()(unbundle)
table.command()(key)
