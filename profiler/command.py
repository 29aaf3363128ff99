"""
``hna``: one command whose subcommands the packages register.

Each package names its subcommands in the entry-point group ``hna.commands``.  Only the module of
the one that is run is loaded, and for ``hna --help`` those thin modules alone.  Errors the project
raises on purpose are one line on standard error and exit status 2.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points, version
from typing import Annotated, Any

import typer

from profiler.errors import ExtraMissing, HnaError

GROUP = "hna.commands"
EXTRA_OF = {
    "fastapi": "server",
    "sqlalchemy": "server",
    "alembic": "server",
    "uvicorn": "server",
    "httptools": "server",
    "prometheus_client": "server",
    "pydantic_settings": "server",
    "uvloop": "server",
    "zstandard": "server",
    "pyarrow": "parquet",
    "torch": "search",
    "PIL": "search",
    "scipy": "search",
    "safetensors": "search",
    "jinja2": "search",
    "tensorboard": "search",
    "ray": "cluster",
    "onnxruntime": "agent",
    "onnx": "agent",
    "psutil": "agent",
    "cuda": "cuda",
    "pycuda": "cuda",
    "tensorrt": "tensorrt",
    "tensorrt_rtx": "tensorrt",
}
"""Top-level package to the extra that brings it."""


def main(argv: Sequence[str] | None = None, *, command: Any = None) -> int:
    """
    Run ``hna`` with *argv* and return its exit status.

    Args:
        argv: arguments without the program's name; those of the process unless given.
        command: the subcommand *argv* names, where a module that is run by itself knows it.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    # A request that is sent again is no news; what fails in the end is said by its error.
    logging.getLogger("stamina").addHandler(logging.NullHandler())
    try:
        typer.main.get_command(_app(arguments, command)).main(arguments, prog_name="hna")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0
    except ModuleNotFoundError as error:
        return _explain(_missing(error))
    except HnaError as error:
        return _explain(error)
    return 0


def _app(arguments: Sequence[str], command: Any) -> typer.Typer:
    """Return the application, with the subcommand *arguments* name, or with all of them."""
    app = typer.Typer(
        help="Measure a device, serve its latency table, search a network for it.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_options)
    if command is not None:
        _add(app, arguments[0], command)
        return app
    points = entry_points(group=GROUP)
    named = [point for point in points if arguments[:1] == [point.name]]
    for point in named or sorted(points, key=lambda point: point.name):
        _add(app, point.name, point.load())
    return app


def _add(app: typer.Typer, name: str, command: Any) -> None:
    """Add a subcommand: a function, or an application with subcommands of its own."""
    if isinstance(command, typer.Typer):
        app.add_typer(command, name=name)
    else:
        app.command(name=name)(command)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"hna-nas {version('hna-nas')}")
        raise typer.Exit


def _options(
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Hold the options of the program itself; each acts by its own callback."""


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
