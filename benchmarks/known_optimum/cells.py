"""
NAS-Bench-201's cells as arrays, and two objectives computed exactly from them.

The published file holds latencies and no accuracy, so what is maximised is known by definition:
the multiply-accumulates of the network (on CIFAR's 32 x 32 pixels), or an additive score drawn at
random, to show that neither is special.  Both count edges on a path from input to output only: a
convolution of nothing, or one that nobody reads, is worth nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from profiler.formats.attributes import attributes_of
from profiler.operations import ForeignOperation
from profiler.summary import Array

EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
OPERATIONS = ("none", "skip_connect", "avg_pool_3x3", "nor_conv_1x1", "nor_conv_3x3")
"""From nothing to the most work."""

CELLS = 15
CONV1_MACS = 16 * 16 * 32 * 32
"""Of one 1 x 1 convolution; the same in all three stages: pixels shrink as channels grow."""

STEM_MACS = 9 * 3 * 16 * 32 * 32
REDUCTION_MACS = (9 * 16 * 32 + 9 * 32 * 32 + 16 * 32) * 16 * 16
"""Of a residual block between two stages: two 3 x 3 convolutions and a 1 x 1 beside them."""

HEAD_MACS = 64 * 10

Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Cells:
    """
    The networks of a space.

    Args:
        networks: as a table has rows for them.
        chosen: index into ``OPERATIONS`` of each edge; shape (networks, edges).
    """

    networks: tuple[ForeignOperation, ...]
    chosen: NDArray[np.int64]

    @cached_property
    def read(self) -> Flags:
        """Whether something reaches the output from an edge; shape (networks, edges)."""
        flows = self.chosen != 0
        node2 = flows[:, 5]
        node1 = flows[:, 4] | (flows[:, 2] & node2)
        everyone = np.ones_like(node1)
        ends = np.stack([node1, node2, node2, everyone, everyone, everyone], axis=1)
        return np.asarray(flows & ends)

    @cached_property
    def fed(self) -> Flags:
        """Whether something of the input reaches an edge; shape (networks, edges)."""
        flows = self.chosen != 0
        node1 = flows[:, 0]
        node2 = flows[:, 1] | (flows[:, 2] & node1)
        everyone = np.ones_like(node1)
        return np.asarray(np.stack([everyone, everyone, node1, everyone, node1, node2], axis=1))

    @property
    def connected(self) -> Flags:
        """Whether the output depends on the input; shape (networks,)."""
        return np.asarray((self.read & self.fed).any(axis=1))

    @cached_property
    def features(self) -> Array:
        """
        Return what a latency is the sum of, shape (networks, features).

        One row for each operation of each edge, one more where its result is read, and a
        constant: a runtime that prunes what nobody reads has its costs in the second.
        """
        each = [self._is(index) for index in range(1, len(OPERATIONS))]
        read = [flags & self.read for flags in each]
        ones = np.ones((len(self.networks), 1))
        return np.concatenate([*each, *read, ones], axis=1).astype(np.float64)

    def macs(self) -> Array:
        """Return the multiply-accumulates of each network."""
        worth = np.zeros((len(EDGES), len(OPERATIONS)))
        worth[:, OPERATIONS.index("nor_conv_1x1")] = CELLS * CONV1_MACS
        worth[:, OPERATIONS.index("nor_conv_3x3")] = 9 * CELLS * CONV1_MACS
        return STEM_MACS + 2 * REDUCTION_MACS + HEAD_MACS + self._sum(worth)

    def score(self, seed: int) -> Array:
        """Return an additive score, drawn so that more work is worth more, edge by edge."""
        draw = np.random.default_rng(seed)
        steps = draw.uniform(0.2, 1.0, (len(EDGES), len(OPERATIONS) - 1))
        worth = np.concatenate([np.zeros((len(EDGES), 1)), np.cumsum(steps, axis=1)], axis=1)
        return 1.0 + self._sum(worth * draw.uniform(0.5, 1.5, (len(EDGES), 1)))

    def _sum(self, worth: Array) -> Array:
        on_a_path = self.read & self.fed
        each = [worth[edge][self.chosen[:, edge]] for edge in range(len(EDGES))]
        return np.asarray(np.where(on_a_path, np.stack(each, axis=1), 0.0).sum(axis=1))

    def _is(self, index: int) -> Flags:
        return np.asarray(self.chosen == index)


def cells_named(names: Sequence[str]) -> Cells:
    """Return the networks of these names, in their order."""
    networks = tuple(ForeignOperation(format="nasbench201", name=name) for name in names)
    places = [f"edge_{start}_{end}" for start, end in EDGES]
    said = [attributes_of(network) for network in networks]
    chosen = [[OPERATIONS.index(str(each[place])) for place in places] for each in said]
    return Cells(networks=networks, chosen=np.array(chosen, dtype=np.int64))
