"""
The clocks of an NVIDIA GPU, locked by ``nvidia-smi --lock-gpu-clocks``.

The driver does not tell whether, and at what, clocks are locked: a lock that was there before
is not found again, and one somebody else set meanwhile is released with ours.  Only root may.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from device_agents.quiet.change import Machine, run_program
from device_agents.quiet.settings import CLOCK, GPU
from profiler.errors import QuietFailed

CONFIRMED = "GPU clocks set to"
"""What ``nvidia-smi`` prints when it locked them; it ends with status 0 also where it did not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuClocksChange:
    """
    The clocks of one GPU.

    Args:
        gpu: its index or UUID, as ``nvidia-smi -i`` takes it.
        clock: in MHz, or ``tdp``: the fastest the GPU sustains at its rated power.
    """

    kind: Literal["gpu_clocks"] = "gpu_clocks"
    gpu: Annotated[str, Field(pattern=f"^({GPU})$")]
    clock: Annotated[str, Field(pattern=f"^({CLOCK})$")]

    def __str__(self) -> str:
        unit = "" if self.clock == "tdp" else " MHz"
        return f"clocks of GPU {self.gpu} locked at {self.clock}{unit}"

    def make(self, machine: Machine) -> None:
        """See the port."""
        both = f"{self.clock},{self.clock}"
        said = run_program("nvidia-smi", "-i", self.gpu, f"--lock-gpu-clocks={both}")
        if CONFIRMED not in said:
            raise QuietFailed("nvidia-smi: " + "; ".join(said.split("\n")).strip("; "))

    def put_back(self, machine: Machine) -> str | None:
        """See the port."""
        run_program("nvidia-smi", "-i", self.gpu, "--reset-gpu-clocks")
        return None
