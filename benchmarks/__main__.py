"""All benchmarks, one after the other: ``python -m benchmarks [--json]``."""

from __future__ import annotations

from importlib import import_module

from benchmarks.figures import Figure, report, say

BENCHMARKS = ("certificate", "campaign_cost", "hardware_term", "agent_weight")
"""In the order in which they run: never two at a time, they would disturb each other."""


def run() -> list[Figure]:
    """Run every benchmark."""
    figures: list[Figure] = []
    for name in BENCHMARKS:
        say(f"== {name}")
        figures += import_module(f"benchmarks.{name}").run()
    return figures


if __name__ == "__main__":
    report(run)
