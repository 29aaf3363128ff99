"""
Images with masks, and the three lists they are used in.

The validation list is split off the training list: architecture parameters and the epoch that
is kept are chosen on it.  The test list is for the final figures only (the reference trains
its architecture parameters on it, spec 0.4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from profiler.errors import DataInvalid
from search.data.images import read_image, read_mask, resized_mask
from search.data.normalisation import Normalisation

Image = NDArray[np.uint8]
"""H,W,3."""

Mask = NDArray[np.bool_]
"""H,W; true where a target is."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """
    One image and its mask, on disk or in memory.

    Args:
        id: its name, as in the lists.
        image: the file, or the H,W,3 pixels.
        mask: the file, or the H,W mask.
        resize_mask: bring a mask of another size to the image's, by nearest neighbour.
        mask_threshold: the grey above which a pixel of a mask file that has greys is a target;
            such a mask is refused unless given.
    """

    id: str
    image: Path | Image = field(compare=False, repr=False)
    mask: Path | Mask = field(compare=False, repr=False)
    resize_mask: bool = False
    mask_threshold: int | None = None

    def load(self) -> tuple[Image, Mask]:
        """
        Return the image, uint8 H,W,3, and the mask, bool H,W.

        Raises:
            DataInvalid: a file cannot be read, or the two differ in size.
        """
        image, mask = self.load_as_stored()
        if mask.shape != image.shape[:2]:
            mask = resized_mask(mask, image.shape[0], image.shape[1])
        return image, mask

    def load_as_stored(self) -> tuple[Image, Mask]:
        """
        Return both, a mask that may be resized still in its own size.

        What resizes them anyway starts here, so that a mask is resampled once, not twice.

        Raises:
            DataInvalid: a file cannot be read, or the two differ in size and may not.
        """
        image = read_image(self.image) if isinstance(self.image, Path) else self.image
        mask = self._mask()
        height, width = image.shape[:2]
        if mask.shape != (height, width) and not self.resize_mask:
            raise DataInvalid(
                f"{self.id}: the image is {width}x{height} pixels and its mask "
                f"{mask.shape[1]}x{mask.shape[0]}; correct the mask or ask for it to be resized"
            )
        return image, mask

    def _mask(self) -> Mask:
        if isinstance(self.mask, Path):
            return read_mask(self.mask, threshold=self.mask_threshold)
        return self.mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """
    What a search trains on, chooses on, and is judged on.

    Args:
        name: of the data set, such as ``NUAA-SIRST``.
        train: weights learn from these.
        validation: architecture parameters and the epoch kept are chosen on these.
        test: seen once, for the figures that are reported.
        normalisation: of the images.
        source: where the samples come from.
    """

    name: str
    train: tuple[Sample, ...]
    validation: tuple[Sample, ...]
    test: tuple[Sample, ...]
    normalisation: Normalisation
    source: Literal["folder", "synthetic"]


def split_off_validation(
    training: Sequence[_T], *, share: float, seed: int
) -> tuple[tuple[_T, ...], tuple[_T, ...]]:
    """
    Return what stays for training and what is held out for validation, both in list order.

    Args:
        training: the official training list.
        share: how much of it to hold out, from 0 to below 1; at least one unless it is 0.
        seed: equal seeds hold out the same.

    Raises:
        DataInvalid: an impossible share, or nothing would be left to train on.
    """
    if not 0 <= share < 1:
        raise DataInvalid(f"validation share {share}: from 0 to below 1")
    held_out = max(1, round(share * len(training))) if share > 0 else 0
    if held_out >= len(training):
        raise DataInvalid(
            f"{len(training)} training image(s) cannot spare {held_out} for validation; "
            "add images or lower the validation share"
        )
    order = np.random.default_rng(seed).permutation(len(training))
    chosen = frozenset(order[:held_out].tolist())
    kept = tuple(sample for index, sample in enumerate(training) if index not in chosen)
    return kept, tuple(training[index] for index in sorted(chosen))
