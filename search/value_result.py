"""
The files DNANet's and HNA-NAS's ``test.py`` leave in ``<root>/<dataset>/value_result`` (spec 7.2).

Two logs that grow by a few lines a call, a MATLAB file, and this project's own
``<name>_metrics.json`` beside them.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from scipy.io import savemat

from profiler.atomic import write_atomically
from profiler.errors import RunInvalid
from search.metrics.reference import Rates, ReferenceFigures

FOLDER = "value_result"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    What a call is logged as.

    Args:
        name: the ``st_model``, before the ending of every file.
        epochs: printed into the log lines, nothing else.
        time: of the call.
    """

    name: str
    epochs: int
    time: datetime


def write_value_result(
    folder: Path, entry: Entry, figures: ReferenceFigures, document: dict[str, object]
) -> list[Path]:
    """
    Write *figures* as the reference does, and *document* as JSON; return the paths.

    Args:
        folder: ``value_result`` of the data set; made if need be.
        entry: of this call.
        figures: in the reference's definitions.
        document: this project's figures.

    Raises:
        RunInvalid: a file could not be written.
    """
    stamp = entry.time.strftime("%d/%m/%Y %H:%M:%S")
    iou = folder / f"{entry.name}_best_IoU.log"
    other = folder / f"{entry.name}_best_other_metric.log"
    matlab = folder / f"{entry.name}_PD_FA_255"
    ours = folder / f"{entry.name}_metrics.json"
    _append(iou, [f"{stamp} - {entry.epochs:04d}:\t{figures.metrics.miou:.4f}"])
    recall, precision = map(_spaced, (figures.true_positive_rate, figures.precision))
    _append(other, [f"{stamp}-{entry.epochs}", f"Recall-----:{recall}", f"Precision--:{precision}"])
    write_atomically(matlab, _matlab(figures))
    write_atomically(ours, (json.dumps(document, indent=2) + "\n").encode())
    return [iou, other, matlab, ours]


def reference_document(figures: ReferenceFigures) -> dict[str, object]:
    """Return *figures* as JSON values; a rate that is no number becomes null."""
    return {
        "iou": figures.metrics.miou,
        "pixel_accuracy": figures.metrics.pixel_recall,
        "pd": _plain(figures.pd),
        "fa": _plain(figures.fa),
        "true_positive_rate": _plain(figures.true_positive_rate),
        "false_positive_rate": _plain(figures.false_positive_rate),
        "recall": _plain(figures.true_positive_rate),
        "precision": _plain(figures.precision),
    }


def _matlab(figures: ReferenceFigures) -> bytes:
    buffer = io.BytesIO()
    savemat(buffer, {"number_record1": figures.fa, "number_record2": figures.pd})
    return buffer.getvalue()


def _spaced(rates: Rates) -> str:
    return "".join(f"   {round(float(rate), 8)}   " for rate in rates)


def _plain(rates: Rates) -> Sequence[float | None]:
    return [None if np.isnan(rate) else float(rate) for rate in rates]


def _append(path: Path, lines: Iterable[str]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
    except OSError as error:
        raise RunInvalid(f"{path} could not be written ({error.strerror})") from error
