"""
Rows where more work costs less, beyond noise.

Compared are rows that differ in one size only, and every pair of them, so the limit is shared
over all comparisons of the table.  The rule cannot know which of two rows is wrong, nor that a
runtime really has a faster kernel for the bigger one: plateaus and steps of a few per cent are
real, and stay below the limit; a large real step is reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from profiler.lint.chains import Chain
from profiler.lint.finding import Finding, Known
from profiler.lint.noise import deviation_us, deviations_allowed, table_noise
from profiler.lint.row import Row
from profiler.lint.rows import Rows
from profiler.summary import Array

Mask = NDArray[np.bool_]


def monotonicity(rows: Rows, _: Known) -> Iterator[Finding]:
    """Find rows that a smaller one of their kind outweighs."""
    chains = [chain.positive for chain in rows.chains]
    noise = table_noise(chains)
    comparisons = sum(len(chain.rows) * (len(chain.rows) - 1) // 2 for chain in chains)
    allowed = deviations_allowed(comparisons)
    for chain in (chain for chain in chains if np.any(np.diff(chain.latencies_us) < 0)):
        excess = _excess(chain, noise, allowed, rows)
        pairs = [(int(np.argmax(excess[:, j])), j) for j in range(len(chain.rows))]
        wrong = [(i, j) for i, j in pairs if excess[i, j] > 0]
        if wrong:
            worst = max(wrong, key=lambda pair: float(excess[pair]))
            yield _finding(chain, wrong, worst)


def _excess(chain: Chain, noise: float, allowed: float, rows: Rows) -> Array:
    """Return by how much row i costs more than the bigger row j, beyond noise, in microseconds."""
    latency = chain.latencies_us
    deviation = np.array([deviation_us(row, noise) for row in chain.rows])
    gap = latency[:, None] - latency[None, :]
    excess: Array = gap - allowed * np.hypot(deviation[:, None], deviation[None, :])
    bigger = np.triu(np.ones(excess.shape, dtype=bool), k=1) & _more_work(chain.rows, rows)
    return np.where(bigger, excess, -np.inf)


def _more_work(chain: Sequence[Row], rows: Rows) -> Mask:
    """
    Tell whether row j is no less work than row i; taken for granted where nobody can count.

    A candidate that keeps its width lacks the convolution of a shortcut: fewer primitives.
    """
    more: Mask = np.ones((len(chain), len(chain)), dtype=bool)
    for counts in (rows.macs, rows.primitives):
        counted = np.array([counts.get(row.key, np.nan) for row in chain])
        more &= ~(counted[None, :] < counted[:, None])
    return more


def _finding(chain: Chain, wrong: Sequence[tuple[int, int]], worst: tuple[int, int]) -> Finding:
    small, big = (chain.rows[index] for index in worst)
    named = dict.fromkeys(chain.rows[index].key for pair in wrong for index in pair)
    return Finding(
        rule="monotonicity",
        severity="warning",
        keys=tuple(named),
        message=(
            f"more {chain.size} costs less: {small.sizes[chain.size]:g} takes "
            f"{small.latency_us:.4g} us and {big.sizes[chain.size]:g} {big.latency_us:.4g} us, "
            f"beyond noise; measure again {small.key} and {big.key}"
        ),
    )
