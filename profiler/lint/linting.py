"""Every rule over one table.  Pure: nothing is read, sent or measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from profiler.certificates import Certificate
from profiler.formats.attributes import attributes_of
from profiler.lint.age import certificate_doubts, stale_rows, stale_runtime
from profiler.lint.duplicates import copied, named_twice
from profiler.lint.finding import SEVERITIES, Finding, Known, Peak
from profiler.lint.interpolation import interpolated
from profiler.lint.mixture import mixed_units
from profiler.lint.monotonicity import monotonicity
from profiler.lint.rates import impossible_rate, unit
from profiler.lint.row import AttributeReader
from profiler.lint.rows import Rows, rows_of
from profiler.lint.sums import exact_sums
from profiler.lint.timer import coarse_timer
from profiler.lint.values import (
    few_samples,
    interval_off,
    interval_unknown,
    interval_wide,
    non_positive,
    suspect,
)
from profiler.table import Table

Rule = Callable[[Rows, Known], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    *(non_positive, interval_off, unit, mixed_units, impossible_rate, coarse_timer),
    *(copied, named_twice, monotonicity, interpolated, exact_sums),
    *(stale_runtime, stale_rows, certificate_doubts),
    *(suspect, few_samples, interval_wide, interval_unknown),
)
"""Every rule; each says in its module what it cannot know."""


def lint(
    table: Table,
    *,
    peak: Peak | None = None,
    runtime_version: str | None = None,
    certificate: Certificate | None = None,
    now: datetime | None = None,
    attributes: AttributeReader = attributes_of,
) -> tuple[Finding, ...]:
    """
    Return what looks wrong in *table*, the worst first.

    Args:
        table: any table, measured or imported.
        peak: what the device can do at best; None where nobody knows.
        runtime_version: the runtime the table is to be used with; None to ask nothing of it.
        certificate: the table's newest, to be judged too.
        now: when the certificate's age is judged; needed with one.
        attributes: reads what the name of a foreign operation says.
    """
    known = Known(peak=peak, runtime_version=runtime_version, certificate=certificate, now=now)
    rows = rows_of(table, attributes)
    findings = [finding for rule in RULES for finding in rule(rows, known)]
    return tuple(sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity)))
