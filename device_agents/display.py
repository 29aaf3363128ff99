"""
What an agent shows: a live line on a terminal, plain lines in a log.

Nothing is drawn by a thread in the background: it would draw while a sample is taken.
"""

from __future__ import annotations

import time
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from profiler.measuring.rounds import Progress as MeasuringProgress

REDRAW_S = 0.2
LOG_EVERY_S = 30.0


class Display(Protocol):
    """Tells people what the agent does."""

    def say(self, text: str) -> None:
        """Show one line that stays."""
        ...

    def show(self, progress: MeasuringProgress) -> None:
        """Show how far the session is; called between samples, so it must be quick."""
        ...

    def rest(self, text: str) -> None:
        """Show what is waited for; repeated calls say it once."""
        ...


class LineDisplay:
    """Plain lines, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._phase = ""
        self._last_s = 0.0
        self._resting = ""

    def say(self, text: str) -> None:
        """Print one line with the time of day."""
        self._resting = ""
        self._phase = ""
        self._print(text)

    def show(self, progress: MeasuringProgress) -> None:
        """Print a line for each phase, and one every half a minute."""
        now_s = time.monotonic()
        if progress.phase == self._phase and now_s - self._last_s < LOG_EVERY_S:
            return
        self._phase, self._last_s = progress.phase, now_s
        self._print(_words(progress))

    def rest(self, text: str) -> None:
        """Print *text* unless it was the last thing said."""
        if text != self._resting:
            self._print(text)
        self._resting = text

    def _print(self, text: str) -> None:
        line = f"{time.strftime('%H:%M:%S')} {text}"
        try:
            self._console.print(line, highlight=False, markup=False, soft_wrap=True)
            self._console.file.flush()
        except OSError:
            return  # a log on a full disk does not stop the measuring; the console keeps the line


class TerminalDisplay:
    """Lines that stay above one line that moves."""

    def __init__(self, console: Console) -> None:
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            auto_refresh=False,
            transient=True,
        )
        self._task = self._bar.add_task("", total=None)
        self._lines = LineDisplay(console)
        self._drawn_s = 0.0

    def say(self, text: str) -> None:
        """Take the moving line away and print one that stays."""
        self._bar.stop()
        self._lines.say(text)

    def show(self, progress: MeasuringProgress) -> None:
        """Move the bar."""
        now_s = time.monotonic()
        if now_s - self._drawn_s < REDRAW_S:
            return
        self._drawn_s = now_s
        self._bar.start()
        words = f"{progress.phase} {progress.round or ''}".strip()
        self._bar.update(
            self._task, description=words, completed=progress.done, total=progress.total
        )
        self._bar.refresh()

    def rest(self, text: str) -> None:
        """Take the moving line away and say once what is waited for."""
        self._bar.stop()
        self._lines.rest(text)


def display_for(console: Console) -> Display:
    """Return the display that suits *console*."""
    return TerminalDisplay(console) if console.is_terminal else LineDisplay(console)


def _words(progress: MeasuringProgress) -> str:
    name = f"round {progress.round}" if progress.round else progress.phase.replace("_", " ")
    return f"  {name}: {progress.done} of {progress.total}"
