"""
What the predicted latency of a network rests on: how much of it was never measured.

Rows that are predicted or transferred are there only for a search that allows them.
"""

from __future__ import annotations

from dataclasses import dataclass

from profiler.certificates import Certificate
from profiler.estimate import estimate_network
from profiler.operations import Network, operation_key
from profiler.table import Table, ValueKind

GUESSED: tuple[ValueKind, ...] = ("predicted", "transferred")
"""Value kinds of rows nobody measured on the device."""

MUCH = 0.1
"""Share of a latency from which rows that were not measured are worth a warning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsUsed:
    """
    The rows a network adds up.

    Args:
        kinds: how many are of each value kind; those read several times count as often.
        guessed_share: share of their sum that is of rows nobody measured on the device.
        low_us: lower end of the 90 % interval of the prediction; None where too little is known.
        high_us: upper end.
    """

    kinds: dict[ValueKind, int]
    guessed_share: float
    low_us: float | None
    high_us: float | None

    def warning(self, device: str) -> str | None:
        """Return what to say if much of the latency was not measured; None otherwise."""
        if self.guessed_share <= MUCH:
            return None
        counts = ", ".join(f"{count} {kind}" for kind, count in sorted(self.kinds.items()))
        return (
            f"{self.guessed_share:.0%} of the latency predicted for {device} is of rows nobody "
            f"measured there ({counts}); a search without --allow and --target-error measures them"
        )


def rows_used(network: Network, table: Table, certificate: Certificate) -> RowsUsed:
    """Return which rows of *table*, which has all of them, a prediction of *network* rests on."""
    estimate = estimate_network(table, network, certificate, ())
    rows = [table.by_key[operation_key(part)] for part in network.parts()]
    guessed_us = sum(row.latency_us for row in rows if row.value_kind in GUESSED)
    return RowsUsed(
        kinds=estimate.value_kinds,
        guessed_share=guessed_us / estimate.sum_us,
        low_us=estimate.low_us,
        high_us=estimate.high_us,
    )
