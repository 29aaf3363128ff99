"""
What a runtime leaves out of a graph before it runs: whatever nobody reads.

An edge is an operation between two numbered nodes.  One that is *nothing* (the candidate ``none``,
a stream of zeros) is no operation, and one whose end no path leads on to the output is computed for
nobody.  Inference engines of phones drop such edges; a framework that runs a graph as it is written
does not: which of them a table is of must be decided from measurements.
"""

from __future__ import annotations

from collections.abc import Sequence

Edge = tuple[int, int]
"""From which node to which."""


def live_edges(edges: Sequence[Edge], nothing: Sequence[bool], output: int) -> tuple[bool, ...]:
    """
    Return of each edge whether a runtime that prunes runs it.

    Args:
        edges: from node to node, without a circle.
        nothing: of each edge, whether it is no operation.
        output: the node that is read from outside.

    >>> live_edges([(0, 1), (1, 2), (0, 2)], [False, True, False], output=2)
    (False, False, True)
    """
    ways = [edge for edge, empty in zip(edges, nothing, strict=True) if not empty]
    read = {output}
    while more := {start for start, end in ways if end in read} - read:
        read |= more
    return tuple(not empty and end in read for (_, end), empty in zip(edges, nothing, strict=True))
