"""Options that several commands share."""

from __future__ import annotations

import typer

DEFAULT_SERVER = "http://127.0.0.1:8765"

SERVER = typer.Option(help="Address of the server.", envvar="HNA_SERVER")

ALLOW = typer.Option(help="Also rows that were not measured: predicted or transferred, repeatable.")
