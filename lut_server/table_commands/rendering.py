"""Findings of the linter and differences of tables, as people and programs read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from profiler.lint import SEVERITIES, Finding
from profiler.table import Table
from profiler.table_diff import RowDiff, TableDiff

Linted = Sequence[tuple[Table, Sequence[Finding]]]

OF_ONE_RULE = 5
"""Findings of one rule that are printed; JSON has all."""

UNCERTAIN = 10
"""Ambiguous operations that are printed; JSON has all."""

STYLES = {"error": "bold red", "warning": "yellow", "note": ""}
STYLES_OF_CHANGE = {"slower": "bold red", "faster": "green", "added": "cyan", "removed": "cyan"}


def findings_document(linted: Linted) -> list[dict[str, Any]]:
    """Return all findings as plain JSON values, one object a table."""
    return [
        {
            "table": table.name,
            "version": table.version,
            "rows": len(table.entries),
            "findings": [asdict(finding) for finding in findings],
        }
        for table, findings in linted
    ]


def print_findings(console: Console, linted: Linted) -> None:
    """Print the findings of every table, the worst first."""
    for table, findings in linted:
        rows = f"{len(table.entries):,} rows"
        console.print(Text(f"{table.name}, {rows}: {_counted(findings)}", "bold"), soft_wrap=True)
        for finding in _first_of_each(findings):
            line = Text.assemble((finding.severity, STYLES[finding.severity]), f" {finding.rule}: ")
            console.print(line.append(finding.message), soft_wrap=True)
        for rule, left in _left_out(findings).items():
            console.print(f"... and {left} more of {rule}; --json prints them", soft_wrap=True)


def print_diff(console: Console, found: TableDiff) -> None:
    """Print what changed, then what moved together, then the counts."""
    grid = Grid("operation", "change")
    for heading in ("before us", "after us", "ratio", "90 % interval"):
        grid.add_column(heading, justify="right")
    for row in _worth_showing(found):
        style = STYLES_OF_CHANGE.get(row.change, "")
        grid.add_row(Text(row.key), Text(row.change, style), *_numbers(row))
    if grid.row_count:
        console.print(grid)
    for move in found.moved:
        console.print(
            f"{move.family}: {move.rows} operations {move.change} together, "
            f"median ratio {move.median_ratio:.3f}"
        )
    counts = ", ".join(f"{count} {change}" for change, count in found.counts.items() if count)
    ratio = "" if found.median_ratio is None else f"; median ratio {found.median_ratio:.3f}"
    console.print(f"{counts or 'no operation'}{ratio}; the same within {found.tolerance:.0%}")


def _counted(findings: Sequence[Finding]) -> str:
    counted = Counter(finding.severity for finding in findings)
    told = [
        f"{counted[severity]} {severity}{'s' if counted[severity] > 1 else ''}"
        for severity in SEVERITIES
        if counted[severity]
    ]
    return ", ".join(told) or "nothing found"


def _first_of_each(findings: Sequence[Finding]) -> Iterator[Finding]:
    seen: Counter[str] = Counter()
    for finding in findings:
        seen[finding.rule] += 1
        if seen[finding.rule] <= OF_ONE_RULE:
            yield finding


def _left_out(findings: Sequence[Finding]) -> dict[str, int]:
    counted = Counter(finding.rule for finding in findings)
    return {rule: n - OF_ONE_RULE for rule, n in counted.items() if n > OF_ONE_RULE}


def _worth_showing(found: TableDiff) -> list[RowDiff]:
    """Return what changed, the largest change first, and the first that nobody can tell."""
    changed = [row for row in found.rows if row.change not in ("same", "ambiguous")]
    changed.sort(key=lambda row: -abs((row.ratio or 1.0) - 1))
    return changed + [row for row in found.rows if row.change == "ambiguous"][:UNCERTAIN]


def _numbers(row: RowDiff) -> tuple[str, str, str, str]:
    known = row.low is not None and row.high is not None
    return (
        "" if row.before_us is None else f"{row.before_us:.2f}",
        "" if row.after_us is None else f"{row.after_us:.2f}",
        "" if row.ratio is None else f"{row.ratio:.3f}",
        f"{row.low:.3f} - {row.high:.3f}" if known else row.reason,
    )
