"""
How far predictions of whole networks are off on a device that was just onboarded.

Each network that was measured whole is predicted by the sum of its rows, where those that nobody
measured here are made anew without it: a network never vouches for a row that it shaped.  The sums
are not calibrated; that takes the certificate of a measured table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from profiler.certificates import sum_us
from profiler.errors import EntryMissing, PredictionImpossible, TransferImpossible
from profiler.operations import Network, Operation
from profiler.prediction import fit_predictor, predicted_entries
from profiler.table import Entry, Table
from profiler.transfer import transferred_entries


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkErrors:
    """
    What sums of rows said of networks that were measured whole.

    Args:
        networks: how many networks were predicted.
        median: median of |sum - measured| / measured.
        worst: the largest.
        bias: median of (sum - measured) / measured: what a calibration would take away.
    """

    networks: int
    median: float
    worst: float
    bias: float


def network_errors(table: Table, sources: Sequence[Table]) -> NetworkErrors | None:
    """
    Return how far sums of rows were off; None where no network was measured or can be summed.

    Args:
        table: of the device; rows that nobody measured are left aside.
        sources: the tables that taught it; empty where it was taught by its own rows.
    """
    rows = tuple(entry for entry in table.entries if entry.value_kind in ("measured", "suspect"))
    own = replace(table, entries=rows)
    errors = [
        error
        for entry in rows
        if isinstance(entry.operation, Network)
        and (error := _error(own, entry, entry.operation, sources)) is not None
    ]
    if not errors:
        return None
    off = np.abs(errors)
    return NetworkErrors(
        networks=len(errors),
        median=float(np.median(off)),
        worst=float(np.max(off)),
        bias=float(np.median(errors)),
    )


def _error(own: Table, entry: Entry, network: Network, sources: Sequence[Table]) -> float | None:
    others = replace(own, entries=tuple(e for e in own.entries if e.key != entry.key))
    try:
        given = _given(others, sources, others.missing(network.parts()))
        whole = replace(others, entries=(*others.entries, *given))
        return sum_us(whole, network) / entry.latency_us - 1.0
    except (EntryMissing, PredictionImpossible, TransferImpossible):
        return None  # it cannot be predicted from what there is; the others can be


def _given(
    own: Table, sources: Sequence[Table], missing: tuple[Operation, ...]
) -> tuple[Entry, ...]:
    if not missing:
        return ()
    if sources:
        return transferred_entries(own, sources, missing)
    return predicted_entries(fit_predictor(own), missing)
