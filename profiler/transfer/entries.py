"""What other devices' tables say of a new device, as rows of its table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import exp, log

import numpy as np

from profiler.errors import TransferImpossible
from profiler.operations import Operation, operation_key
from profiler.table import Entry, Origin, Table
from profiler.transfer.fitting import LEAST_MEASURED, NORMAL_90, Transferred, transfer
from profiler.transfer.sources import KnownRows, known_rows

FORMAT = "hna-transfer"

UNKNOWN_SD = 0.05
"""Relative standard deviation of a row whose interval is unknown."""

OWN = ("measured", "suspect")
"""Value kinds of rows that were measured on the device itself."""


def transferred_entries(
    measured: Table, sources: Sequence[Table], wanted: Sequence[Operation]
) -> tuple[Entry, ...]:
    """
    Return a row for all that is wanted and was not measured, as far as a source knows it.

    Args:
        measured: the new device's table with what was measured so far, wanted or not; its other
            rows are not looked at.
        sources: usable ones, see ``usable_sources``.
        wanted: operations and networks to know.

    Returns:
        Entries marked ``transferred`` with a 90 % interval, in the order of *wanted*.  What no
        source has a row of is left out: it stays missing.

    Raises:
        TransferImpossible: no source, or fewer than 2 measured rows that a source knows too.
    """
    own = {e.key: e for e in measured.entries if e.value_kind in OWN}
    rows = known_rows(sources, [*wanted, *(entry.operation for entry in own.values())])
    keys = [operation_key(operation) for operation in rows.operations]
    found = _transfer(measured, own, rows, keys)
    asked = {operation_key(operation) for operation in wanted} - own.keys()
    origin = _origin(measured, sources, len(own.keys() & set(keys)))
    return tuple(
        _entry(operation, float(found.mean[i]), float(found.sd[i]), origin)
        for i, operation in enumerate(rows.operations)
        if keys[i] in asked
    )


def _transfer(
    measured: Table, own: dict[str, Entry], rows: KnownRows, keys: Sequence[str]
) -> Transferred:
    shared = [i for i, key in enumerate(keys) if key in own and own[key].latency_us > 0]
    if not rows.operations or len(shared) < LEAST_MEASURED:
        raise TransferImpossible(
            f"table {measured.name} has {len(shared)} measured row(s) that one of "
            f"{rows.view.log_latencies.shape[1]} source table(s) has too; a transfer needs "
            f"{LEAST_MEASURED}: measure more of what other devices measured"
        )
    entries = [own[keys[i]] for i in shared]
    values = np.array([log(entry.latency_us) for entry in entries])
    noise_sd = np.array([_relative_sd(entry) for entry in entries])
    return transfer([rows.view], np.array(shared), values, noise_sd)


def _relative_sd(entry: Entry) -> float:
    if entry.interval_us is None or entry.interval_us[0] <= 0:
        return UNKNOWN_SD
    low_us, high_us = entry.interval_us
    return log(high_us / low_us) / 2 / NORMAL_90


def _origin(measured: Table, sources: Sequence[Table], count: int) -> Origin:
    names = [f"{source.name}@{source.version}" for source in sources]
    return Origin(
        format=FORMAT,
        source=f"{measured.name}@{measured.version}",
        sha256="",
        row=json.dumps({"sources": names, "measured": count}),
    )


def _entry(operation: Operation, mean: float, sd: float, origin: Origin) -> Entry:
    return Entry(
        operation=operation,
        latency_us=exp(mean),
        low_us=exp(mean - NORMAL_90 * sd),
        high_us=exp(mean + NORMAL_90 * sd),
        value_kind="transferred",
        origin=origin,
    )
