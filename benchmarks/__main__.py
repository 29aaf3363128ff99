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
    "simulated_fleet",
    "additivity",
    "transfer",
    "operation_prediction",
)
"""In the order in which they run: never two at a time, they would disturb each other."""

LONG = ("target_hit_rate", "triage", "search_vs_random", "supernet_rank", "crash")
"""A quarter of an hour and more, or in need of a second runtime."""


def run() -> list[Figure]:
    """Run every benchmark but the long ones."""
    figures: list[Figure] = []
    for name in BENCHMARKS:
        say(f"== {name}")
        figures += import_module(f"benchmarks.{name}").run()
    return figures


if __name__ == "__main__":
    report(run)
