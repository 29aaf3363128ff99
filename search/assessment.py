"""
Everything ``hna evaluate`` says about a network, from one pass over the predictions.

Only the pictured predictions are kept; figures, curves and scores grow by a few numbers an image.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from profiler.errors import RunInvalid
from search.evaluation import Prediction
from search.metrics.curves import PixelHistogram, TargetCurve
from search.metrics.metrics import ImageScore, Tally


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judged:
    """
    A prediction and its score.

    Args:
        prediction: of one image.
        score: of the same.
    """

    prediction: Prediction
    score: ImageScore


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Assessment:
    """
    What became of a list of predictions.

    Args:
        ids: of the samples, in order.
        tally: their scores, in the same order.
        pixels: histogram behind the pixel curve; None unless curves were asked for.
        targets: Pd and Fa over probabilities; None unless curves were asked for.
        worst: those of lowest IoU, the worst first; of equal ones the first in the list.
    """

    ids: tuple[str, ...]
    tally: Tally
    pixels: PixelHistogram | None
    targets: TargetCurve | None
    worst: tuple[Judged, ...]


def assess(
    predictions: Iterable[Prediction], *, curves: bool = False, pictures: int = 0
) -> Assessment:
    """
    Judge *predictions*, one after the other.

    Args:
        predictions: as ``search.evaluation.predictions`` yields them.
        curves: also count over thresholds, which takes 15 times as long as the figures.
        pictures: how many of the worst to keep.

    Raises:
        RunInvalid: a logit is infinite or no number.
    """
    tally, worst = Tally(), list[Judged]()
    pixels, targets = (PixelHistogram(), TargetCurve()) if curves else (None, None)
    ids = []
    for prediction in predictions:
        _require_finite(prediction)
        score = tally.add(prediction.predicted, prediction.mask)
        ids.append(prediction.sample.id)
        if pixels is not None and targets is not None:
            pixels.add(prediction.logits, prediction.mask)
            targets.add(prediction.logits, prediction.mask)
        worst.append(Judged(prediction=prediction, score=score))
        worst = sorted(worst, key=lambda judged: judged.score.iou)[:pictures]
    return Assessment(
        ids=tuple(ids), tally=tally, pixels=pixels, targets=targets, worst=tuple(worst)
    )


def _require_finite(prediction: Prediction) -> None:
    if not np.isfinite(prediction.logits).all():
        raise RunInvalid(
            f"image {prediction.sample.id}: the network's output is infinite or no number; its "
            "weights are damaged, or its training diverged"
        )
