"""What was left by a triage, as rows of the new table: transferred, with the doubt of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from math import hypot, log

import numpy as np

from profiler.table import Entry, Origin, Table
from profiler.triage.found import Prediction

FORMAT = "hna-triage"


def transferred(before: Table, left: Iterable[Prediction]) -> tuple[Entry, ...]:
    """Return the rows of *before* as *left* predicts them to be now."""
    return tuple(_row(before, each) for each in left)


def _row(before: Table, prediction: Prediction) -> Entry:
    old = before.by_key[prediction.key]
    latency_us = old.latency_us * prediction.ratio
    spread = _log_half(prediction.low, prediction.high)
    if old.interval_us is not None and old.interval_us[0] > 0:
        spread = hypot(spread, _log_half(*old.interval_us))
    said = {"table": before.name, "version": before.version, "ratio": prediction.ratio}
    return Entry(
        operation=old.operation,
        latency_us=latency_us,
        low_us=float(latency_us * np.exp(-spread)),
        high_us=float(latency_us * np.exp(spread)),
        border_us=old.border_us,
        value_kind="transferred",
        origin=Origin(
            format=FORMAT,
            source=f"{before.name}@{before.version}",
            sha256="",
            row=json.dumps(said | {"measurement_ids": list(old.measurement_ids)}),
        ),
    )


def _log_half(low: float, high: float) -> float:
    """Return half the width of an interval, as a logarithm."""
    return log(high / low) / 2
