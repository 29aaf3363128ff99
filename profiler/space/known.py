"""
Known architectures as topologies of the meta nested architecture (spec/hna_nas.md section 1.6).

Their dense same-level skips, attention and pyramid fusion cannot be expressed here.
"""

from __future__ import annotations

from collections.abc import Callable

from profiler.errors import OperationInvalid
from profiler.operations.network import Place
from profiler.space.meta import grid
from profiler.space.topology import Decode, Topology, pick_index

Sources = list[Place | None]
"""What a cell reads: cells of the iteration before it, and None for x."""


def known_topology(name: str, levels: int = 5, decode: Decode = "consistent") -> Topology:
    """
    Return a known architecture.

    Args:
        name: a name of ``KNOWN_TOPOLOGIES``.
        levels: of the meta architecture.
        decode: ``compat`` concatenates a tensor as often as it is named.

    Raises:
        OperationInvalid: no architecture has that name.
    """
    if name not in KNOWN_TOPOLOGIES:
        raise OperationInvalid(
            f"unknown topology {name!r}; known are {', '.join(KNOWN_TOPOLOGIES)}"
        )
    sources = KNOWN_TOPOLOGIES[name]
    picks = {
        place: [pick_index(place, source, levels, decode) for source in sources(place, levels)]
        for place in grid(levels)
        if place[0] > 0
    }
    return Topology.from_picks(picks, decode)


def _unet(place: Place, levels: int) -> Sources:
    i, j = place
    return [(i - 1, j + 1)] if i + j == levels - 1 else []


def _unetpp(place: Place, levels: int) -> Sources:
    i, j = place
    return [(i - 1, j), (i - 1, j + 1)]


def _dnanet_simplified(place: Place, levels: int) -> Sources:
    _, j = place
    return [*([None] if j else []), *_unetpp(place, levels)]


def _meta(place: Place, levels: int) -> Sources:
    i, _ = place
    return [None, *((i - 1, k) for k in range(levels - i + 1))]


KNOWN_TOPOLOGIES: dict[str, Callable[[Place, int], Sources]] = {
    "unet": _unet,
    "unetpp": _unetpp,
    "dnanet_simplified": _dnanet_simplified,
    "meta": _meta,
}
"""What a cell reads in each known architecture; a cell that reads nothing is skipped."""
