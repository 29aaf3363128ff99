"""
The figures a segmentation is judged by (spec 5.5).

mIoU is, as in the field's papers, the foreground IoU of all pixels of all images together; nIoU
is the mean of the images' own.  Fa counts the pixels of the predicted components that match no
target; ``fa_compat`` repeats the reference, which tells components apart by area alone and
divides by 256 x 256 pixels an image whatever the size.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from profiler.errors import DataInvalid
from search.metrics.components import match

_COMPAT_PIXELS = 256 * 256


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageScore:
    """
    One prediction beside its mask, as counts that add up.

    Args:
        hit_pixels: pixels in both.
        predicted_pixels: pixels in the prediction.
        target_pixels: pixels in the mask.
        pixels: of the image.
        targets: connected components of the mask.
        found: targets that a predicted component matches.
        false_pixels: pixels of the components that match none.
        compat_false_pixels: the same as the reference counts them.
    """

    hit_pixels: int
    predicted_pixels: int
    target_pixels: int
    pixels: int
    targets: int
    found: int
    false_pixels: int
    compat_false_pixels: int

    @property
    def iou(self) -> float:
        """Intersection over union; 1 when there is nothing and nothing is predicted."""
        return _iou(self.hit_pixels, self.predicted_pixels, self.target_pixels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """
    The figures of a list of images, as fractions.

    Args:
        miou: foreground IoU of all pixels together.
        niou: mean of the images' IoU; an image with nothing, and nothing predicted, has 1.
        pd: share of targets found; None when the masks have none.
        fa: share of all pixels that are in predicted components which match no target.
        fa_compat: the reference's Fa, always over 256 x 256 pixels an image.
        pixel_recall: share of target pixels predicted; None when the masks have none.
        pixel_precision: share of predicted pixels that are targets'; None when there are none.
        false_positive_rate: share of the pixels of no target that are predicted all the same;
            None when there are none.
        images: how many there are.
        targets: how many there are.
    """

    miou: float
    niou: float
    pd: float | None
    fa: float
    fa_compat: float
    pixel_recall: float | None
    pixel_precision: float | None
    false_positive_rate: float | None
    images: int
    targets: int


@dataclass(slots=True)
class Tally:
    """Scores of images as they come in."""

    scores: list[ImageScore] = field(default_factory=list)

    def add(self, prediction: NDArray[np.bool_], mask: NDArray[np.bool_]) -> ImageScore:
        """Score one image, H,W, keep the score and return it."""
        score = score_image(prediction, mask)
        self.scores.append(score)
        return score

    def metrics(self) -> Metrics:
        """
        Return the figures of all images added.

        Raises:
            DataInvalid: none was.
        """
        if not self.scores:
            raise DataInvalid("there are no images to evaluate")
        hit, target = self._sum("hit_pixels"), self._sum("target_pixels")
        predicted, pixels = self._sum("predicted_pixels"), self._sum("pixels")
        targets, images = self._sum("targets"), len(self.scores)
        return Metrics(
            miou=_iou(hit, predicted, target),
            niou=float(np.mean([score.iou for score in self.scores])),
            pd=_share(self._sum("found"), targets),
            fa=self._sum("false_pixels") / pixels,
            fa_compat=self._sum("compat_false_pixels") / (_COMPAT_PIXELS * images),
            pixel_recall=_share(hit, target),
            pixel_precision=_share(hit, predicted),
            false_positive_rate=_share(predicted - hit, pixels - target),
            images=images,
            targets=targets,
        )

    def _sum(self, name: str) -> int:
        return sum(getattr(score, name) for score in self.scores)


def score_image(prediction: NDArray[np.bool_], mask: NDArray[np.bool_]) -> ImageScore:
    """
    Return the score of one image.

    Args:
        prediction: H,W, true where a target is predicted.
        mask: H,W, true where a target is.

    Raises:
        DataInvalid: the two differ in size.
    """
    if prediction.shape != mask.shape:
        raise DataInvalid(f"a prediction of {prediction.shape} pixels for a mask of {mask.shape}")
    matches = match(prediction, mask)
    return ImageScore(
        hit_pixels=int((prediction & mask).sum()),
        predicted_pixels=int(prediction.sum()),
        target_pixels=int(mask.sum()),
        pixels=mask.size,
        targets=matches.targets,
        found=len(matches.found),
        false_pixels=sum(matches.false),
        compat_false_pixels=matches.compat_false_pixels,
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _iou(hit: int, predicted: int, target: int) -> float:
    union = predicted + target - hit
    return hit / union if union else 1.0
