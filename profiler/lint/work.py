"""
Multiplications that no way of computing an operation gets around.

Of our operations they are counted from the graph; a dense convolution of 3 x 3 and more counts a
quarter, because Winograd's F(4 x 4, 3 x 3) needs so few.  Of foreign operations only the inverted
residual is known well enough (channels in, in the middle and out).  Anything else is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping

from profiler.cost import macs_of
from profiler.graph import Convolution, Node
from profiler.operations import ForeignOperation, Operation, operation_graph

WINOGRAD = 4
"""How many times fewer multiplications the best known way needs for a dense 3 x 3."""


def least_macs(operation: Operation, sizes: Mapping[str, float]) -> int | None:
    """
    Return the fewest multiplications of *operation*, for the whole batch; None where unknown.

    Args:
        sizes: the numbers the operation's name says, for foreign ones.
    """
    if isinstance(operation, ForeignOperation):
        return _of_inverted(operation.batch, sizes)
    return sum(_least(node) for node in operation_graph(operation).nodes)


def primitives(operation: Operation) -> int | None:
    """Return how many primitives *operation* is made of; None where unknown."""
    if isinstance(operation, ForeignOperation):
        return None
    return len(operation_graph(operation).nodes)


def _least(node: Node) -> int:
    macs = macs_of(node)
    match node.primitive:
        case Convolution(groups=1, weight_shape=(_, _, 3 | 5 | 7, 3 | 5 | 7)):
            return macs // WINOGRAD
        case _:
            return macs


def _of_inverted(batch: int, sizes: Mapping[str, float]) -> int | None:
    """Count the two 1 x 1 convolutions of an inverted residual block; the depthwise is small."""
    if not {"channels_in", "channels_out", "pixels", "stride"} <= sizes.keys():
        return None
    middle = sizes.get("channels_middle", sizes.get("expansion", 0) * sizes["channels_in"])
    if not middle:
        return None
    into = sizes["channels_in"] * middle * sizes["pixels"]
    out = middle * sizes["channels_out"] * sizes["pixels"] / sizes["stride"] ** 2
    return int(batch * (into + out))
