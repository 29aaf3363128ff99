"""Stopping criteria: when the rounds of one operation suffice, and which rule said so."""

from __future__ import annotations

import numpy as np

from profiler.measurement import Round, StopReason
from profiler.measuring.plan import MeasurementPlan
from profiler.summary import bootstrap, good_rounds, kept_medians, latency_of

LOOK_BACK = 3
"""Rounds over which noise must have stood still to count as stabilised."""


class StoppingRule:
    """Follows the noise of one operation from round to round."""

    def __init__(self, plan: MeasurementPlan) -> None:
        self._plan = plan
        self._noise: list[float] = []

    def reason(self, rounds: list[Round]) -> StopReason | None:
        """Return why the operation needs no further round, or None while it does."""
        if len(good_rounds(rounds)) >= self._plan.min_rounds:
            self._noise.append(noise_of(rounds))
            if self._noise[-1] <= self._plan.max_noise:
                return "noise"
            if len(self._noise) > LOOK_BACK and self._stands_still():
                return "stabilised"
        return "round_limit" if len(rounds) >= self._plan.max_rounds else None

    def _stands_still(self) -> bool:
        recent = self._noise[-LOOK_BACK - 1 :]
        return max(recent) - min(recent) <= self._plan.stabilised * recent[-1]


def noise_of(rounds: list[Round]) -> float:
    """Return the relative standard error of the latency the rounds amount to."""
    medians = kept_medians(rounds)
    return float(np.std(bootstrap(medians)) / latency_of(medians))
