"""How long to wait before trying again: exponential, with jitter, bounded."""

from __future__ import annotations

import random


class Backoff:
    """
    Doubles from try to try; a fleet that lost its server does not come back all at once.

    Args:
        first_s: the first wait at most, in seconds.
        longest_s: no wait is longer, in seconds.
        jitter: draws from [0, 1).
    """

    def __init__(
        self,
        first_s: float = 1.0,
        longest_s: float = 60.0,
        jitter: random.Random | None = None,
    ) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._jitter = jitter or random.Random()
        self._tries = 0

    def next_s(self) -> float:
        """Return the next wait in seconds: between a half and the whole of what doubling gives."""
        whole_s = min(self._longest_s, self._first_s * 2.0 ** min(self._tries, 32))
        self._tries += 1
        return whole_s * (0.5 + 0.5 * self._jitter.random())

    def reset(self) -> None:
        """Start over: something worked."""
        self._tries = 0
