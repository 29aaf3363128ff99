"""Figures as files: ``metrics.json`` for the whole list, a CSV with a line per image."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from profiler.atomic import write_atomically
from search.data.dataset import Dataset, Sample
from search.metrics.metrics import Metrics, Tally

METRICS_FILE = "metrics.json"
IMAGES_FILE = "metrics_per_image.csv"


def write_metrics(folder: Path, dataset: Dataset, size: int, tally: Tally) -> tuple[Path, Path]:
    """
    Write the figures of the test list of *dataset* into *folder*; return both paths.

    Args:
        folder: of the run.
        dataset: the list is its ``test``.
        size: H and W the images were resized to, in pixels.
        tally: the scores of the list, in its order.

    Raises:
        RunInvalid: a file could not be written.
    """
    document = metrics_document(tally.metrics(), data=dataset.name, size=size)
    json_path, csv_path = folder / METRICS_FILE, folder / IMAGES_FILE
    write_atomically(json_path, (json.dumps(document, indent=2) + "\n").encode())
    write_atomically(csv_path, _lines(dataset.test, tally).encode())
    return json_path, csv_path


def metrics_document(metrics: Metrics, *, data: str, size: int) -> dict[str, object]:
    """Return *metrics* as JSON values, with the data set and the image side they are for."""
    return {**asdict(metrics), "data": data, "size": size}


def _lines(samples: Sequence[Sample], tally: Tally) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for number, (sample, score) in enumerate(zip(samples, tally.scores, strict=True)):
        row = {"id": sample.id, "iou": score.iou, **asdict(score)}
        if number == 0:
            writer.writerow(row)
        writer.writerow(row.values())
    return text.getvalue()
