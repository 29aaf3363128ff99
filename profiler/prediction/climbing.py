"""
Climbing a smooth function by the signs of its gradient.

Resilient propagation (Riedmiller and Braun 1993): each coordinate has a step of its own, longer
while its slope keeps its sign, shorter when it turns.  Nothing random: equal functions are climbed
equally.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from profiler.prediction.process import Likely
from profiler.summary import Array

FIRST_STEP, LEAST_STEP, MOST_STEP = 0.1, 1e-3, 0.5
LONGER, SHORTER = 1.2, 0.5


def climb(
    function: Callable[[Array], Likely], start: Array, low: Array, high: Array, steps: int
) -> tuple[Array, float]:
    """Return the highest place seen on *steps* steps from *start*, and how high it is."""
    step = np.full(len(start), FIRST_STEP)
    here, found = start, function(start)
    best, highest = here, found.value
    signs = np.sign(found.gradient)
    for _ in range(steps):
        here = np.clip(here + step * signs, low, high)
        found = function(here)
        if found.value > highest:
            best, highest = here, found.value
        turned = np.sign(found.gradient)
        step = np.clip(
            np.where(turned * signs > 0, step * LONGER, step * SHORTER), LEAST_STEP, MOST_STEP
        )
        signs = turned
    return best, highest
