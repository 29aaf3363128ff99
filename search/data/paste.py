"""
Targets of one image on the background of another.

What is carried over is the contrast: a target's pixels minus the median of the ring around it,
added to whatever lies below.  So it sits on its new background as it sat on its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from search.data.dataset import Image, Mask

_EIGHT_NEIGHBOURS = np.ones((3, 3), dtype=np.bool_)
_SHOULDER_PIXELS = 1
"""Optics spread a target beyond its mask; that much comes along."""
_RING_PIXELS = 3
"""Width of the ring that is the target's background."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Patch:
    """
    One target, cut out.

    Args:
        contrast: greys above its background, h,w,3; 0 beyond the target's shoulder.
        mask: where the target is, h,w.
    """

    contrast: NDArray[np.float32]
    mask: Mask


def pasted(
    image: Image,
    mask: Mask,
    most: int,
    donor: Callable[[], tuple[Image, Mask]],
    generator: np.random.Generator,
) -> tuple[Image, Mask]:
    """
    Return *image* and *mask* with up to *most* further targets on free background.

    Args:
        image: uint8 H,W,3.
        mask: bool H,W.
        most: how many targets at most; how many is drawn from 0 to that.
        donor: loads an image to take a target from.
        generator: of everything random.
    """
    for _ in range(int(generator.integers(most, endpoint=True))):
        patch = _any_target(*donor(), generator)
        if patch is not None:
            image, mask = _placed(image, mask, patch, generator)
    return image, mask


def _any_target(image: Image, mask: Mask, generator: np.random.Generator) -> _Patch | None:
    """Return one target of *image*; None if it has none."""
    labels, count = ndimage.label(mask, _EIGHT_NEIGHBOURS)
    if not count:
        return None
    chosen = int(generator.integers(count)) + 1
    box = ndimage.find_objects(labels)[chosen - 1]
    margin = _SHOULDER_PIXELS + _RING_PIXELS
    around = tuple(
        slice(max(0, side.start - margin), min(length, side.stop + margin))
        for side, length in zip(box, mask.shape, strict=True)
    )
    return _cut(image[around], labels[around] == chosen, mask[around])


def _cut(image: Image, target: Mask, any_target: Mask) -> _Patch | None:
    near = ndimage.binary_dilation(target, _EIGHT_NEIGHBOURS, iterations=_SHOULDER_PIXELS)
    ring = ~near & ~any_target
    if not ring.any():
        return None
    background = np.median(image[ring], axis=0)
    contrast = (image - background).astype(np.float32) * near[..., None]
    return _Patch(contrast=contrast, mask=target)


def _placed(
    image: Image, mask: Mask, patch: _Patch, generator: np.random.Generator
) -> tuple[Image, Mask]:
    """Put *patch* somewhere; where it would touch a target or not fit, nowhere."""
    room = [side - needed for side, needed in zip(mask.shape, patch.mask.shape, strict=True)]
    if min(room) < 0:
        return image, mask
    top, left = (int(generator.integers(most, endpoint=True)) for most in room)
    height, width = patch.mask.shape
    place = np.s_[top : top + height, left : left + width]
    if mask[place].any():
        return image, mask
    image, mask = image.copy(), mask.copy()
    sum_ = image[place] + patch.contrast
    image[place] = np.clip(np.rint(sum_), 0, 255).astype(np.uint8)
    mask[place] = patch.mask
    return image, mask
