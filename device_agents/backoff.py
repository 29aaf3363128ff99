"""
How long to wait before trying again: exponential, with full jitter, bounded.

Source: M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015: a wait drawn from
the whole of [0, ceiling) spreads a fleet more evenly than a ceiling with a little jitter.
"""

from __future__ import annotations

import random

FIRST_POLLS = 5.0
"""The first wait at most, in polls: fewer agents a second come back than ask when all is well."""

LONGEST_POLLS = 30.0
"""No wait is longer, in polls."""

LONGEST_ASKED_S = 600.0
"""A server that asks for more patience than this gets this much, in seconds."""


class Backoff:
    """
    Doubles its ceiling from try to try; a fleet that lost its server does not come back at once.

    Args:
        poll_s: time between two questions of an agent when all is well, in seconds.
        jitter: draws from [0, 1).
    """

    def __init__(self, poll_s: float = 2.0, jitter: random.Random | None = None) -> None:
        self._first_s = FIRST_POLLS * poll_s
        self._longest_s = LONGEST_POLLS * poll_s
        self._jitter = jitter or random.Random()
        self._tries = 0

    def next_s(self, asked_s: float = 0.0) -> float:
        """
        Return the next wait in seconds.

        Args:
            asked_s: how long the server asked to be left alone; waited first, because a whole
                fleet is told the same.
        """
        ceiling_s = min(self._longest_s, self._first_s * 2.0 ** min(self._tries, 32))
        self._tries += 1
        return min(asked_s, LONGEST_ASKED_S) + ceiling_s * self._jitter.random()

    def reset(self) -> None:
        """Start over: something worked."""
        self._tries = 0
