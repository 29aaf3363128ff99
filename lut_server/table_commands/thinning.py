"""``hna table thin``: parse, call one function, print."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from typing import Annotated

import typer

from lut_server.commands import DATABASE


def thin(
    older_than: Annotated[
        float, typer.Option("--older-than", min=0.0, help="Age of measurements, in days.")
    ],
    archive: Annotated[
        Path | None,
        typer.Option(help="New file for the samples (.jsonl.zst); gone for good without."),
    ] = None,
    database: Annotated[str | None, DATABASE] = None,
) -> None:
    """Let the raw samples of old measurements go; latencies and intervals stay as they are."""
    from lut_server.clock import utc_now
    from lut_server.database import open_database
    from lut_server.retention.archive import open_archive
    from lut_server.retention.service import thin_older_than
    from lut_server.settings import settings_from

    settings = settings_from(database=database)
    with ExitStack() as stack:
        store = stack.enter_context(
            closing(open_database(settings.database, settings.busy_timeout_s))
        )
        into = None if archive is None else stack.enter_context(closing(open_archive(archive)))
        done = thin_older_than(older_than, store, utc_now, into)
    where = "" if archive is None else f", which are in {archive}"
    typer.echo(f"thinned {done.measurements:,} measurements of {done.samples:,} samples{where}")
    if done.certified:
        typer.echo(f"{done.certified:,} networks of certificates stay as they are")
