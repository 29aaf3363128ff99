"""
Synthetic infrared scenes, so that everything runs with no data at hand.

A scene is a radiance field in the units of an 8-bit image: sky with clouds above a horizon, or
clouds alone, or sea or ground alone (noise of power spectrum 1/f^beta), plus one to three
targets spread by the optics (Gaussian of 0.6 to 2 pixels), plus the sensor's read noise and
fixed pattern.  The mask is where a target's own radiance is above a share of its peak.  Figures
on these scenes say that the machinery works; they say nothing about real targets.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from profiler.errors import DataInvalid
from search.data.dataset import Dataset, Image, Mask, Sample, split_off_validation
from search.data.normalisation import IMAGENET

_SMALLEST = 16
_VALIDATION_SHARE = 0.2
_BRIGHTEST = 215.0
"""Of a background: a target before it must not drown in saturation."""
_MASK_SHARE = 0.25
"""A pixel belongs to a target above this share of the target's peak."""

Field = NDArray[np.float64]
"""Radiance, H,W, on the scale of an 8-bit image."""


def synthetic_dataset(*, train: int, test: int, size: int, seed: int) -> Dataset:
    """
    Return scenes made from *seed*: equal arguments, equal pixels.

    Args:
        train: how many training scenes; a fifth of them becomes the validation list.
        test: how many test scenes.
        size: H and W of a scene, in pixels.
        seed: of everything random.

    Raises:
        DataInvalid: fewer than two training scenes or one test scene, or scenes too small.
    """
    if train < 2 or test < 1 or size < _SMALLEST:
        raise DataInvalid(
            f"train={train}, test={test}, size={size}: at least 2 training scenes, 1 test scene "
            f"and {_SMALLEST} pixels"
        )
    scenes = tuple(_sample(index, size, seed) for index in range(train + test))
    kept, validation = split_off_validation(scenes[:train], share=_VALIDATION_SHARE, seed=seed)
    return Dataset(
        name="synthetic",
        train=kept,
        validation=validation,
        test=scenes[train:],
        normalisation=IMAGENET,
        source="synthetic",
    )


def synthetic_scene(size: int, generator: np.random.Generator) -> tuple[Image, Mask]:
    """Return one scene, uint8 H,W,3, and its mask, bool H,W."""
    radiance = _background(size, generator)
    radiance = radiance - max(0.0, radiance.max() - _BRIGHTEST)
    clutter = float(radiance.std())
    mask = np.zeros((size, size), dtype=np.bool_)
    for _ in range(int(generator.choice([1, 2, 3], p=[0.7, 0.2, 0.1]))):
        spread = _point_spread(size, generator)
        contrast = generator.uniform(1.5, 4.0) * (clutter + 8.0)
        radiance = radiance + contrast * spread
        mask |= spread > _MASK_SHARE
    grey = np.clip(np.rint(radiance + _sensor_noise(size, generator)), 0, 255).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2), mask


def _sample(index: int, size: int, seed: int) -> Sample:
    image, mask = synthetic_scene(size, np.random.default_rng((seed, index)))
    return Sample(id=f"scene_{index:05d}", image=image, mask=mask)


def _background(size: int, generator: np.random.Generator) -> Field:
    level = generator.uniform(40, 150)
    clouds = _clouds(size, generator, level)
    kind = generator.choice(["clouds", "horizon", "surface"], p=[0.5, 0.3, 0.2])
    if kind == "clouds":
        return clouds
    surface = _surface(size, generator, level + generator.uniform(-30, 30))
    if kind == "surface":
        return surface
    below = _below_horizon(size, generator)
    return clouds * (1 - below) + surface * below


def _clouds(size: int, generator: np.random.Generator, level: float) -> Field:
    """Return smooth sky, brighter towards the ground, with clouds of soft edges."""
    shape = _clutter(size, generator, beta=generator.uniform(3.0, 4.0))
    cover = 1 / (1 + np.exp(-3 * (shape - generator.uniform(-0.5, 1.0))))
    depth = generator.uniform(5, 90)
    gradient = np.linspace(-1, 1, size)[:, None] * generator.uniform(0, 15)
    clouds: Field = level + gradient + depth * cover * (1 + 0.25 * shape)
    return clouds


def _surface(size: int, generator: np.random.Generator, level: float) -> Field:
    """Return sea or ground: rough, and for sea drawn out along the waves."""
    stretch = generator.choice([1.0, 4.0])
    rough = _clutter(size, generator, beta=generator.uniform(1.8, 2.8), stretch=stretch)
    surface: Field = level + generator.uniform(5, 20) * rough
    return surface


def _below_horizon(size: int, generator: np.random.Generator) -> Field:
    """Return 0 above a tilted, slightly blurred horizon, 1 below it."""
    rows, columns = np.mgrid[:size, :size]
    height = size * generator.uniform(0.4, 0.85)
    slope = generator.uniform(-0.08, 0.08)
    below: Field = 1 / (1 + np.exp(-(rows - height - slope * (columns - size / 2)) / 0.8))
    return below


def _clutter(
    size: int, generator: np.random.Generator, *, beta: float, stretch: float = 1.0
) -> Field:
    """Return noise of power spectrum 1/f^beta, zero mean, unit spread."""
    across = np.fft.fftfreq(size)[:, None]
    along = np.fft.rfftfreq(size)[None, :] * stretch
    frequency = np.hypot(across, along)
    frequency[0, 0] = np.inf  # the mean is the scene's level, not clutter
    white = np.fft.rfft2(generator.standard_normal((size, size)))
    noise = np.fft.irfft2(white * frequency ** (-beta / 2), s=(size, size))
    field: Field = noise / noise.std()
    return field


def _point_spread(size: int, generator: np.random.Generator) -> Field:
    """Return one target of peak about 1 anywhere in the scene, elongated at most by half."""
    rows, columns = np.mgrid[:size, :size]
    y, x = generator.uniform(2, size - 3, 2)
    sigma = generator.uniform(0.6, 2.0)
    other = min(2.0, sigma * generator.uniform(1.0, 1.5))
    spread = np.exp(-(((rows - y) / sigma) ** 2 + ((columns - x) / other) ** 2) / 2)
    on_grid: Field = spread / spread.max()  # wherever it falls between pixels, one has the peak
    return on_grid


def _sensor_noise(size: int, generator: np.random.Generator) -> Field:
    """Return read noise, new at every pixel, and the fixed pattern of columns."""
    read = generator.normal(0, generator.uniform(0.5, 3.0), (size, size))
    columns = generator.normal(0, generator.uniform(0, 1.2), (1, size))
    return read + columns
