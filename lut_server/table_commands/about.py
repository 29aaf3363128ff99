"""What can be said of a file on the command line, and what is shown while one is worked on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from profiler.errors import HnaError

if TYPE_CHECKING:
    from profiler.formats import Unit

Format = Annotated[
    str | None, typer.Option("--format", help="The file's format; recognised unless given.")
]
DeviceModel = Annotated[str | None, typer.Option(help="What was measured on, such as pixel-1.")]
Runtime = Annotated[str | None, typer.Option(help="What ran the operations, such as tflite.")]
RuntimeVersion = Annotated[str | None, typer.Option(help="Of it; unknown unless given.")]
Provider = Annotated[
    str | None, typer.Option(help="What executes inside the runtime; unknown unless given.")
]
Precision = Annotated[
    str | None, typer.Option(help="Number format computed in; fp32 unless given.")
]
Threads = Annotated[int | None, typer.Option(help="Threads of one inference; 1 unless given.")]
Options = Annotated[
    list[str] | None, typer.Option("--option", help="A further setting, name=value; repeatable.")
]
PowerMode = Annotated[str | None, typer.Option(help="Power mode of the device.")]
InUnit = Annotated[
    str | None, typer.Option("--unit", help="Unit of the latencies, us, ms or s, if not usual.")
]


def require_unit(unit: str | None) -> Unit | None:
    """Return *unit*, or raise ``HnaError`` where it is none."""
    match unit:
        case None | "us" | "ms" | "s":
            return unit
        case _:
            raise HnaError(f"--unit {unit!r:.20}: latencies are in us, ms or s")


def read_file(path: Path) -> bytes:
    """Return what is in a file, or raise ``HnaError``."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise HnaError(f"{path} cannot be read: {error.strerror}") from error


@contextmanager
def working(text: str) -> Iterator[Any]:
    """Show *text* and the time on standard error, on a terminal, while something takes long."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(
        *columns, console=console, disable=not console.is_terminal, transient=True
    ) as bar:
        task = bar.add_task(text, total=None)
        yield lambda description: bar.update(task, description=description)
