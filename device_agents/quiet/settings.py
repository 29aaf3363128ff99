"""What an agent is asked to do for quiet."""

from __future__ import annotations

import re
from dataclasses import dataclass

from device_agents.quiet.contention import WAIT_S
from profiler.errors import HnaError

CLOCK = r"\d+|tdp"
GPU = r"\d+|GPU-[0-9a-f-]+"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietSettings:
    """
    What to do for quiet; without any of it only this process is changed.

    Args:
        wait_s: how long to wait for other processes at most, in seconds.
        cores: the only ones to use; None is all that are allowed.
        governor: frequency governor of the processor, such as ``performance``; None leaves it.
        gpu_clock: at which the GPU is locked, in MHz or ``tdp``; None leaves it.
        gpu: which one, by index or UUID.
        jetson_clocks: whether a Jetson's clocks are set to their maximum.

    Raises:
        HnaError: no cores, or a clock or a GPU that cannot be.
    """

    wait_s: float = WAIT_S
    cores: frozenset[int] | None = None
    governor: str | None = None
    gpu_clock: str | None = None
    gpu: str = "0"
    jetson_clocks: bool = False

    def __post_init__(self) -> None:
        if self.cores is not None and not self.cores:
            raise HnaError("an agent needs at least one core; name some")
        if self.gpu_clock is not None and not re.fullmatch(CLOCK, self.gpu_clock):
            raise HnaError(f"a GPU cannot be locked at {self.gpu_clock!r}; write MHz, or tdp")
        if not re.fullmatch(GPU, self.gpu):
            raise HnaError(f"no GPU is called {self.gpu!r}; write its index, or its UUID")
