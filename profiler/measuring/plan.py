"""When a measurement has enough: the parameters of the measuring loop."""

from __future__ import annotations

from dataclasses import dataclass

from profiler.errors import HnaError

COLD_SAMPLES = 3
"""Cold samples of a visit, where cold latencies are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementPlan:
    """
    How long to measure, and when to stop.

    Args:
        min_rounds: undisturbed rounds before noise is looked at.
        max_rounds: rounds after which even a noisy operation ends.
        max_noise: relative standard error of the latency at which an operation is done
            (NVBench's 0.5 %).
        stabilised: relative change of that noise over three rounds below which more rounds are
            not worth their time.
        time_limit_s: seconds inside the session after which no further round begins.
        visit_us: time to spend on one operation in one round.
        min_samples: samples of one visit at least, however long they take.
        max_samples: samples of one visit at most, however short they are.
        min_sample_us: length below which a sample holds several executions; 1,000 times what
            reading the clock costs.
        cold_samples: samples with flushed caches in each visit, beside the hot ones; 0 for none.
        energy_s: seconds of energy windows for each operation, where a rail can be read; 0 for
            none.
        max_warmups: executions after which an operation counts as warm although it still moves.
        seed: of the random order within rounds.

    Raises:
        HnaError: bounds that contradict each other.
    """

    min_rounds: int = 10
    max_rounds: int = 30
    max_noise: float = 0.005
    stabilised: float = 0.05
    time_limit_s: float = 900.0
    visit_us: float = 10_000.0
    min_samples: int = 2
    max_samples: int = 50
    min_sample_us: float = 100.0
    cold_samples: int = 0
    energy_s: float = 0.0
    max_warmups: int = 30
    seed: int = 0

    def __post_init__(self) -> None:
        if not 2 <= self.min_rounds <= self.max_rounds:
            raise HnaError(
                f"min_rounds={self.min_rounds} and max_rounds={self.max_rounds}: "
                "at least 2 rounds, and the minimum below the maximum"
            )
        if not 1 <= self.min_samples <= self.max_samples:
            raise HnaError(
                f"min_samples={self.min_samples} and max_samples={self.max_samples}: "
                "at least 1 sample, and the minimum below the maximum"
            )

    @classmethod
    def quick(cls) -> MeasurementPlan:
        """Return a plan for a first look: few, short rounds."""
        return cls(min_rounds=3, max_rounds=5, visit_us=3_000.0, time_limit_s=60.0)
