"""
What training does to an image (spec 5.3) and what testing does (spec 5.4).

Training flips, scales with the aspect kept, pads and crops; a plan may add more.  Testing only
resizes, which does not keep the aspect.  Whatever a plan leaves out draws no random number, so
adding a kind of augmentation here changes nothing for the plans without it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from profiler.errors import DataInvalid
from search.data.dataset import Image, Mask
from search.data.images import resized_image, resized_mask
from search.data.paste import pasted
from search.data.photometry import blurred, lit, noisy

Donor = Callable[[], tuple[Image, Mask]]
"""Loads another training image, to paste its targets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentationPlan:
    """
    What is drawn for every view of an image; the default is the reference's (spec 5.3).

    Args:
        flip: probability of a flip left to right.
        flip_vertical: probability of a flip upside down.
        rotate: turn by 0, 90, 180 or 270 degrees, each as likely.
        scale: the long side becomes this share of the size, drawn between the two.
        paste: most targets of other images that are pasted; how many is drawn from 0.
        blur: probability of a Gaussian blur of a radius from 0 to 1 pixel, after the crop.
        brightness: most that is added to or taken from all pixels, as a share of 255.
        contrast: most that contrast grows or shrinks, as a share of itself.
        noise: largest spread of the Gaussian noise added, as a share of 255.

    Raises:
        DataInvalid: a number no augmentation can have.
    """

    flip: float = 0.5
    flip_vertical: float = 0.0
    rotate: bool = False
    scale: tuple[float, float] = (0.5, 2.0)
    paste: int = 0
    blur: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    noise: float = 0.0

    def __post_init__(self) -> None:
        shares = ("flip", "flip_vertical", "blur", "brightness", "contrast", "noise")
        wrong = [f"{name}={getattr(self, name)}" for name in shares if not self._is_share(name)]
        if wrong:
            raise DataInvalid(f"augmentation: {', '.join(wrong)}: from 0 to 1")
        if not 0 < self.scale[0] <= self.scale[1]:
            raise DataInvalid(f"augmentation: scale={self.scale}: two positive shares, rising")
        if self.paste < 0:
            raise DataInvalid(f"augmentation: paste={self.paste}: at least 0 targets")

    def _is_share(self, name: str) -> bool:
        return 0 <= float(getattr(self, name)) <= 1


REFERENCE = AugmentationPlan()
"""Spec 5.3, to the bit what an earlier version drew."""

DNANET = AugmentationPlan(blur=0.5)
"""What DNANet's own training adds (spec 5.3)."""

STRONG = AugmentationPlan(
    flip_vertical=0.5, rotate=True, paste=3, blur=0.25, brightness=0.1, contrast=0.2, noise=0.01
)
"""For few images: every orientation, targets of other images, other sensors."""

AUGMENTATIONS = {"reference": REFERENCE, "dnanet": DNANET, "strong": STRONG}


def augmented(
    image: Image,
    mask: Mask,
    size: int,
    generator: np.random.Generator,
    plan: AugmentationPlan = REFERENCE,
    *,
    donor: Donor | None = None,
) -> tuple[Image, Mask]:
    """
    Return a random view of *size* x *size* pixels.

    Args:
        image: uint8 H,W,3.
        mask: bool H,W.
        size: H and W of the view, in pixels.
        generator: of everything random.
        plan: what is drawn.
        donor: where pasted targets come from; without one none is pasted.
    """
    if plan.paste and donor is not None:
        image, mask = pasted(image, mask, plan.paste, donor, generator)
    image, mask = _oriented(image, mask, plan, generator)
    image, mask = _cropped(image, mask, size, plan.scale, generator)
    return _exposed(image, plan, generator), mask


def plain(image: Image, mask: Mask, size: int) -> tuple[Image, Mask]:
    """Return the whole image resized to *size* x *size* pixels."""
    return resized_image(image, size, size), resized_mask(mask, size, size)


def scaled_to(height: int, width: int, long_side: int) -> tuple[int, int]:
    """Return H and W scaled so that the longer of them is *long_side*, the aspect kept."""
    if height > width:
        return long_side, max(1, int(width * long_side / height + 0.5))
    return max(1, int(height * long_side / width + 0.5)), long_side


def padded(image: Image, mask: Mask, size: int) -> tuple[Image, Mask]:
    """Return both with black to the right and below where they are smaller than *size*."""
    missing = [(0, max(0, size - side)) for side in mask.shape]
    return np.pad(image, [*missing, (0, 0)]), np.pad(mask, missing)


def _oriented(
    image: Image, mask: Mask, plan: AugmentationPlan, generator: np.random.Generator
) -> tuple[Image, Mask]:
    """Return both flipped and turned; nothing is resampled."""
    if plan.flip and generator.random() < plan.flip:
        image, mask = image[:, ::-1], mask[:, ::-1]
    if plan.flip_vertical and generator.random() < plan.flip_vertical:
        image, mask = image[::-1], mask[::-1]
    if plan.rotate:
        quarters = int(generator.integers(4))
        image, mask = np.rot90(image, quarters), np.rot90(mask, quarters)
    return image, mask


def _cropped(
    image: Image,
    mask: Mask,
    size: int,
    scale: tuple[float, float],
    generator: np.random.Generator,
) -> tuple[Image, Mask]:
    """Scale the long side, pad with black to the right and below where too small, crop."""
    shortest, longest = (int(share * size) for share in scale)
    long_side = int(generator.integers(shortest, longest, endpoint=True))
    height, width = scaled_to(mask.shape[0], mask.shape[1], max(long_side, 1))
    image = resized_image(np.ascontiguousarray(image), height, width)
    mask = resized_mask(mask, height, width)
    image, mask = padded(image, mask, size)
    top = int(generator.integers(mask.shape[0] - size, endpoint=True))
    left = int(generator.integers(mask.shape[1] - size, endpoint=True))
    crop = np.s_[top : top + size, left : left + size]
    return image[crop], mask[crop]


def _exposed(image: Image, plan: AugmentationPlan, generator: np.random.Generator) -> Image:
    """Return *image* as another sensor would have taken it."""
    if plan.blur and generator.random() < plan.blur:
        image = blurred(image, radius_pixels=generator.uniform(0, 1))
    if plan.brightness or plan.contrast:
        brighter, harder = generator.uniform(-1, 1, 2)
        image = lit(
            image, added=255 * plan.brightness * brighter, factor=1 + plan.contrast * harder
        )
    if plan.noise:
        spread = 255 * generator.uniform(0, plan.noise)
        image = noisy(image, spread, generator)
    return image
