"""``hna alerts``: parse, call one function, print."""

from __future__ import annotations

from typing import Annotated

import typer

from lut_server.options import DEFAULT_SERVER, SERVER


def alerts(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each alert as a line of JSON.")
    ] = False,
    server: Annotated[str, SERVER] = DEFAULT_SERVER,
) -> None:
    """
    Say which devices moved or drift; for a person, or a job that runs every night.

    The exit status is 1 where there is an alert, 0 where there is none.
    """
    from lut_server.client import LutClient

    with LutClient(server) as client:
        found = client.alerts()
    for alert in found:
        typer.echo(alert.model_dump_json() if as_json else f"{alert.kind}: {alert.message}")
    if found:
        raise typer.Exit(1)
    if not as_json:
        typer.echo("no alerts")
