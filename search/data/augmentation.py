"""
What training does to an image (spec 5.3) and what testing does (spec 5.4).

Training flips, scales with the aspect kept, pads and crops; testing only resizes, which does
not keep the aspect.
"""

from __future__ import annotations

import numpy as np

from search.data.dataset import Image, Mask
from search.data.images import resized_image, resized_mask


def augmented(
    image: Image, mask: Mask, size: int, generator: np.random.Generator
) -> tuple[Image, Mask]:
    """
    Return a random view of *size* x *size* pixels.

    Flipped left to right in half the cases; the long side scaled to between half and twice
    *size*; padded with black to the right and below where too small; cropped.
    """
    if generator.random() < 0.5:
        image, mask = image[:, ::-1], mask[:, ::-1]
    long_side = int(generator.integers(size // 2, 2 * size, endpoint=True))
    height, width = scaled_to(mask.shape[0], mask.shape[1], max(long_side, 1))
    image = resized_image(np.ascontiguousarray(image), height, width)
    mask = resized_mask(mask, height, width)
    image, mask = padded(image, mask, size)
    top = int(generator.integers(mask.shape[0] - size, endpoint=True))
    left = int(generator.integers(mask.shape[1] - size, endpoint=True))
    crop = np.s_[top : top + size, left : left + size]
    return image[crop], mask[crop]


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
