"""
Image and mask files of any mode and bit depth.

A 16-bit image is scaled by the PNG rule (65535 becomes 255), not stretched to its own range:
the same radiance has the same grey in every image.  A mask has two values, 0 and one other;
one with greys in between does not say what its targets are and is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from profiler.errors import DataInvalid


def read_image(path: Path) -> NDArray[np.uint8]:
    """
    Return the image at *path* as RGB, H,W,3.

    Raises:
        DataInvalid: no readable image.
    """
    with _opened(path) as image:
        if _is_deep(image):
            grey = _eight_bits(np.asarray(image))
            return np.repeat(grey[:, :, None], 3, axis=2)
        return np.array(image.convert("RGB"))


def read_mask(path: Path) -> NDArray[np.bool_]:
    """
    Return the mask at *path*, H,W, true where a target is.

    Raises:
        DataInvalid: no readable image, or more than two values.
    """
    with _opened(path) as image:
        values = np.asarray(image) if _is_deep(image) else _greys(image)
    targets: NDArray[np.bool_] = values > 0
    between = targets & (values != values.max())
    if between.any():
        raise DataInvalid(
            f"{path}: a mask has two values, 0 and one other; this one also has "
            f"{np.unique(values[between])[:3].tolist()} in {int(between.sum())} pixel(s)"
        )
    return targets


def image_size(path: Path) -> tuple[int, int]:
    """
    Return H and W of the image at *path* without decoding it.

    Raises:
        DataInvalid: no readable image.
    """
    try:
        with Image.open(path) as image:
            return image.height, image.width
    except (OSError, ValueError, SyntaxError) as error:
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
    except (OSError, ValueError, SyntaxError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> DataInvalid:
    if isinstance(error, FileNotFoundError):
        return DataInvalid(f"{path} is absent")
    return DataInvalid(f"{path} is no readable image ({error}); replace the file")


def _is_deep(image: Image.Image) -> bool:
    """Whether the pixels have more than 8 bits; Pillow would clip them in a conversion."""
    return image.mode == "I" or image.mode.startswith("I;16")


def _eight_bits(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    return np.rint(np.clip(values.astype(np.float64), 0, 65535) / 257).astype(np.uint8)


def _greys(image: Image.Image) -> NDArray[np.uint8]:
    """Return the brightest channel, so that a coloured mask keeps its targets; alpha is left."""
    channels: NDArray[np.uint8] = np.array(image.convert("RGB"))
    greys: NDArray[np.uint8] = channels.max(axis=2)
    return greys
