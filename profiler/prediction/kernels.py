"""
The kernels of any operation, ours and foreign.

Ours are what their graph is run as (``walking``), less what their border pays for.  A foreign
operation is one kernel, of the sizes its name says.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import log2

from profiler.operations import ForeignOperation, Operation, border_of, probe_graph
from profiler.prediction.kernel import Counted, Kernel, kernel
from profiler.prediction.reading import reading_of
from profiler.prediction.walking import Walk, conversion

TILES = (1, 4, 8, 16, 32)
"""Sizes of blocks that are tried; no known runtime has others."""

CALL_WORK = 1e4
LAUNCH_WORK = 1e3
"""First guesses at what calling the runtime costs, and at what every kernel costs beside."""


@lru_cache(maxsize=8192)
def kernels_of(operation: Operation, tile: int) -> tuple[Counted, ...]:
    """Return the kernels of *operation* on a device whose blocks are *tile* channels."""
    if isinstance(operation, ForeignOperation):
        return ((1.0, _foreign(operation)),)
    border = border_of(operation)
    graph = probe_graph(operation)
    if border is None:
        own = Walk(graph, frozenset(), tile).kernels
        return (*own, _launches(own), (1.0, kernel("call", CALL_WORK, ())))
    given = {n.name for n in probe_graph(border).nodes if n.name.startswith("source")}
    own = Walk(graph, frozenset(given), tile).kernels
    own += _read_by_border(border.batch, border.channels, border.height, border.width, tile)
    return (*own, _launches(own))


def _read_by_border(
    batch: int, channels: Sequence[int], height: int, width: int, tile: int
) -> list[Counted]:
    """Return what the border does with the tensors it makes, which is subtracted."""
    shapes = [(batch, count, height, width) for count in channels]
    read: list[Counted] = [
        (-1.0, kernel("globalmean", count * height * width * batch, shape))
        for count, shape in zip(channels, shapes, strict=True)
    ]
    return read + [(-1.0, conversion(shape)) for shape in shapes if tile > 1]


def _launches(kernels: Sequence[Counted]) -> Counted:
    return sum(count for count, _ in kernels), kernel("launch", LAUNCH_WORK, ())


def _foreign(operation: ForeignOperation) -> Kernel:
    said = reading_of(operation)
    return Kernel(
        family=tuple(sorted(said.family.items())),
        work=0.0,
        doublings=tuple((name, log2(1 + value)) for name, value in sorted(said.sizes.items())),
    )
