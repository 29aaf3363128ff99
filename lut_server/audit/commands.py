"""``hna audit``: who did what to the server.  What it needs is imported when it runs."""

from __future__ import annotations

from typing import Annotated

import typer

from lut_server.options import DEFAULT_SERVER, SERVER


def audit(
    server: Annotated[str, SERVER] = DEFAULT_SERVER,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 100,
    before: Annotated[
        int | None, typer.Option(help="Only what was done before the one of this id.")
    ] = None,
    action: Annotated[str | None, typer.Option(help="Only this, e.g. start_campaign.")] = None,
    subject: Annotated[str | None, typer.Option(help="Only what was done to this.")] = None,
    json_lines: Annotated[
        bool, typer.Option("--json", help="One JSON document a line, for programs.")
    ] = False,
) -> None:
    """List what administrators did to the server, the newest first; needs an admin's token."""
    from rich.console import Console

    from lut_server.audit.rendering import audit_grid
    from lut_server.client import LutClient

    with LutClient(server) as client:
        views = client.audit(limit=limit, before=before, action=action, subject=subject)
    if json_lines:
        for view in views:
            typer.echo(view.model_dump_json())
        return
    Console().print(audit_grid(views))
