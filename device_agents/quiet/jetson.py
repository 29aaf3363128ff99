"""
All clocks of a Jetson at their maximum, by NVIDIA's own ``jetson_clocks``.

The tool stores and restores every frequency it touches; what somebody else changes meanwhile is
overwritten by that.  It asks before it overwrites a stored file, so each has a name of its own.
Only root may.  Source: NVIDIA Jetson Linux Developer Guide, "Maximizing Jetson Performance".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from device_agents.quiet.change import Machine, run_program
from profiler.errors import QuietFailed

PROGRAM = "jetson_clocks"

STORED = ".clocks"
"""How the name of a stored file ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JetsonClocksChange:
    """
    The clocks of this Jetson.

    Args:
        stored: name of the file, in the agent's folder, that holds what was there.
    """

    kind: Literal["jetson_clocks"] = "jetson_clocks"
    stored: Annotated[str, Field(pattern=rf"^[0-9a-f]+\{STORED}$")]

    def __str__(self) -> str:
        return "all clocks of this Jetson at their maximum"

    def make(self, machine: Machine) -> None:
        """See the port; what a failing tool changed before it failed is put back at once."""
        path = machine.folder / self.stored
        run_program(PROGRAM, "--store", str(path))
        if not path.exists():
            raise QuietFailed(f"{PROGRAM} did not store what there is in {path}")
        try:
            run_program(PROGRAM)
        except QuietFailed:
            self.put_back(machine)
            raise

    def put_back(self, machine: Machine) -> str | None:
        """See the port; without a stored file nothing had been changed yet."""
        path = machine.folder / self.stored
        if path.exists():
            run_program(PROGRAM, "--restore", str(path))
            path.unlink()
        return None
