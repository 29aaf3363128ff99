"""
A table as cells and operations: which row of it stands where in a network.

A table is a flat list.  What makes it a picture is that rows of it differ in the candidate only
and share everything else, their **slot**: channels, size, blocks, what is concatenated before
them and resampled after them.  Slots are rows of the picture, candidates its columns; networks
the table holds say which cells a slot belongs to.  What a slot has no entry for is missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from profiler.operations import (
    ALL_CANDIDATES,
    DEFAULT_CANDIDATES,
    NEW_CANDIDATES,
    Identity,
    Network,
    PlacedOperation,
    Position,
    candidate_at,
    operation_key,
    operation_label,
)
from profiler.operations.catalogue import CandidateOperation
from profiler.operations.placed import Asked
from profiler.table import Entry, Table

COLUMNS = tuple(dict.fromkeys((*DEFAULT_CANDIDATES, *ALL_CANDIDATES, *NEW_CANDIDATES)))
"""Every candidate, in the order of columns."""

CandidateRow = CandidateOperation | PlacedOperation


@dataclass(frozen=True, slots=True)
class Slot:
    """
    Where in a network a candidate stands.

    Args:
        position: channels, size, blocks.
        sources: C of each tensor it reads.
        resampled: what its readers ask for at other sizes.
    """

    position: Position
    sources: tuple[int, ...] = ()
    resampled: tuple[Asked, ...] = ()

    def operation(self, candidate: str) -> CandidateRow:
        """Return the operation that *candidate* is here."""
        bare = candidate_at(candidate, self.position)
        if not self.resampled and len(self.sources) < 2:
            return bare
        sources = self.sources or (self.position.channels_in,)
        return PlacedOperation(operation=bare, sources=sources, resampled=self.resampled)

    @property
    def where(self) -> str:
        """One line for people: channels, size, blocks."""
        at = self.position
        read = "+".join(map(str, self.sources)) if self.sources[1:] else str(at.channels_in)
        blocks = f", {at.blocks} blocks" if at.blocks > 1 else ""
        batch = f", batch {at.batch}" if at.batch > 1 else ""
        return f"{read}→{at.channels_out} at {at.height}×{at.width}{blocks}{batch}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """One operation of the picture; ``entry`` is None where the table has none."""

    candidate: str
    key: str
    entry: Entry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRow:
    """One row of the picture; ``cells`` are the cells of known networks that stand there."""

    slot: Slot
    cells: tuple[str, ...]
    squares: tuple[Square, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatMap:
    """
    A table as a picture of cells and operations.

    Args:
        candidates: names of the columns.
        rows: the slots; empty for a table of other operations.
        others: entries that stand in no slot: glue, whole networks, foreign operations.
    """

    candidates: tuple[str, ...]
    rows: tuple[SlotRow, ...]
    others: tuple[Entry, ...]

    def coverage(self) -> dict[str, int]:
        """Return how many different operations of the slots there are, by how they came to be."""
        kinds = {
            square.key: square.entry.value_kind if square.entry else "missing"
            for row in self.rows
            for square in row.squares
        }
        return dict(Counter(kinds.values()))


def heat_map(table: Table, networks: Iterable[Network] = ()) -> HeatMap:
    """
    Return *table* as a picture.

    Args:
        table: whose entries.
        networks: further networks whose cells name slots, such as those a search found.
    """
    candidates = [e.operation for e in table.entries if isinstance(e.operation, CandidateRow)]
    whole = [e.operation for e in table.entries if isinstance(e.operation, Network)]
    cells = _cells([*networks, *whole])
    found = {_candidate(operation) for operation in candidates}
    columns = tuple(name for name in COLUMNS if name in found)
    rows = tuple(
        SlotRow(
            slot=slot,
            cells=tuple(cells.get(slot, ())),
            squares=tuple(_square(table, slot, name) for name in columns),
        )
        for slot in _slots(candidates, cells)
    )
    others = tuple(e for e in table.entries if not isinstance(e.operation, CandidateRow))
    return HeatMap(candidates=columns, rows=rows if columns else (), others=others)


def slot_of(operation: CandidateRow) -> Slot:
    """Return where *operation* stands."""
    bare = _bare(operation)
    position = Position(
        channels_in=bare.channels_in,
        channels_out=bare.channels_out,
        height=bare.height,
        width=bare.width,
        blocks=1 if isinstance(bare, Identity) else bare.blocks,
        batch=bare.batch,
    )
    if isinstance(operation, PlacedOperation):
        return Slot(position, operation.sources, operation.resampled)
    return Slot(position)


def _bare(operation: CandidateRow) -> CandidateOperation:
    return operation.operation if isinstance(operation, PlacedOperation) else operation


def _candidate(operation: CandidateRow) -> str:
    return operation_label(_bare(operation)).partition(" ")[0]


def _cells(networks: Iterable[Network]) -> dict[Slot, dict[str, None]]:
    """Return the names of the cells of *networks* by slot; equal topologies are read once."""
    distinct = {
        (
            n.batch,
            n.height,
            n.width,
            n.channels,
            tuple((c.place, c.inputs, c.blocks) for c in n.cells),
        ): n
        for n in networks
    }
    cells: dict[Slot, dict[str, None]] = {}
    for network in distinct.values():
        for cell in network.cells:
            slot = slot_of(network.placed(cell, COLUMNS[0]))
            cells.setdefault(slot, {})[f"{cell.iteration}.{cell.level}"] = None
    return cells


def _topology(network: Network) -> tuple[object, ...]:
    cells = tuple((cell.place, cell.inputs, cell.blocks) for cell in network.cells)
    return (network.kind, network.batch, network.height, network.width, network.channels, cells)


def _slots(
    operations: Iterable[CandidateRow], cells: Mapping[Slot, Mapping[str, None]]
) -> list[Slot]:
    """Return every slot once, those of cells first, in the order of the cells."""
    found = dict.fromkeys(cells)
    identities: list[Slot] = []
    for operation in operations:
        if isinstance(_bare(operation), Identity):
            identities.append(slot_of(operation))  # it stands where others may have several blocks
        else:
            found.setdefault(slot_of(operation))
    taken = {slot.operation("Identity") for slot in found}
    found |= dict.fromkeys(slot for slot in identities if slot.operation("Identity") not in taken)
    rest = sorted((slot for slot in found if slot not in cells), key=_order)
    named = sorted((slot for slot in found if slot in cells), key=lambda slot: min(cells[slot]))
    return [*named, *rest]


def _order(slot: Slot) -> tuple[int, int, int, int, int, str]:
    at = slot.position
    return (at.batch, -at.height, -at.width, at.channels_in, at.channels_out, slot.where)


def _square(table: Table, slot: Slot, candidate: str) -> Square:
    key = operation_key(slot.operation(candidate))
    return Square(candidate=candidate, key=key, entry=table.by_key.get(key))
