"""
Topologies: which cells remain, and what each of them reads (the paper's gene, decoded).

A cell (i, j) of iteration i >= 1 picks among ``n + 2`` candidate inputs, where ``n = levels - i``:
the n + 1 cells of iteration i - 1 and x, its sequential input (the cell above it in its own
iteration; at level 0 the first cell of iteration i - 1).  Two orders of the picks exist:

* ``compat``: x is 0, C(i-1, k) is k + 1.  What the shipped networks were built with; inputs that
  are the same tensor are concatenated as often as they are named.
* ``consistent``: C(i-1, k) is k, x is n + 1, the order stage 1 learns in.  A tensor is read once,
  and encoder cells that nothing reads are dropped.

Source: spec/hna_nas.md sections 0.1, 1.2 to 1.4, 2.3 and 2.4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from profiler.errors import DataInvalid
from profiler.operations.network import Place
from profiler.space.meta import grid

Decode = Literal["compat", "consistent"]
"""Which order of candidate inputs the picks of a gene are in."""

Picks = Mapping[Place, Sequence[int]]
"""Candidate inputs each cell keeps, by index; those of iteration 0 are ignored."""

Inputs = dict[Place, tuple[Place, ...]]
Kept = dict[Place, tuple[Place | None, ...]]
"""Cells of the iteration before it that each cell reads, and None for x."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveCell:
    """
    A cell that runs.

    Args:
        place: iteration and level.
        inputs: cells it reads, in the order of concatenation; empty means the image.
    """

    place: Place
    inputs: tuple[Place, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """
    Which cells run and what they read; a skipped cell is absent.

    Args:
        levels: of the meta architecture the topology is part of.
        cells: in the order in which they run; the last one feeds the head.
    """

    levels: int
    cells: tuple[ActiveCell, ...]

    @classmethod
    def from_picks(
        cls, picks: Picks, decode: Decode = "consistent", *, add_decoder: bool = False
    ) -> Topology:
        """
        Return the topology that picks amount to.

        Args:
            picks: for every cell of iteration 1 and later, the inputs it keeps.
            decode: the order the indices are in.
            add_decoder: let the deepest cell of every iteration keep the deepest cell of the
                iteration before it, which guarantees the way up of a U-Net.

        Raises:
            DataInvalid: an index out of range, or a cell on the way to the output keeps nothing.
        """
        levels = 1 + max((i for i, _ in picks), default=0)
        kept = {place: _kept(picks, place, levels, decode, add_decoder) for place in grid(levels)}
        active = _active(kept, levels, decode)
        inputs = {
            place: tuple(source or _running(sequential_input(place), active) for source in sources)
            for place, sources in kept.items()
            if place in active
        }
        _append_encoder_skips(inputs)
        if decode == "consistent":
            inputs = {place: tuple(dict.fromkeys(reads)) for place, reads in inputs.items()}
        cells = [ActiveCell(place=place, inputs=reads) for place, reads in inputs.items()]
        return cls(levels=levels, cells=tuple(cells))

    @property
    def places(self) -> tuple[Place, ...]:
        """The cells that run, in order."""
        return tuple(cell.place for cell in self.cells)

    @property
    def skipped(self) -> tuple[Place, ...]:
        """The cells of the meta architecture that do not run."""
        return tuple(place for place in grid(self.levels) if place not in self.places)


def sequential_input(place: Place) -> Place:
    """
    Return the cell whose output is x of the cell at *place*.

    >>> sequential_input((2, 1)), sequential_input((2, 0))
    ((2, 0), (1, 0))
    """
    i, j = place
    return (i, j - 1) if j else (i - 1, 0)


def pick_index(place: Place, source: Place | None, levels: int, decode: Decode) -> int:
    """
    Return the index by which the cell at *place* picks an input.

    Args:
        place: the cell that picks.
        source: a cell of the iteration before it, or None for x.
        levels: of the meta architecture.
        decode: the order of the indices.
    """
    if decode == "compat":
        return 0 if source is None else source[1] + 1
    return levels - place[0] + 1 if source is None else source[1]


def _kept(
    picks: Picks, place: Place, levels: int, decode: Decode, add_decoder: bool
) -> tuple[Place | None, ...]:
    """Return what the cell at *place* reads, in the order of its indices."""
    i, j = place
    if i == 0:
        return (None,) if j else ()
    indices = set(picks.get(place, ()))
    if add_decoder and j == levels - 1 - i:
        indices.add(pick_index(place, (i - 1, levels - i), levels, decode))
    sources = (None, *((i - 1, k) for k in range(levels - i + 1)))
    by_index = {pick_index(place, source, levels, decode): source for source in sources}
    wrong = sorted(indices - by_index.keys())
    if wrong:
        raise DataInvalid(
            f"cell {place} picks input {wrong[0]}; it has inputs 0 to {len(by_index) - 1}"
        )
    return tuple(by_index[index] for index in sorted(indices))


def _active(kept: Kept, levels: int, decode: Decode) -> set[Place]:
    """Return the cells the output depends on, walking back from the last one."""
    required: set[Place] = set()
    waiting = [(levels - 1, 0)]
    while waiting:
        place = waiting.pop()
        if place in required:
            continue
        required.add(place)
        if place[0] and not kept[place]:
            raise DataInvalid(
                f"cell {place} keeps no input, so the output is cut off from the image; "
                "let it keep at least one"
            )
        waiting += _requirements(place, kept[place], decode)
    if decode == "compat":
        return required | {(0, j) for j in range(levels)}
    deepest = max(j for _, j in required)  # of every level in use, the encoder cell is read
    return required | {(0, j) for j in range(deepest + 1)}


def _requirements(place: Place, sources: tuple[Place | None, ...], decode: Decode) -> list[Place]:
    """Return the cells the one at *place* needs; compat forgets x at level 0 (spec 2.3)."""
    i, j = place
    forgets = decode == "compat" and i > 0 and j == 0
    needed = [None if forgets and s is None else s or sequential_input(place) for s in sources]
    return [source for source in needed if source is not None]


def _running(place: Place, active: set[Place]) -> Place:
    """Return the cell whose output arrives where *place* is read: a skipped one passes x on."""
    while place not in active:
        place = sequential_input(place)
    return place


def _append_encoder_skips(inputs: Inputs) -> None:
    """Let the first running cell of every level read C(0, level) last (spec 1.3)."""
    served: set[int] = set()
    for (i, j), reads in inputs.items():
        if i > 0 and j not in served:
            inputs[(i, j)] = (*reads, (0, j))
            served.add(j)
