"""
Image and mask files of any mode and bit depth.

Pixels are scaled by what their format can hold (65535 of 16 bits becomes 255), not stretched to
an image's own range: the same radiance has the same grey in every image.  A mask has two
values, 0 and one other; one with greys in between does not say what its targets are and is
refused, unless the caller says from which grey on a pixel is a target.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from profiler.errors import DataInvalid

_BROKEN = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)
"""What Pillow raises at a file it cannot or will not open."""


def read_image(path: Path) -> NDArray[np.uint8]:
    """
    Return the image at *path* as RGB, H,W,3; transparency is left out.

    Raises:
        DataInvalid: no readable image, or values that no depth of pixels has.
    """
    with _opened(path) as image:
        if _is_deep(image):
            values = np.asarray(image)
            grey = np.rint(values * (255 / _full_scale(path, values))).astype(np.uint8)
            return np.repeat(grey[:, :, None], 3, axis=2)
        return _colours(image)


def read_mask(path: Path, *, threshold: int | None = None) -> NDArray[np.bool_]:
    """
    Return the mask at *path*, H,W, true where a target is.

    Args:
        path: the file.
        threshold: in a mask of more than two values, the grey on the scale 0..255 above which
            a pixel is a target; the reference counts 255 alone, which is 254 here.

    Raises:
        DataInvalid: no readable image, or more than two values and no threshold.
    """
    with _opened(path) as image:
        values = np.asarray(image) if _is_deep(image) else _greys(image)
        scale = _full_scale(path, values)
    targets: NDArray[np.bool_] = values > 0
    between = targets & (values != values.max())
    if not between.any():
        return targets
    if threshold is None:
        raise DataInvalid(
            f"{path}: a mask has two values, 0 and one other; this one also has "
            f"{np.unique(values[between])[:3].tolist()} in {int(between.sum())} pixel(s); correct "
            "it, or say above which grey (0 to 254) a pixel is a target: the mask threshold"
        )
    binary: NDArray[np.bool_] = values * (255 / scale) > threshold
    return binary


def image_size(path: Path) -> tuple[int, int]:
    """
    Return H and W of the image at *path* without decoding it.

    Raises:
        DataInvalid: no readable image.
    """
    try:
        with Image.open(path) as image:
            return image.height, image.width
    except _BROKEN as error:
        raise _unreadable(path, error) from error


def resized_image(image: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """Return an H,W,3 image resampled bilinearly, smoothed first where it shrinks."""
    size = (width, height)
    return np.array(Image.fromarray(image).resize(size, Image.Resampling.BILINEAR))


def resized_mask(mask: NDArray[np.bool_], height: int, width: int) -> NDArray[np.bool_]:
    """Return an H,W mask resampled to the nearest pixel."""
    grey = Image.fromarray(mask.astype(np.uint8))
    return np.array(grey.resize((width, height), Image.Resampling.NEAREST)) > 0


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    try:
        with Image.open(path) as image:
            image.load()
            yield image
    except _BROKEN as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> DataInvalid:
    if isinstance(error, FileNotFoundError):
        return DataInvalid(f"{path} is absent")
    return DataInvalid(f"{path} is no readable image ({error}); replace the file")


def _is_deep(image: Image.Image) -> bool:
    """Whether the pixels have more than 8 bits; Pillow would clip them in a conversion."""
    return image.mode in ("I", "F") or image.mode.startswith("I;16")


def _full_scale(path: Path, values: NDArray[np.generic]) -> float:
    """Return the value that means white: 255, 65535, or 1 in a file of fractions."""
    if values.dtype == np.uint8:
        return 255
    low, high = float(values.min()), float(values.max())
    if not 0 <= low <= high <= 65535:  # also not when one is no number
        raise DataInvalid(
            f"{path}: values from {low:g} to {high:g}; an image has 0 to 65535 (16 bits), 0 to "
            "255, or, in floating point, 0 to 1"
        )
    if values.dtype.kind != "f":
        return 65535
    return next(scale for scale in (1, 255, 65535) if high <= scale)


def _greys(image: Image.Image) -> NDArray[np.uint8]:
    """Return the brightest channel, so that a coloured mask keeps its targets; alpha is left."""
    greys: NDArray[np.uint8] = _colours(image).max(axis=2)
    return greys


def _colours(image: Image.Image) -> NDArray[np.uint8]:
    image.info.pop("transparency", None)  # left out anyway, and Pillow warns of some kinds
    return np.array(image.convert("RGB"))
