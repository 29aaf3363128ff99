"""
From a table to the latency of a whole network, and how far that can be trusted.

``latency(network) = scale * sum of rows + per_cell * number of cells + constant``, fitted for each
table on networks measured whole.  The certificate states the error on networks the fit did not
see (leave one out), so that it is a prediction and not a fit that is judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import numpy as np

from profiler.errors import EntryMissing, HnaError
from profiler.operations import Network, operation_digest, operation_key
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS
from profiler.summary import Array
from profiler.table import Entry, Table

ENOUGH_NETWORKS = 30
STALE_AFTER = timedelta(days=90)
GOOD_WITHIN_10PCT = 0.90
CONFIDENT = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """
    How a sum of rows becomes the latency of a network.

    Args:
        scale: a, dimensionless.
        per_cell_us: b, microseconds for each cell; 0 where all networks had the same number.
        constant_us: c, microseconds.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    scale: float = 1.0
    per_cell_us: float = 0.0
    constant_us: float = 0.0

    def predict_us(self, sum_us: float, cells: int) -> float:
        """Return the latency of a network of *cells* cells whose rows add up to *sum_us*."""
        return self.scale * sum_us + self.per_cell_us * cells + self.constant_us


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPoint:
    """One network of a certificate: the sum of its rows, predicted and measured latency."""

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    digest: str
    cells: int
    sum_us: float
    predicted_us: float
    measured_us: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """
    How well sums over a table predict networks measured whole on the device.

    Every error is of a network left out of the fit that predicted it.

    Args:
        table: name of the table.
        table_version: version of the rows.
        created_at: UTC, ISO 8601.
        n_networks: how many networks.
        median_abs_error: median of |predicted - measured| / measured.
        within_5pct: share of networks predicted within 5 %.
        within_10pct: share within 10 %.
        kendall_tau: rank correlation of sums and measured latencies.
        uncalibrated_error: median of (sum - measured) / measured, signed.
        calibration: fitted on all networks; what searches use.
        points: the networks.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    table: str
    table_version: str
    created_at: str
    n_networks: int
    median_abs_error: float
    within_5pct: float
    within_10pct: float
    kendall_tau: float
    uncalibrated_error: float
    calibration: Calibration
    points: tuple[NetworkPoint, ...]

    def headroom(self) -> float:
        """
        Return the factor above its prediction that 19 of 20 networks stay below, at least 1.

        A network predicted to take ``budget / headroom`` keeps the budget with that confidence.
        """
        ratios = [point.measured_us / point.predicted_us for point in self.points]
        return max(1.0, float(np.quantile(ratios, CONFIDENT)))

    def doubts(self, table: Table, now: datetime) -> tuple[str, ...]:
        """Return why *table* should not be trusted with this certificate; empty if it can be."""
        doubts = []
        if self.table != table.name:
            doubts.append(f"the certificate is of table {self.table}, not {table.name}")
        elif self.table_version != table.version:
            doubts.append(
                f"rows changed since the certificate: it is of version {self.table_version}, "
                f"the table is {table.version}"
            )
        suspect = sum(entry.value_kind == "suspect" for entry in table.entries)
        if suspect:
            doubts.append(
                f"{suspect} of {len(table.entries)} rows are suspect: others disturbed all but a "
                "few of their rounds; a campaign over them measures them again"
            )
        if now - datetime.fromisoformat(self.created_at) > STALE_AFTER:
            doubts.append(f"the certificate is of {self.created_at[:10]}, over 90 days old")
        if self.n_networks < ENOUGH_NETWORKS:
            doubts.append(f"only {self.n_networks} networks; {ENOUGH_NETWORKS} are asked for")
        if self.within_10pct < GOOD_WITHIN_10PCT:
            doubts.append(f"only {self.within_10pct:.0%} of networks are within 10 %")
        return tuple(doubts)


def sum_us(table: Table, network: Network) -> float:
    """
    Return the sum of the rows of *network*, in microseconds.

    Raises:
        EntryMissing: names every operation the table has no row for.
    """
    parts = list(network.parts())
    missing = table.missing(parts)
    if missing:
        raise EntryMissing([operation_key(operation) for operation in missing], table.name)
    return sum(table.latency_us(part) for part in parts)


def certify(table: Table, *, now: datetime | None = None) -> Certificate:
    """
    Return the certificate of *table*, from the networks it holds whole.

    Raises:
        HnaError: fewer than 5 measured networks, too few to fit and judge.
        EntryMissing: a network contains an operation without a row.
    """
    networks = [entry for entry in table.entries if isinstance(entry.operation, Network)]
    if len(networks) < 5:
        raise HnaError(
            f"table {table.name} holds {len(networks)} measured networks; a certificate needs "
            f"at least 5, and {ENOUGH_NETWORKS} to be trusted: measure random networks of the space"
        )
    sums, cells, measured = _columns(table, networks)
    predicted = np.array(
        [
            _fit(np.delete(sums, i), np.delete(cells, i), np.delete(measured, i)).predict_us(
                float(sums[i]), int(cells[i])
            )
            for i in range(len(networks))
        ]
    )
    errors = np.abs(predicted - measured) / measured
    return Certificate(
        table=table.name,
        table_version=table.version,
        created_at=(now or datetime.now(UTC)).isoformat(timespec="seconds"),
        n_networks=len(networks),
        median_abs_error=float(np.median(errors)),
        within_5pct=float(np.mean(errors <= 0.05)),
        within_10pct=float(np.mean(errors <= 0.10)),
        kendall_tau=kendall_tau(sums, measured),
        uncalibrated_error=float(np.median((sums - measured) / measured)),
        calibration=_fit(sums, cells, measured),
        points=tuple(_points(networks, sums, cells, predicted, measured)),
    )


def kendall_tau(left: Sequence[float] | Array, right: Sequence[float] | Array) -> float:
    """
    Return Kendall's tau-a of two rankings, from -1 to 1.

    >>> kendall_tau([1, 2, 3], [10, 20, 15])
    0.3333333333333333
    """
    x, y = np.asarray(left, dtype=float), np.asarray(right, dtype=float)
    first, second = np.triu_indices(len(x), k=1)
    agreement = np.sign(x[first] - x[second]) * np.sign(y[first] - y[second])
    return float(np.mean(agreement))


def _columns(table: Table, networks: Iterable[Entry]) -> tuple[Array, Array, Array]:
    rows = [
        (sum_us(table, entry.operation), len(entry.operation.cells), entry.latency_us)
        for entry in networks
        if isinstance(entry.operation, Network)
    ]
    sums, cells, measured = np.array(rows, dtype=float).T
    return sums, cells, measured


def _fit(sums: Array, cells: Array, measured: Array) -> Calibration:
    """Fit by least squares of relative errors."""
    columns = [sums, np.ones_like(sums)]
    if len(set(cells)) > 1:
        columns.append(cells)
    design = np.stack(columns, axis=1) / measured[:, None]
    solution, *_ = np.linalg.lstsq(design, np.ones_like(measured), rcond=None)
    scale, constant = float(solution[0]), float(solution[1])
    per_cell = float(solution[2]) if len(columns) == 3 else 0.0
    return Calibration(scale=scale, per_cell_us=per_cell, constant_us=constant)


def _points(
    networks: Sequence[Entry], sums: Array, cells: Array, predicted: Array, measured: Array
) -> Iterable[NetworkPoint]:
    for i, entry in enumerate(networks):
        yield NetworkPoint(
            digest=operation_digest(entry.operation),
            cells=int(cells[i]),
            sum_us=float(sums[i]),
            predicted_us=float(predicted[i]),
            measured_us=float(measured[i]),
        )
