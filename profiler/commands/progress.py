"""The progress bar of a measuring session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from profiler.measuring.rounds import OnProgress
from profiler.measuring.rounds import Progress as SessionProgress

LABELS = {"build": "building", "warm_up": "warming up", "energy": "energy"}


@contextmanager
def session_progress() -> Iterator[OnProgress]:
    """Yield what a session is to call; draws on standard error, and only on a terminal."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("measuring", total=None)

        def update(progress: SessionProgress) -> None:
            label = LABELS.get(progress.phase, f"round {progress.round}")
            bar.update(task, description=label, completed=progress.done, total=progress.total)

        yield update
