"""
A few detections beside ground truth, as one PNG.

Each row is one image: input, ground truth, prediction.  Targets are marked as they are counted:
a target is a hit if a predicted component's centroid lies less than 3 pixels from its own
(spec/hna_nas.md section 5.5), else a miss; a predicted component no target claims is a false alarm.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from profiler.errors import DataInvalid
from search.metrics.components import Component, paired

Detection = tuple[NDArray[np.uint8], NDArray[np.bool_], NDArray[np.float32]]
"""Image (H, W, 3), mask (H, W), probability (H, W)."""

Centroid = tuple[float, float]
"""Row and column, in pixels."""

SIDE, GAP = 320, 8
THRESHOLD = 0.5
HIT, MISS, FALSE_ALARM = (70, 210, 110), (255, 80, 80), (255, 190, 40)
BACKGROUND = (128, 136, 146)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Centroids of what was found, what was missed and what was not there."""

    hits: tuple[Centroid, ...]
    misses: tuple[Centroid, ...]
    false_alarms: tuple[Centroid, ...]


def detections_png(rows: Sequence[Detection]) -> bytes:
    """
    Return one picture: a row for each image; input, ground truth, prediction beside each other.

    Circles are hits, squares misses, diamonds false alarms.

    Raises:
        DataInvalid: there is no row, or image, mask and probability differ in size.
    """
    if not rows:
        raise DataInvalid("no detections to draw; hand over at least one image")
    strips = [_strip(index, row) for index, row in enumerate(rows)]
    sheet = Image.new(
        "RGB", (strips[0].width, sum(s.height + GAP for s in strips) - GAP), BACKGROUND
    )
    top = 0
    for strip in strips:
        sheet.paste(strip, (0, top))
        top += strip.height + GAP
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def marks_of(mask: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> Marks:
    """Return hits, misses and false alarms, matched greedily in the order of labels."""
    pairing = paired(predicted, mask)
    return Marks(
        hits=tuple(_centroid(target) for target, _ in pairing.hits),
        misses=tuple(map(_centroid, pairing.misses)),
        false_alarms=tuple(map(_centroid, pairing.false)),
    )


def panel(pixels: NDArray[np.uint8], side: int = SIDE) -> Image.Image:
    """Bring *pixels*, H,W or H,W,3, to the width *side*; every pixel stays visible as a square."""
    height, width = pixels.shape[:2]
    size = (side, round(side * height / width))
    return Image.fromarray(pixels).convert("RGB").resize(size, Image.Resampling.NEAREST)


def draw_marks(picture: Image.Image, marks: Marks, scale: float) -> None:
    """Draw circles for hits, squares for misses and diamonds for false alarms."""
    pen = ImageDraw.Draw(picture)
    for centre in marks.hits:
        pen.ellipse(_box(centre, scale), outline=HIT, width=2)
    for centre in marks.misses:
        pen.rectangle(_box(centre, scale), outline=MISS, width=2)
    for centre in marks.false_alarms:
        _diamond(pen, centre, scale)


def _centroid(component: Component) -> Centroid:
    return (component.row, component.column)


def _strip(index: int, row: Detection) -> Image.Image:
    image, mask, probability = row
    if not image.shape[:2] == mask.shape == probability.shape:
        raise DataInvalid(
            f"detection {index}: image {image.shape[:2]}, mask {mask.shape} and probability "
            f"{probability.shape} differ in size; hand over all three at one size"
        )
    marks = marks_of(mask, probability > THRESHOLD)
    grey = np.clip(probability * 255, 0, 255).astype(np.uint8)
    panels = [panel(image), panel(mask.astype(np.uint8) * 255), panel(grey)]
    scale = panels[0].width / image.shape[1]
    draw_marks(panels[1], replace(marks, false_alarms=()), scale)
    draw_marks(panels[2], marks, scale)
    width = sum(each.width + GAP for each in panels) - GAP
    strip = Image.new("RGB", (width, panels[0].height), BACKGROUND)
    for column, each in enumerate(panels):
        strip.paste(each, (column * (each.width + GAP), 0))
    return strip


def _box(centre: Centroid, scale: float, reach: float = 13.0) -> tuple[float, ...]:
    y, x = ((value + 0.5) * scale for value in centre)
    return (x - reach, y - reach, x + reach, y + reach)


def _diamond(pen: Any, centre: Centroid, scale: float) -> None:
    left, top, right, bottom = _box(centre, scale, reach=15.0)
    x, y = (left + right) / 2, (top + bottom) / 2
    pen.polygon([(x, top), (right, y), (x, bottom), (left, y)], outline=FALSE_ALARM, width=2)
