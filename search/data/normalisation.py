"""How pixel values become network inputs (spec 5.2), per data set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profiler.errors import DataInvalid

Rgb = tuple[float, float, float]
"""One number for red, green and blue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalisation:
    """
    ``(pixel / 255 - mean) / std``, by channel.

    Args:
        mean: of red, green and blue, on the scale 0..1.
        std: of red, green and blue, on the scale 0..1; positive.

    Raises:
        DataInvalid: not three numbers, or a spread that is not positive.
    """

    mean: Rgb
    std: Rgb

    def __post_init__(self) -> None:
        if len(self.mean) != 3 or len(self.std) != 3 or not min(self.std) > 0:
            raise DataInvalid(
                f"normalisation: three means and three positive spreads, "
                f"not {self.mean} and {self.std}"
            )

    def apply(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return an H,W,3 image as the 3,H,W input of a network."""
        mean = np.asarray(self.mean, dtype=np.float32)
        std = np.asarray(self.std, dtype=np.float32)
        scaled = (image.astype(np.float32) / np.float32(255) - mean) / std
        return np.ascontiguousarray(scaled.transpose(2, 0, 1))


def _grey(mean: float, std: float) -> Normalisation:
    return Normalisation(mean=(mean, mean, mean), std=(std, std, std))


IMAGENET = Normalisation(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))

_BY_NAME = {
    "NUAA-SIRST": _grey(0.439, 0.217),
    "NUDT-SIRST": _grey(0.423, 0.217),
    "IRSTD-SIRST": _grey(0.343, 0.231),
    "IRSTD-1K": _grey(0.343, 0.231),
}
"""HNA-NAS has none for NUST-SIRST, and trained ``NUAA-SIRST-Old`` with ImageNet's."""


def normalisation_of(name: str) -> Normalisation:
    """Return the constants published for the data set *name*, ImageNet's for any other."""
    by_name = {key.lower(): value for key, value in _BY_NAME.items()}
    return by_name.get(name.lower(), IMAGENET)
