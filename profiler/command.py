"""
``hna``: one command whose subcommands the packages register.

Each package names its subcommands in the entry-point group ``hna.commands``.  Only the module of
the one that is run is loaded, and for ``hna --help`` those thin modules alone.  Errors the project
raises on purpose are one line on standard error and exit status 2.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import entry_points, version
from typing import Annotated

import typer

from profiler.errors import ExtraMissing, HnaError

GROUP = "hna.commands"
EXTRA_OF = {
    "fastapi": "server",
    "sqlalchemy": "server",
    "uvicorn": "server",
    "pydantic_settings": "server",
    "torch": "search",
    "PIL": "search",
    "scipy": "search",
    "safetensors": "search",
    "jinja2": "search",
    "onnxruntime": "agent",
    "onnx": "agent",
    "psutil": "agent",
}
"""Top-level package to the extra that brings it."""


def main(argv: Sequence[str] | None = None) -> int:
    """
    Run ``hna`` with *argv* and return its exit status.

    Args:
        argv: arguments without the program's name; those of the process unless given.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        typer.main.get_command(_app(arguments)).main(arguments, prog_name="hna")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0
    except ModuleNotFoundError as error:
        return _explain(_missing(error))
    except HnaError as error:
        return _explain(error)
    return 0


def _app(arguments: Sequence[str]) -> typer.Typer:
    """Return the application, with the subcommand *arguments* name, or with all of them."""
    app = typer.Typer(
        help="Measure a device, serve its latency table, search a network for it.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_options)
    points = entry_points(group=GROUP)
    named = [point for point in points if arguments[:1] == [point.name]]
    for point in named or sorted(points, key=lambda point: point.name):
        app.command(name=point.name)(point.load())
    return app


def _options(
    show_version: Annotated[
        bool, typer.Option("--version", is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    if show_version:
        typer.echo(f"hna-nas {version('hna-nas')}")
        raise typer.Exit


def _missing(error: ModuleNotFoundError) -> HnaError:
    package = (error.name or "").split(".")[0]
    if package not in EXTRA_OF:
        raise error
    return ExtraMissing(package, EXTRA_OF[package])


def _explain(error: HnaError) -> int:
    typer.echo(f"hna: {error}", err=True)
    return 2


if __name__ == "__main__":
    sys.exit(main())
