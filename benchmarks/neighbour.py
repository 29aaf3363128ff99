"""A process that keeps one core busy half of the time, in bursts of random length."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

BURST_S = (0.05, 1.5)
"""A burst, and the rest after it, last as long as each other, between these."""


@contextmanager
def neighbour(seed: int = 0) -> Iterator[None]:
    """Run the neighbour while the context lasts."""
    command = [sys.executable, "-m", "benchmarks.neighbour", str(seed)]
    with subprocess.Popen(command) as process:
        try:
            yield
        finally:
            process.kill()


def _disturb(seed: int) -> None:
    """Multiply matrices that fit into no cache of one core, then rest as long, for ever."""
    draw, matrix = random.Random(seed), np.ones((512, 512), dtype=np.float32)
    while True:
        length_s = draw.uniform(*BURST_S)
        end = time.monotonic() + length_s
        while time.monotonic() < end:
            np.dot(matrix, matrix)
        time.sleep(length_s)


if __name__ == "__main__":
    _disturb(int(sys.argv[1]))
