"""
The port of what can be changed about a machine.

A change is a frozen value, so that it can be written down before it is made, and put back by
another process than the one that made it.  It holds names and numbers, never a command: nobody
who can write a journal can have anything run.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from profiler.errors import QuietFailed

LIMIT_S = 30.0
"""How long a program of the system may take, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """
    Where changes are made.

    Args:
        root: of the system's tree.
        folder: the agent's own, for what a change must keep besides itself.
    """

    root: Path = Path("/")
    folder: Path


class Change(Protocol):
    """One setting of the machine.  ``str`` of it is what it does, for people."""

    def make(self, machine: Machine) -> None:
        """
        Make the change.

        Raises:
            QuietFailed: it is not possible here, and nothing is changed.
        """
        ...

    def put_back(self, machine: Machine) -> str | None:
        """
        Put back what was there, also if the change was never made; harmless when repeated.

        Returns:
            What a person should know about it; None where there is nothing to say.

        Raises:
            QuietFailed: it could not be put back.
        """
        ...


def run_program(*command: str) -> str:
    """
    Run a program of the system and return what it printed.

    Raises:
        QuietFailed: it is not there, or says no; with its own words.
    """
    name = " ".join(command)
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT_S,
            check=False,
            process_group=0,  # Ctrl-C is for the agent
        )
    except OSError as error:
        raise QuietFailed(f"{command[0]}: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise QuietFailed(f"{name} did not end within {LIMIT_S:.0f} s") from error
    if done.returncode != 0:
        said = "; ".join(done.stdout.split("\n")).strip("; ")
        raise QuietFailed(f"{name} ended with status {done.returncode}: {said}")
    return done.stdout
