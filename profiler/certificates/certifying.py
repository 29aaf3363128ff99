"""
Making a certificate: fitting calibrations to networks measured whole, and judging them.

Each network is predicted by a calibration that was neither chosen nor fitted with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from profiler.certificates.calibration import Calibration
from profiler.certificates.certificate import ENOUGH_NETWORKS, Certificate, NetworkPoint
from profiler.certificates.choosing import PLAIN, Design, Form, chosen, forms, judged
from profiler.certificates.evidence import Evidence, evidence_of
from profiler.certificates.expiry import certified_rows, versions_that_matter
from profiler.certificates.ranks import kendall_tau
from profiler.certificates.residual import residual_of
from profiler.certificates.sums import rows_of
from profiler.errors import HnaError
from profiler.operations import operation_digest
from profiler.summary import Array
from profiler.table import Entry, Table

FEWEST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fitted:
    """What the networks ask for, and what each is predicted to take without it."""

    calibration: Calibration
    plain: Calibration | None
    predicted_us: Array


def certify(
    table: Table, *, now: datetime | None = None, software: Sequence[str] = ()
) -> Certificate:
    """
    Return the certificate of *table*, from the networks it holds whole.

    Args:
        table: its rows and networks.
        now: in UTC; the time of the machine unless given.
        software: ``name=version`` of what the sessions under the table ran.

    Raises:
        HnaError: fewer than 5 measured networks, too few to fit and judge.
        EntryMissing: a network contains an operation without a row.
    """
    evidence = evidence_of(table)
    count = len(evidence.rows)
    if count < FEWEST:
        raise HnaError(
            f"table {table.name} holds {count} measured networks; a certificate needs at least "
            f"{FEWEST}, and {ENOUGH_NETWORKS} to be trusted: measure random networks of the space"
        )
    among = forms(evidence)
    design = Design(evidence)
    fitted = _fitted(evidence, design, among)
    sums, measured = evidence.sum_us, evidence.measured_us
    errors = np.abs(fitted.predicted_us - measured) / measured
    return Certificate(
        table=table.name,
        table_version=table.version,
        created_at=(now or datetime.now(UTC)).isoformat(timespec="seconds"),
        n_networks=count,
        median_abs_error=float(np.median(errors)),
        within_1pct=float(np.mean(errors <= 0.01)),
        within_5pct=float(np.mean(errors <= 0.05)),
        within_10pct=float(np.mean(errors <= 0.10)),
        kendall_tau=kendall_tau(sums, measured),
        uncalibrated_error=float(np.median((sums - measured) / measured)),
        calibration=fitted.calibration,
        plain=fitted.plain,
        judged=judged(design, among),
        residual=residual_of(evidence),
        software=versions_that_matter(software),
        rows=certified_rows(_under(table, evidence)),
        points=tuple(_points(evidence, fitted.predicted_us)),
    )


def _fitted(evidence: Evidence, design: Design, among: Sequence[Form]) -> _Fitted:
    """Choose and fit on all networks, and for each of them on all others."""
    every = design.every
    predicted = np.empty(len(every))
    for index in every:
        others = np.delete(every, index)
        without = design.fit(chosen(design, among, others), others)
        predicted[index] = without.predict(evidence.sums[index])
    form = chosen(design, among, every)
    plain = None
    if not PLAIN.issuperset(form):
        plainer = [each for each in among if PLAIN.issuperset(each)]
        plain = design.fit(chosen(design, plainer, every), every)
    return _Fitted(calibration=design.fit(form, every), plain=plain, predicted_us=predicted)


def _under(table: Table, evidence: Evidence) -> Iterator[Entry]:
    """Yield the rows a certificate rests on: those of its networks, and the networks."""
    for network in evidence.networks:
        yield from rows_of(table, network)
    yield from evidence.rows


def _points(evidence: Evidence, predicted_us: Array) -> Iterator[NetworkPoint]:
    for row, sums, predicted in zip(evidence.rows, evidence.sums, predicted_us, strict=True):
        yield NetworkPoint(
            digest=operation_digest(row.operation),
            cells=sums.cells,
            sum_us=sums.sum_us,
            predicted_us=float(predicted),
            measured_us=row.latency_us,
        )
