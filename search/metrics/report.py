"""
Figures as files.

``metrics.json`` for the whole list, ``metrics_per_image.csv`` with a line an image, and over
thresholds ``roc.csv`` (pixels, at every threshold that tells some apart) and ``pd_fa.csv`` (all
figures at a few probabilities).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from scipy.special import expit

from profiler.atomic import write_atomically
from search.metrics.curves import PixelCurve
from search.metrics.metrics import Metrics, Tally

METRICS_FILE = "metrics.json"
IMAGES_FILE = "metrics_per_image.csv"
ROC_FILE = "roc.csv"
TARGETS_FILE = "pd_fa.csv"


def write_metrics(folder: Path, document: Mapping[str, object]) -> Path:
    """
    Write ``metrics.json`` into *folder* and return its path.

    Raises:
        RunInvalid: it could not be written.
    """
    path = folder / METRICS_FILE
    write_atomically(path, (json.dumps(document, indent=2) + "\n").encode())
    return path


def metrics_document(
    metrics: Metrics, *, data: str, size: int | None, **about: object
) -> dict[str, object]:
    """
    Return *metrics* as JSON values, with what they are for.

    Args:
        metrics: of a list of images.
        data: name of the data set.
        size: H and W the images were resized to, in pixels; None where each kept its own.
        about: what else belongs to them.
    """
    return {**asdict(metrics), "data": data, "size": size or "native", **about}


def write_images(folder: Path, ids: Sequence[str], tally: Tally) -> Path:
    """
    Write the scores of the single images into *folder* and return the path.

    Raises:
        RunInvalid: it could not be written.
    """
    rows = (
        {"id": each, "iou": score.iou, **asdict(score)}
        for each, score in zip(ids, tally.scores, strict=True)
    )
    return _write_rows(folder / IMAGES_FILE, rows)


def write_curves(
    folder: Path, curve: PixelCurve | None, points: Mapping[float, Metrics]
) -> list[Path]:
    """
    Write what there is over thresholds into *folder* and return the paths.

    Args:
        folder: where.
        curve: of pixels; None where there are no targets to find.
        points: figures by probability.

    Raises:
        RunInvalid: a file could not be written.
    """
    by_probability = ({"probability": each, **asdict(m)} for each, m in points.items())
    paths = [_write_rows(folder / TARGETS_FILE, by_probability)]
    if curve is not None:
        paths.append(_write_rows(folder / ROC_FILE, _pixel_rows(curve)))
    return paths


def _pixel_rows(curve: PixelCurve) -> Iterable[dict[str, object]]:
    columns = (curve.logit, curve.recall, curve.false_positive_rate, curve.precision)
    for logit, recall, false, precision in zip(*columns, strict=True):
        yield {
            "logit": float(logit),
            "probability": float(expit(logit)),
            "recall": float(recall),
            "false_positive_rate": float(false),
            "precision": float(precision),
        }


def _write_rows(path: Path, rows: Iterable[Mapping[str, object]]) -> Path:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for number, row in enumerate(rows):
        if number == 0:
            writer.writerow(row)
        writer.writerow(row.values())
    write_atomically(path, text.getvalue().encode())
    return path
