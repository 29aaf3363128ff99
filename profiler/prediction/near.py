"""
Predictions from large tables of foreign operations: each from the rows most like it.

A process over tens of thousands of rows cannot be solved as one; but what is near says nearly all
there is to know (Vecchia's approximation).  The scales are learnt elsewhere.
"""

from __future__ import annotations

import numpy as np

from profiler.prediction.design import Places, Rows
from profiler.prediction.fit import TINY, Answer, Taught
from profiler.prediction.process import (
    FIRST_REACH,
    NOISE,
    STRANGE,
    apart,
    noise_of,
    of_kernels,
    of_operations,
    squares,
)
from profiler.summary import Array

NEIGHBOURS = 64
SOUGHT_AT_ONCE = 64
"""Operations whose neighbours are looked for at once; bounds the memory."""


class Neighbourhood:
    """
    Known rows and those to be predicted, all foreign operations.

    Args:
        kernels: where all of them are as kernels, the known first.
        operations: where they are as operations.
        taught: latencies of the known.
        scales: how alike they are.
    """

    def __init__(self, kernels: Places, operations: Places, taught: Taught, scales: Array) -> None:
        self._kernels, self._operations, self._scales = kernels, operations, scales
        self._count = len(taught.values)
        self._base = float(np.median(taught.values))
        self._values = taught.values - self._base
        self._noise = noise_of(scales, taught.doubts)
        self._middle = kernels.sizes[: self._count].mean(axis=0)

    def answer(self, wanted: Rows) -> Answer:
        """Return what the operations of these numbers cost; a known one from all others."""
        found = [
            self._from(int(index), near)
            for start in range(0, len(wanted), SOUGHT_AT_ONCE)
            for index, near in self._nearest(wanted[start : start + SOUGHT_AT_ONCE])
        ]
        mean, variance = np.array(found).reshape(-1, 2).T
        return Answer(self._base + mean, np.sqrt(np.maximum(variance, TINY)))

    def _nearest(self, wanted: Rows) -> list[tuple[int, Rows]]:
        reach = np.exp(self._scales[FIRST_REACH:])
        known = self._kernels.among(np.arange(self._count))
        some = self._kernels.among(wanted)
        far = 0.5 * squares(some.sizes / reach, known.sizes / reach)
        far += np.exp(self._scales[STRANGE]) * apart(some, known)
        itself = wanted < self._count
        far[np.flatnonzero(itself), wanted[itself]] = np.inf
        near = np.argpartition(far, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
        return [(int(index), np.sort(row)) for index, row in zip(wanted, near, strict=True)]

    def _from(self, index: int, near: Rows) -> tuple[float, float]:
        every = np.append(near, index)
        among, own = self._kernels.among(every), self._operations.among(every)
        spread = of_kernels(self._scales, among, among, self._middle)
        spread += of_operations(self._scales, own, own)
        known = spread[:-1, :-1] + np.diag(self._noise[near])
        across = spread[-1, :-1]
        weights = np.linalg.solve(known, np.stack([self._values[near], across], axis=1))
        variance = spread[-1, -1] - across @ weights[:, 1] + np.exp(2 * self._scales[NOISE])
        return float(across @ weights[:, 0]), float(variance)
