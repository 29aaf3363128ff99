"""``hna table backup``: parse, call one function, print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lut_server.commands import DATABASE


def backup(
    file: Annotated[Path, typer.Argument(help="Where the backup is to be.")],
    database: Annotated[str | None, DATABASE] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file of that name.")] = False,
) -> None:
    """Back up the whole store into a file, while its servers go on working."""
    from rich.progress import Progress

    from lut_server.backup.backing_up import back_up
    from lut_server.settings import settings_from

    place = settings_from(database=database).database
    with Progress(transient=True) as bar:
        task = bar.add_task("copying", total=None)
        made = back_up(
            place,
            file,
            lambda done, whole: bar.update(task, completed=done, total=whole),
            force=force,
        )
    rows = "" if made.rows is None else f", {made.rows:,} rows"
    typer.echo(f"{made.path}: {made.size_bytes:,} bytes, {made.tables} tables{rows}, checked")
    typer.echo(f"use it with: {made.restore}")
