"""Emptying the processor's caches, for cold executions."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from profiler.platforms.caches import last_level_bytes

FACTOR = 2
"""How many times the largest cache is written over: it does not forget the oldest first."""

UNKNOWN_BYTES = 32 * 2**20
"""Assumed where the machine does not tell the size of its caches."""


@cache
def cpu_flush(root: Path = Path("/")) -> Callable[[], None]:
    """Return a function that leaves nothing useful in the processor's caches."""
    size = FACTOR * (last_level_bytes(root) or UNKNOWN_BYTES)
    buffer = np.zeros(size, dtype=np.uint8)

    def flush() -> None:
        np.add(buffer, 1, out=buffer)

    return flush
