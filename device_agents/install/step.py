"""
One thing an installation makes so.

A step knows whether it holds already, so that a second installation changes nothing, and how to
put back what was there before, so that a failed one leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Protocol

from profiler.errors import InstallFailed, InstallRefused

Undo = Callable[[], None]
Say = Callable[[str], None]


class Step(Protocol):
    """What an installation needs to be so.  ``str`` of it is a line for people."""

    def check(self) -> None:
        """
        Look for what stands in the way; change nothing.

        Raises:
            InstallRefused: somebody else's file or user is there.
        """
        ...

    def holds(self) -> bool:
        """Return whether it is so already."""
        ...

    def make(self) -> Undo:
        """
        Make it so and return how to put back what was there.

        Raises:
            OSError, InstallFailed: it is as it was before.
        """
        ...


def carry_out(
    steps: Sequence[Step],
    say: Say,
    *,
    dry_run: bool = False,
    undone: Undo = lambda: None,
) -> bool:
    """
    Make every step hold; if one fails, none was taken.

    Args:
        steps: in the order they need each other.
        say: told about every step.
        dry_run: only say what would be done.
        undone: called after a failed installation was undone.

    Returns:
        Whether anything was, or would be, changed.

    Raises:
        InstallRefused: something stands in the way; nothing was changed.
        InstallFailed: a step failed; what was done before it is undone.
    """
    for step in steps:
        step.check()
    changed = False
    with ExitStack() as undo:
        undo.callback(undone)
        for step in steps:
            if step.holds():
                say(f"  as it should be: {step}")
                continue
            changed = True
            say(f"  {'would make' if dry_run else 'making'}: {step}")
            if not dry_run:
                undo.callback(_made(step))
        undo.pop_all()
    return changed


def _made(step: Step) -> Undo:
    try:
        return step.make()
    except (OSError, InstallFailed, InstallRefused) as error:
        raise InstallFailed(f"{step}: {error}; what was done before it is undone") from error
