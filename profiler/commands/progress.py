"""The progress bar of a measuring session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from profiler.measuring.rounds import Progress as SessionProgress
from profiler.prediction import NextStep

LABELS = {
    "build": "building",
    "warm_up": "warming up",
    "energy": "energy",
    "choose": "choosing what comes next",
}


class SessionBar:
    """
    A bar that shows how far a session is.

    Args:
        bar: what is drawn.
    """

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("measuring", total=None)
        self._step = ""

    def step(self, number: int, step: NextStep) -> None:
        """Say which step the next session is, and how far predictions of the rest are off."""
        worst = "" if step.worst_error is None else f", the rest within {step.worst_error:.0%}"
        self._step = f"step {number}{worst}:"

    def update(self, progress: SessionProgress) -> None:
        """Show how far it is; what a session calls."""
        label = LABELS.get(progress.phase, f"round {progress.round}")
        words = f"{self._step} {label}".strip()
        self._bar.update(
            self._task, description=words, completed=progress.done, total=progress.total
        )


@contextmanager
def session_bar() -> Iterator[SessionBar]:
    """Yield a bar; it is drawn on standard error, and only on a terminal."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        yield SessionBar(bar)
