"""Operations as matrices: which kernels each is the sum of, and where they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import Any

import numpy as np
from numpy.typing import NDArray

from profiler.operations import ForeignOperation, Operation
from profiler.prediction.kernel import Kernel
from profiler.prediction.kernels import kernels_of
from profiler.prediction.reading import reading_of
from profiler.summary import Array

Rows = NDArray[Any]
"""Numbers of rows."""


@dataclass(frozen=True)
class Places:
    """
    Where things are that are more or less alike, row by row.

    Args:
        sizes: in doublings, a column for each name.
        families: texts as numbers, a column for each name.
    """

    sizes: Array
    families: Rows

    def among(self, chosen: Rows) -> Places:
        """Return some of them."""
        return Places(self.sizes[chosen], self.families[chosen])


@dataclass(frozen=True)
class Design:
    """
    Operations in matrices.

    Args:
        counts: how often each operation (row) runs each kernel (column).
        work: of the kernels: the logarithm of a first guess at their cost.
        kernels: where the kernels are.
        operations: where the operations are.
        names: of the columns of ``kernels.sizes``.
    """

    counts: Array
    work: Array
    kernels: Places
    operations: Places
    names: tuple[str, ...]


def design_of(operations: Sequence[Operation], tile: int) -> Design:
    """Return *operations* in matrices, for a device whose blocks are *tile* channels."""
    if all(isinstance(operation, ForeignOperation) for operation in operations):
        kernels = foreign_kernels(operations)
        counts = np.eye(len(kernels))
    else:
        counts, kernels = _counted(operations, tile)
    names, places = places_of_kernels(kernels)
    work = np.array([kernel.work for kernel in kernels])
    return Design(counts, work, places, places_of_operations(operations), names)


def foreign_kernels(operations: Sequence[Operation]) -> list[Kernel]:
    """Return the one kernel that each of some foreign operations is."""
    return [kernels_of(operation, 1)[0][1] for operation in operations]


def places_of_kernels(kernels: Sequence[Kernel]) -> tuple[tuple[str, ...], Places]:
    """Return the names of the sizes of *kernels*, and where these are."""
    return _places([(kernel.family, dict(kernel.doublings)) for kernel in kernels])


def places_of_operations(operations: Sequence[Operation]) -> Places:
    """Return where *operations* are, by what they say of themselves."""
    readings = [reading_of(operation) for operation in operations]
    doublings = [{n: log2(1 + v) for n, v in r.sizes.items()} for r in readings]
    return _places(
        [(tuple(r.family.items()), d) for r, d in zip(readings, doublings, strict=True)]
    )[1]


def _counted(operations: Sequence[Operation], tile: int) -> tuple[Array, list[Kernel]]:
    columns: dict[Kernel, int] = {}
    cells: list[tuple[int, int, float]] = []
    for row, operation in enumerate(operations):
        for count, kernel in kernels_of(operation, tile):
            cells.append((row, columns.setdefault(kernel, len(columns)), count))
    counts = np.zeros((len(operations), len(columns)))
    for row, column, count in cells:
        counts[row, column] += count
    return counts, list(columns)


def _places(
    said: Sequence[tuple[Sequence[tuple[str, str]], Mapping[str, float]]],
) -> tuple[tuple[str, ...], Places]:
    names = tuple(sorted({name for _, sizes in said for name in sizes}))
    sizes = np.array([[sizes.get(name, 0.0) for name in names] for _, sizes in said])
    parts = tuple(sorted({name for family, _ in said for name, _ in family}))
    known: dict[tuple[str, str], int] = {}
    codes = np.zeros((len(said), len(parts)), dtype=np.int64)
    for row, (family, _) in enumerate(said):
        for name, text in family:
            codes[row, parts.index(name)] = known.setdefault((name, text), len(known) + 1)
    return names, Places(sizes.reshape(len(said), len(names)), codes)
