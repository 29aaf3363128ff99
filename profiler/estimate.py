"""
The latency of a network from a table, with its doubt and what is missing.  Pure.

The interval of a sum grows with each row's own, as of independent errors; a row that is read
several times errs the same way each time.  Where a certificate judged whole networks, its
calibration predicts and its errors say how far off that may be; what is uncertain of rows that were
never measured comes on top, since no network of a certificate rests on such.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import hypot
from typing import ClassVar

import numpy as np

from profiler.certificates import Certificate, sums_of
from profiler.operations import Network, Operation, operation_key
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS
from profiler.table import INFERRED, Entry, Table, ValueKind

TAILS = (0.05, 0.95)
"""Of a 90 % interval."""

ENOUGH_POINTS = 20
"""Networks of a certificate whose errors make a 90 % interval."""


_FEW_NETWORKS = ("too few networks in the certificate for an interval",)
_OF_A_SUM = ("no certificate says how far this sum of rows can be trusted",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """
    What a network is estimated to take.

    Args:
        table: name of the table.
        table_version: version of its rows.
        latency_us: microseconds; None where rows are missing.
        low_us: lower end of the 90 % interval; None where nothing is known of it.
        high_us: upper end.
        sum_us: the sum of the rows there are.
        rows: how many rows that is, those read several times counted as often.
        value_kinds: how many of these rows are of each value kind.
        missing: keys of operations without a row, each once; never priced at zero.
        calibrated: whether a certificate's calibration made the latency of the sum.
        doubts: why it should not be trusted as it stands.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    table: str
    table_version: str
    latency_us: float | None
    low_us: float | None
    high_us: float | None
    sum_us: float
    rows: int
    value_kinds: dict[ValueKind, int]
    missing: tuple[str, ...]
    calibrated: bool
    doubts: tuple[str, ...]


def estimate_network(
    table: Table, network: Network, certificate: Certificate | None, doubts: Collection[str]
) -> Estimate:
    """
    Return what *network* is estimated to take.

    Args:
        table: the rows.
        network: a network of the nested space; any other is estimated from its operations.
        certificate: of the table; None where there is none.
        doubts: what the certificate says against the table.
    """
    parts = [operation_key(operation) for operation in network.parts()]
    found = estimate_operations(table, network.parts())
    if certificate is None:
        return found
    if found.missing:
        return replace(found, doubts=(*doubts, *_guesses(found.value_kinds)))
    calibration = certificate.calibration_for(table)
    latency_us = calibration.predict(sums_of(table, network))
    guessed = [e for e in map(table.by_key.get, parts) if e and e.value_kind in INFERRED]
    low_us, high_us = _ends(certificate, latency_us, guessed, calibration.scale)
    few = () if low_us is not None else _FEW_NETWORKS
    return replace(
        found,
        latency_us=latency_us,
        low_us=low_us,
        high_us=high_us,
        calibrated=True,
        doubts=(*doubts, *few, *_guesses(found.value_kinds)),
    )


def estimate_operations(
    table: Table, operations: Iterable[Operation], doubts: Collection[str] = ()
) -> Estimate:
    """
    Return what *operations*, run one after the other, are estimated to take: their sum.

    Args:
        table: the rows.
        operations: repeated as often as they run.
        doubts: what is known against them.
    """
    counts = Counter(map(operation_key, operations))
    found = {key: table.by_key[key] for key in counts if key in table.by_key}
    missing = tuple(key for key in counts if key not in found)
    sum_us = sum(counts[key] * entry.latency_us for key, entry in found.items())
    kinds: Counter[ValueKind] = Counter()
    for key, entry in found.items():
        kinds[entry.value_kind] += counts[key]
    ends = None if missing else _interval(found, counts, sum_us)
    one_row = counts.total() == len(found) == 1
    return Estimate(
        table=table.name,
        table_version=table.version,
        latency_us=None if missing else sum_us,
        low_us=None if ends is None else ends[0],
        high_us=None if ends is None else ends[1],
        sum_us=sum_us,
        rows=sum(kinds.values()),
        value_kinds=dict(kinds),
        missing=missing,
        calibrated=False,
        doubts=(*doubts, *(() if one_row else _OF_A_SUM), *_guesses(kinds)),
    )


def _guesses(kinds: Mapping[ValueKind, int]) -> tuple[str, ...]:
    """Return a line for each kind of rows that nobody measured."""
    rows = sum(kinds.values())
    return tuple(f"{kinds[kind]} of {rows} rows are {kind}" for kind in INFERRED if kinds.get(kind))


def _interval(
    found: dict[str, Entry], counts: Counter[str], sum_us: float
) -> tuple[float, float] | None:
    spread = _spread((entry, counts[key]) for key, entry in found.items())
    return None if spread is None else (sum_us - spread[0], sum_us + spread[1])


def _spread(rows: Iterable[tuple[Entry, int]]) -> tuple[float, float] | None:
    """Return how far below and above a sum may be; None where a row does not say."""
    below, above = [], []
    for entry, count in rows:
        if entry.interval_us is None:
            return None
        low_us, high_us = entry.interval_us
        below.append(count * (entry.latency_us - low_us))
        above.append(count * (high_us - entry.latency_us))
    return hypot(*below), hypot(*above)


def _ends(
    certificate: Certificate, latency_us: float, guessed: Sequence[Entry], scale: float
) -> tuple[float | None, float | None]:
    """Return the interval that the errors of a certificate and of rows that were guessed leave."""
    ratios = [point.measured_us / point.predicted_us for point in certificate.points]
    counts = Counter(entry.key for entry in guessed)
    spread = _spread((e, counts[key]) for key, e in {e.key: e for e in guessed}.items())
    if len(ratios) < ENOUGH_POINTS or spread is None:
        return None, None
    low_us, high_us = (float(ratio) * latency_us for ratio in np.quantile(ratios, TAILS))
    middle_us, half_us = (low_us + high_us) / 2, (high_us - low_us) / 2
    below_us, above_us = (scale * each for each in spread)
    return middle_us - hypot(half_us, below_us), middle_us + hypot(half_us, above_us)
