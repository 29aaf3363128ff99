"""``hna table lint``: parse, call one function, print."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from lut_server.options import DEFAULT_SERVER, SERVER
from lut_server.table_commands.sources import Unit


def lint(
    table: Annotated[
        str, typer.Argument(metavar="NAME_OR_FILE", help="A table of the server, or a file.")
    ],
    server: Annotated[str, SERVER] = DEFAULT_SERVER,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    fail_on: Annotated[
        Literal["error", "warning"],
        typer.Option(help="The mildest finding that makes the exit status 1."),
    ] = "error",
    peak: Annotated[
        float | None, typer.Option(help="What the device computes at best, in MACs per second.")
    ] = None,
    runtime_version: Annotated[
        str | None, typer.Option(help="The runtime the table is to be used with, such as 1.31.1.")
    ] = None,
    unit: Annotated[
        Unit | None, typer.Option(help="Unit of a file that does not say it: us, ms or s.")
    ] = None,
) -> None:
    """Say what looks wrong in a table: units, copies, impossible numbers, made-up rows."""
    import json
    from datetime import UTC, datetime

    from rich.console import Console

    from lut_server.table_commands.rendering import findings_document, print_findings
    from lut_server.table_commands.sources import find_tables
    from profiler.lint import Peak, fails
    from profiler.lint import lint as lint_table

    known = Peak(macs_per_s=peak) if peak is not None else None
    linted = [
        (
            found.table,
            lint_table(
                found.table,
                peak=known,
                runtime_version=runtime_version,
                certificate=found.certificate,
                now=datetime.now(UTC),
            ),
        )
        for found in find_tables(table, server, unit)
    ]
    if as_json:
        typer.echo(json.dumps(findings_document(linted), indent=1))
    else:
        print_findings(Console(), linted)
    if any(fails(findings, fail_on) for _, findings in linted):
        raise typer.Exit(1)
