"""
How well sums over a table predict whole networks, and why that may be doubted.

Every error is of a network the fit did not see, so that a prediction is judged and not a fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

import numpy as np

from profiler.certificates.calibration import Calibration
from profiler.certificates.choosing import JudgedCalibration
from profiler.certificates.expiry import (
    CertifiedRow,
    changed_rows,
    expires_at,
    is_old,
    other_software,
)
from profiler.certificates.residual import Residual
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS
from profiler.table import Table

ENOUGH_NETWORKS = 30
GOOD_WITHIN_10PCT = 0.90
CONFIDENT = 0.95

MEASURE = f"hna campaign start --networks {ENOUGH_NETWORKS} --remeasure"
"""What has the networks of a space measured again, with all they consist of."""

_WHOLE = ("network", "reduced_network", "border")
"""Kinds of rows no sum reads."""


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

    Every error is of a network left out of the fit that predicted it, and out of the choice of
    what was fitted.  What certificates made before 2026-11-23 did not hold is None or empty.

    Args:
        table: name of the table.
        table_version: version of the rows.
        created_at: UTC, ISO 8601.
        n_networks: how many networks.
        median_abs_error: median of |predicted - measured| / measured.
        within_1pct: share of networks predicted within 1 %.
        within_5pct: share within 5 %.
        within_10pct: share within 10 %.
        kendall_tau: rank correlation of predicted and measured latencies.
        uncalibrated_error: median of (sum - measured) / measured, signed.
        calibration: fitted on all networks; what searches use.
        plain: of the forms that read nothing of a row but its latency the one to take where rows
            do not tell more; None where ``calibration`` is such a form.
        judged: the forms of calibration that were tried, and which was chosen.
        residual: where the error comes from.
        software: ``name=version`` of what the sessions under the rows ran.
        rows: the rows and networks it rests on, as they were.
        points: the networks.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    table: str
    table_version: str
    created_at: str
    n_networks: int
    median_abs_error: float
    within_1pct: float | None = None
    within_5pct: float
    within_10pct: float
    kendall_tau: float
    uncalibrated_error: float
    calibration: Calibration
    plain: Calibration | None = None
    judged: tuple[JudgedCalibration, ...] = ()
    residual: Residual | None = None
    software: tuple[str, ...] = ()
    rows: tuple[CertifiedRow, ...] = ()
    points: tuple[NetworkPoint, ...]

    @property
    def expires_at(self) -> datetime:
        """When it is over by age, if no change of rows or software ends it before."""
        return expires_at(self.created_at)

    def calibration_for(self, table: Table) -> Calibration:
        """Return the calibration all rows of *table* can be read with."""
        read = (row for row in table.entries if row.operation.kind not in _WHOLE)
        if self.plain is None or self.calibration.suits(read):
            return self.calibration
        return self.plain

    def headroom(self) -> float:
        """
        Return the factor above its prediction that 19 of 20 networks stay below, at least 1.

        A network predicted to take ``budget / headroom`` keeps the budget with that confidence.
        """
        ratios = [point.measured_us / point.predicted_us for point in self.points]
        return max(1.0, float(np.quantile(ratios, CONFIDENT)))

    def doubts(self, table: Table, now: datetime, software: Sequence[str] = ()) -> tuple[str, ...]:
        """
        Return why *table* should not be trusted with this certificate; empty if it can be.

        Args:
            table: as it is now.
            now: in UTC.
            software: ``name=version`` of what newer sessions of the table ran.
        """
        return tuple(self._doubts(table, now, software))

    def _doubts(self, table: Table, now: datetime, software: Sequence[str]) -> Iterator[str]:
        again = f"certify it again: hna table certify {table.name}"
        if self.table != table.name:
            yield f"the certificate is of table {self.table}, not {table.name}"
        elif self.table_version != table.version:
            yield from self._changes(table, again)
        suspect = sum(entry.value_kind == "suspect" for entry in table.entries)
        if suspect:
            yield (
                f"{suspect} of {len(table.entries)} rows are suspect: others disturbed all but a "
                "few of their rounds; a campaign over them measures them again"
            )
        newer = list(other_software(self.software, software))
        if newer:
            yield (
                f"the certificate expired: newer sessions ran {'; '.join(newer)}; "
                f"{MEASURE}, then {again}"
            )
        if is_old(self.created_at, now):
            yield (
                f"the certificate expired: it is of {self.created_at[:10]}, over 90 days old; "
                f"{MEASURE}, then {again}"
            )
        if self.n_networks < ENOUGH_NETWORKS:
            yield (
                f"only {self.n_networks} networks; {ENOUGH_NETWORKS} are asked for: "
                f"hna campaign start --networks {ENOUGH_NETWORKS}, then {again}"
            )
        if self.within_10pct < GOOD_WITHIN_10PCT:
            yield (
                f"only {self.within_10pct:.0%} of networks are within 10 %; what is behind it "
                f"says: hna table show {table.name}"
            )

    def _changes(self, table: Table, again: str) -> Iterator[str]:
        """Yield what became of the rows it rests on, where that is more than noise."""
        if not self.rows:  # made before certificates kept them
            yield (
                f"rows changed since the certificate: it is of version {self.table_version}, "
                f"the table is {table.version}; {again}"
            )
            return
        found = changed_rows(self.rows, table)
        if found.changed:
            worst = found.changed[0]
            yield (
                f"{len(found.changed)} of the {found.of} rows under the certificate changed beyond "
                f"their intervals, {worst.key} from {worst.before_us:.4g} to {worst.after_us:.4g} "
                f"us; {again}"
            )
        if found.gone:
            yield f"{found.gone} of the {found.of} rows under the certificate are gone; {again}"
