"""
The curves DNANet's and HNA-NAS's ``test.py`` write, quirks included (spec 5.5).

Kept to reproduce their files; ``search.metrics.curves`` has the honest ones.  ROC: probability
above b / bins, rates with 0.001 in the denominator.  Pd and Fa: b * 255 / bins compared with raw
*logits*, so that bin 0 is the usual prediction and the others mean nothing; false components
told apart by area alone; 256 x 256 pixels an image, whatever its size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from search.metrics.metrics import Metrics, Tally

_SLACK = 0.001

Counts = NDArray[np.int64]
Rates = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReferenceFigures:
    """
    What the reference reports, an entry a bin; bins + 1 of them.

    Args:
        metrics: at bin 0; ``miou`` and ``fa_compat`` are the reference's.
        true_positive_rate: the recall.
        false_positive_rate: share of other pixels predicted.
        precision: share of predicted pixels that are targets'.
        pd: share of targets found; not a number when there are none.
        fa: false pixels over 256 x 256 an image.
    """

    metrics: Metrics
    true_positive_rate: Rates
    false_positive_rate: Rates
    precision: Rates
    pd: Rates
    fa: Rates


class ReferenceCurves:
    """
    Collects the reference's curves as images come in.

    Args:
        bins: how many intervals the thresholds make; 10 in every published figure.
    """

    def __init__(self, bins: int = 10) -> None:
        self._probabilities = [number / bins for number in range(bins + 1)]
        self._logits = [number * (255 / bins) for number in range(bins + 1)]
        self._hits = np.zeros(bins + 1, dtype=np.int64)
        self._predicted = np.zeros(bins + 1, dtype=np.int64)
        self._tallies = [Tally() for _ in range(bins + 1)]
        self._targets = 0
        self._pixels = 0

    def add(self, logits: NDArray[np.float32], mask: NDArray[np.bool_]) -> None:
        """Count one image, both H,W."""
        probability = expit(logits)
        for number, threshold in enumerate(self._probabilities):
            predicted = probability > threshold
            self._hits[number] += (predicted & mask).sum()
            self._predicted[number] += predicted.sum()
        for tally, threshold in zip(self._tallies, self._logits, strict=True):
            tally.add(logits > threshold, mask)
        self._targets += int(mask.sum())
        self._pixels += mask.size

    def figures(self) -> ReferenceFigures:
        """
        Return all curves.

        Raises:
            DataInvalid: no image was added.
        """
        points = [tally.metrics() for tally in self._tallies]
        others = self._pixels - self._targets
        return ReferenceFigures(
            metrics=points[0],
            true_positive_rate=_rate(self._hits, self._targets),
            false_positive_rate=_rate(self._predicted - self._hits, others),
            precision=_rate(self._hits, self._predicted),
            pd=np.array([np.nan if point.pd is None else point.pd for point in points]),
            fa=np.array([point.fa_compat for point in points]),
        )


def _rate(counts: Counts, of: Counts | int) -> Rates:
    rates: Rates = counts / (of + _SLACK)
    return rates
