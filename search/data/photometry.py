"""Another sensor's view of the same scene: blur, brightness and contrast, noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageFilter

from search.data.dataset import Image


def blurred(image: Image, *, radius_pixels: float) -> Image:
    """Return *image* under a Gaussian of this standard deviation, as Pillow approximates it."""
    smooth = Pillow.fromarray(np.ascontiguousarray(image)).filter(
        ImageFilter.GaussianBlur(radius_pixels)
    )
    return np.array(smooth)


def lit(image: Image, *, added: float, factor: float) -> Image:
    """Return *image* with contrast about its mean times *factor*, brighter by *added* greys."""
    mean = image.mean()
    return _to_greys((image - mean) * factor + mean + added)


def noisy(image: Image, spread: float, generator: np.random.Generator) -> Image:
    """Return *image* with Gaussian noise of *spread* greys, the same in all three channels."""
    noise = generator.standard_normal(image.shape[:2], dtype=np.float32)[..., None]
    return _to_greys(image + np.float32(spread) * noise)


def _to_greys(values: NDArray[np.floating]) -> Image:
    greys: Image = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return greys
