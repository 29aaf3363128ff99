"""
One prediction as a picture: input, prediction, ground truth, and what is right and wrong.

The last panel colours pixels (in both, only in the truth, only predicted) and marks targets as
they are counted, by shape as well as by colour; a legend says which is which.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from profiler.atomic import write_atomically
from search.assessment import Judged
from search.report.detections import (
    BACKGROUND,
    FALSE_ALARM,
    GAP,
    HIT,
    MISS,
    SIDE,
    Marks,
    draw_marks,
    marks_of,
    panel,
)

LARGEST = 1024
"""Width of a panel, in pixels, above which images are made smaller."""

_INK, _PAPER = (27, 36, 48), (255, 255, 255)
_LINE = 30
_FONT = 15
_TINT = 0.55
_TITLES = ("input", "prediction (probability)", "ground truth", "right and wrong")


def write_pictures(folder: Path, judged: Sequence[Judged]) -> list[Path]:
    """
    Write a PNG for each of *judged* into *folder*, numbered in their order; return the paths.

    Pictures an earlier call left there are removed.

    Raises:
        RunInvalid: a file could not be written.
        DataInvalid: an image can no longer be read.
    """
    for path in folder.glob("[0-9][0-9][0-9][0-9]_*.png"):
        path.unlink()
    paths = []
    for number, each in enumerate(judged, start=1):
        name = re.sub(r"[^\w.-]", "_", each.prediction.sample.id)
        paths.append(folder / f"{number:04d}_{name}.png")
        write_atomically(paths[-1], picture_png(each))
    return paths


def picture_png(judged: Judged) -> bytes:
    """Return the picture of one prediction, as a PNG."""
    prediction = judged.prediction
    marks = marks_of(prediction.mask, prediction.predicted)
    grey = np.clip(prediction.probability * 255, 0, 255).astype(np.uint8)
    truth = prediction.mask.astype(np.uint8) * 255
    side = min(max(SIDE, prediction.mask.shape[1]), LARGEST)
    pixels = (prediction.image, grey, truth, _tinted(judged))
    panels = [panel(each, side) for each in pixels]
    scale = side / prediction.mask.shape[1]
    draw_marks(panels[2], replace(marks, false_alarms=()), scale)
    draw_marks(panels[3], marks, scale)
    buffer = io.BytesIO()
    _sheet(panels, _caption(judged, marks)).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _tinted(judged: Judged) -> NDArray[np.uint8]:
    """Return the image with the pixels of targets and of predictions coloured."""
    prediction = judged.prediction
    mask, predicted = prediction.mask, prediction.predicted
    pixels = prediction.image.astype(np.float32)
    colours = ((mask & predicted, HIT), (mask & ~predicted, MISS), (predicted & ~mask, FALSE_ALARM))
    for where, colour in colours:
        pixels[where] = (1 - _TINT) * pixels[where] + _TINT * np.array(colour, dtype=np.float32)
    return pixels.astype(np.uint8)


def _caption(judged: Judged, marks: Marks) -> str:
    score = judged.score
    height, width = judged.prediction.mask.shape
    return (
        f"{judged.prediction.sample.id}   {width}x{height}   IoU {score.iou:.3f}   "
        f"{len(marks.hits)} of {score.targets} target(s) found, "
        f"{len(marks.false_alarms)} false alarm(s) of {score.false_pixels} pixel(s)"
    )


def _sheet(panels: Sequence[Image.Image], caption: str) -> Image.Image:
    """Return the panels beside each other, under a caption and titles, above the legend."""
    width = sum(each.width + GAP for each in panels) - GAP
    sheet = Image.new("RGB", (width, panels[0].height + 3 * _LINE), _PAPER)
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(_FONT)
    pen.text((4, 6), caption, _INK, font)
    sheet.paste(BACKGROUND, (0, 2 * _LINE, width, 2 * _LINE + panels[0].height))
    for column, (each, title) in enumerate(zip(panels, _TITLES, strict=True)):
        left = column * (each.width + GAP)
        pen.text((left + 4, _LINE + 6), title, _INK, font)
        sheet.paste(each, (left, 2 * _LINE))
    sheet.paste(_legend(width), (0, sheet.height - _LINE))
    return sheet


def _legend(width: int) -> Image.Image:
    strip = Image.new("RGB", (width, _LINE), _PAPER)
    pen = ImageDraw.Draw(strip)
    font = ImageFont.load_default(_FONT)
    left, middle = 4.0, _LINE / 2
    for shape, colour, words in (
        ("circle", HIT, "hit: target found; pixels in both"),
        ("square", MISS, "miss: target not found; pixels only in the truth"),
        ("diamond", FALSE_ALARM, "false alarm: nothing there; pixels only predicted"),
    ):
        _key(pen, shape, colour, left + 9, middle)
        pen.text((left + 24, 6), words, _INK, font)
        left += 24 + font.getlength(words) + 28
    return strip


def _key(
    pen: ImageDraw.ImageDraw, shape: str, colour: tuple[int, int, int], x: float, y: float
) -> None:
    box = (x - 8, y - 8, x + 8, y + 8)
    if shape == "circle":
        pen.ellipse(box, fill=colour, outline=_INK)
    elif shape == "square":
        pen.rectangle(box, fill=colour, outline=_INK)
    else:
        pen.polygon([(x, y - 9), (x + 9, y), (x, y + 9), (x - 9, y)], fill=colour, outline=_INK)
