"""What ``benchmarks.gpu_tables`` found, as Markdown; pure text of values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from profiler.certificates import Certificate
from profiler.measurement import Session
from profiler.operations import operation_label
from profiler.table import Entry, Table

if TYPE_CHECKING:
    from benchmarks.kernel_time import Compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Tabled:
    """
    One table with what led to it.

    Args:
        label: of the variant, such as ``torch device=cuda mode=eager``.
        table: the rows.
        session: in which they were measured.
        certificate: how well they add up.
    """

    label: str
    table: Table
    session: Session
    certificate: Certificate


def markdown(
    tabled: Sequence[Tabled],
    absent: Mapping[str, str],
    shares: Mapping[str, Mapping[str, float]],
    compared: Sequence[Compared],
    launch_bound: float,
) -> str:
    """
    Return the results as a page.

    Args:
        tabled: the tables; at least one.
        absent: why others are not there, by their label.
        shares: by label, the share of its latency the host needs to launch each operation, by key.
        compared: large operations, timed by events and by a profiler.
        launch_bound: the share from which an operation is launch-bound.
    """
    parts = (
        _head(tabled[0].session),
        _certificates(tabled, absent),
        _launches(shares, launch_bound),
        _events(compared),
        _rows(tabled, shares, launch_bound),
    )
    return "\n".join(line for part in parts for line in part)


def _head(session: Session) -> Iterator[str]:
    device = session.device
    yield "# Tables of a GPU"
    yield ""
    yield f"{session.before.at[:10]}, `python -m benchmarks.gpu_tables`."
    where = f" in {device.host_model}" if device.host_model else ""
    yield f"Device: {device.model}{where}, {device.cores} multiprocessors. Latency in microseconds."
    yield ""


def _certificates(tabled: Sequence[Tabled], absent: Mapping[str, str]) -> Iterator[str]:
    yield "## Certificates"
    yield ""
    yield from _header(
        "table", "rows", "networks", "median error", "within 5 %", "within 10 %", "Kendall's tau",
        "bias of the bare sum", "session, s",
    )  # fmt: skip
    for each in tabled:
        found = each.certificate
        yield _line(
            each.label,
            str(len(each.table.entries) - found.n_networks),
            str(found.n_networks),
            f"{found.median_abs_error:.1%}",
            f"{found.within_5pct:.0%}",
            f"{found.within_10pct:.0%}",
            f"{found.kendall_tau:.3f}",
            f"{found.uncalibrated_error:+.1%}",
            f"{each.session.costs.wall:.0f}",
        )
    yield ""
    for each in tabled:
        yield f"- {each.label}: {each.table.environment.label}."
        for warning in each.session.warnings:
            yield f"  Doubted: {warning}."
        for gap in each.session.gaps:
            yield f"  Not measured: {gap.reason}."
    for label, reason in absent.items():
        yield f"- {label}: absent; {reason}."
    yield ""


def _launches(shares: Mapping[str, Mapping[str, float]], limit: float) -> Iterator[str]:
    yield "## Launch-bound operations"
    yield ""
    yield f"The host needs at least {limit:.0%} of the latency to launch the operation: what is"
    yield "measured is the host."
    yield ""
    yield from _header("table", "operations", "launch-bound", "median share")
    for label, of in shares.items():
        values = np.array(list(of.values()))
        bound = float(np.mean(values >= limit))
        yield _line(label, str(len(values)), f"{bound:.0%}", f"{float(np.median(values)):.2f}")
    yield ""


def _events(compared: Sequence[Compared]) -> Iterator[str]:
    yield "## Events beside a profiler's kernel time"
    yield ""
    yield from _header("operation", "events, us", "kernels, us", "difference")
    for each in compared:
        yield _line(
            operation_label(each.operation),
            f"{each.events_us:.1f}",
            f"{each.kernels_us:.1f}",
            f"{each.difference:.2%}",
        )
    yield ""


def _rows(
    tabled: Sequence[Tabled], shares: Mapping[str, Mapping[str, float]], limit: float
) -> Iterator[str]:
    yield "## Rows"
    yield ""
    yield from _header("operation", *(each.label for each in tabled), "launch-bound in")
    entries = sorted(tabled[0].table.entries, key=lambda entry: entry.latency_us)
    for entry in entries:
        bound = [label for label, of in shares.items() if of.get(entry.key, 0.0) >= limit]
        latencies = (_latency(each.table.by_key.get(entry.key)) for each in tabled)
        yield _line(operation_label(entry.operation), *latencies, ", ".join(bound))
    yield ""


def _latency(entry: Entry | None) -> str:
    return "-" if entry is None else f"{entry.latency_us:.1f}"


def _header(*names: str) -> Iterator[str]:
    yield _line(*names)
    yield "|" + "---|" * len(names)


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
