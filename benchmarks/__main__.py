"""
The benchmarks that take minutes, one after the other: ``python -m benchmarks [--json]``.

Those that train networks take longer and are run by name.
"""

from __future__ import annotations

from importlib import import_module

from benchmarks.figures import Figure, report, say

BENCHMARKS = (
    "reference",
    "certificate",
    "campaign_cost",
    "hardware_term",
    "agent_weight",
    "search_step",
    "repeatability",
    "aa_alarms",
    "interval_coverage",
    "gpu_tables",
    "ingest",
    "table_read",
    "fleet",
)
"""In the order in which they run: never two at a time, they would disturb each other."""

LONG = ("search_vs_random", "supernet_rank", "crash")
"""Half an hour and more."""


def run() -> list[Figure]:
    """Run every benchmark but the long ones."""
    figures: list[Figure] = []
    for name in BENCHMARKS:
        say(f"== {name}")
        figures += import_module(f"benchmarks.{name}").run()
    return figures


if __name__ == "__main__":
    report(run)
