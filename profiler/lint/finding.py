"""What a rule says of a table, and what it may be told besides the table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from profiler.certificates import Certificate
from profiler.errors import HnaError

Severity = Literal["error", "warning", "note"]
"""Numbers that cannot be right, numbers that may be wrong, and what a reader should know."""

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""The worst first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """
    One thing a rule found.

    Args:
        rule: the rule's name, such as ``non-positive``.
        severity: ``error`` cannot be right, ``warning`` may be wrong, ``note`` is worth knowing.
        keys: of the rows it is about; none where it is about the whole table.
        message: what, with the numbers, and what to do.
    """

    rule: str
    severity: Severity
    keys: tuple[str, ...] = ()
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """
    What a device can do at best, from its data sheet.

    Args:
        macs_per_s: multiply-accumulates in a second, at the table's precision and threads.

    Raises:
        HnaError: a rate that is none.
    """

    macs_per_s: float

    def __post_init__(self) -> None:
        if not 0 < self.macs_per_s < float("inf"):
            raise HnaError(f"a peak of {self.macs_per_s:g} MACs/s is none; it is above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """
    What is known besides the table.

    Args:
        peak: of the device; None where nobody said.
        runtime_version: the runtime the table is to be used with; None where nobody said.
        certificate: the table's newest; None where it has none.
        now: when a certificate's age is judged; with a certificate only.
    """

    peak: Peak | None = None
    runtime_version: str | None = None
    certificate: Certificate | None = None
    now: datetime | None = None


def fails(findings: Iterable[Finding], severity: Severity) -> bool:
    """Return whether any of *findings* is as bad as *severity*, or worse."""
    enough = SEVERITIES[: SEVERITIES.index(severity) + 1]
    return any(finding.severity in enough for finding in findings)
