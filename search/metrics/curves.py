"""
Figures over thresholds: what a network could have said, had it been asked more or less strictly.

Pixels: ROC, the area under it and average precision, from a histogram of logits.  Targets: Pd
against Fa at a few probabilities.  Logits are rounded to 1/64 and cut off at 512 either way (the
reference network's exceed 100), so that a data set of any size needs the memory of one histogram.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from search.metrics.metrics import Metrics, Tally

PROBABILITIES = (
    *(0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4),
    *(0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999),
)
"""Where Pd and Fa are counted."""

_PER_UNIT = 64
_CUT_OFF = 512
_LEVELS = 2 * _CUT_OFF * _PER_UNIT + 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PixelCurve:
    """
    Rates of pixels at every threshold that tells some apart, the strictest first.

    Args:
        logit: pixels of at least this logit are predicted; the first is above all.
        recall: share of target pixels predicted, the true positive rate.
        false_positive_rate: share of other pixels predicted.
        precision: share of predicted pixels that are targets'; 1 where none is predicted.
    """

    logit: NDArray[np.float64]
    recall: NDArray[np.float64]
    false_positive_rate: NDArray[np.float64]
    precision: NDArray[np.float64]

    @property
    def auc(self) -> float:
        """Area under recall over false positive rate, by trapezoids."""
        return float(np.trapezoid(self.recall, self.false_positive_rate))

    @property
    def average_precision(self) -> float:
        """Precision averaged over recall, without interpolation."""
        return float(np.sum(np.diff(self.recall) * self.precision[1:]))


@dataclass(slots=True)
class PixelHistogram:
    """Logits of target pixels and of all others, as they come in."""

    targets: NDArray[np.int64] = field(default_factory=lambda: np.zeros(_LEVELS, np.int64))
    others: NDArray[np.int64] = field(default_factory=lambda: np.zeros(_LEVELS, np.int64))

    def add(self, logits: NDArray[np.float32], mask: NDArray[np.bool_]) -> None:
        """Count the pixels of one image, both H,W."""
        clipped = np.clip(logits, -_CUT_OFF, _CUT_OFF)
        levels = np.rint((clipped + _CUT_OFF) * _PER_UNIT).astype(np.int64)
        self.targets += np.bincount(levels[mask], minlength=_LEVELS)
        self.others += np.bincount(levels[~mask], minlength=_LEVELS)

    def curve(self) -> PixelCurve | None:
        """Return the curve; None where all pixels are targets' or none is."""
        seen = np.flatnonzero(self.targets + self.others)[::-1]
        hits = np.concatenate([[0], np.cumsum(self.targets[seen])])
        false = np.concatenate([[0], np.cumsum(self.others[seen])])
        if not hits[-1] or not false[-1]:
            return None
        return PixelCurve(
            logit=np.concatenate([[np.inf], seen / _PER_UNIT - _CUT_OFF]),
            recall=hits / hits[-1],
            false_positive_rate=false / false[-1],
            precision=hits / np.maximum(hits + false, 1) + (hits + false == 0),
        )


class TargetCurve:
    """
    Pd, Fa and all other figures at several probabilities, as images come in.

    Args:
        probabilities: a pixel is predicted above these.
    """

    def __init__(self, probabilities: Sequence[float] = PROBABILITIES) -> None:
        self._tallies = {probability: Tally() for probability in probabilities}

    def add(self, logits: NDArray[np.float32], mask: NDArray[np.bool_]) -> None:
        """Count the targets of one image, both H,W."""
        for probability, tally in self._tallies.items():
            tally.add(logits > logit(probability), mask)

    def points(self) -> dict[float, Metrics]:
        """
        Return the figures by probability.

        Raises:
            DataInvalid: no image was added.
        """
        return {probability: tally.metrics() for probability, tally in self._tallies.items()}
