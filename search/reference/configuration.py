"""
``net.config`` of the official release: what every cell of a network is (spec/hna_nas.md 8.2).

The file says which operation each cell is and how wide, never what a cell reads: that is the
gene.  Widths and blocks are those of the file, whatever configuration they come from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isqrt
from pathlib import Path
from typing import Any

from profiler.errors import DataInvalid
from profiler.operations import Cell, Network
from profiler.operations.network import Place
from profiler.space import Topology, grid

_BATCH_NORM = {"momentum": 0.1, "eps": 1e-5}


@dataclass(frozen=True, slots=True, kw_only=True)
class CellConfiguration:
    """
    One entry of ``blocks``.

    Args:
        candidate: name of the operation.
        channels_in: C of the fused input; 1 for the placeholder of a skipped cell.
        channels_out: C of the output.
        blocks: M, how many blocks are stacked.
    """

    candidate: str
    channels_in: int
    channels_out: int
    blocks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceConfiguration:
    """
    A network as ``net.config`` describes it.

    Args:
        file: its name, for messages.
        cells: every cell of the grid, placeholders included.
        add_decoder: whether the deepest cells read each other besides what the gene says.
    """

    file: str
    cells: Mapping[Place, CellConfiguration]
    add_decoder: bool

    @property
    def levels(self) -> int:
        """L, of the meta architecture."""
        return sum(i == 0 for i, _ in self.cells)

    @property
    def channels(self) -> tuple[int, ...]:
        """Output channels by level."""
        return tuple(self.cells[(0, level)].channels_out for level in range(self.levels))

    @property
    def candidates(self) -> dict[Place, str]:
        """The candidate of every cell, placeholders included."""
        return {place: cell.candidate for place, cell in self.cells.items()}

    def network(self, topology: Topology, *, size: int) -> Network:
        """
        Return the network on images of *size* x *size* pixels.

        Args:
            topology: which cells run and what they read.
            size: H and W, in pixels.

        Raises:
            DataInvalid: the topology gives a cell another width than the file does.
        """
        network = Network(
            height=size,
            width=size,
            channels=self.channels,
            cells=tuple(
                Cell(
                    iteration=cell.place[0],
                    level=cell.place[1],
                    inputs=cell.inputs,
                    candidate=self.cells[cell.place].candidate,
                    blocks=self.cells[cell.place].blocks,
                )
                for cell in topology.cells
            ),
        )
        self._require_same_widths(network)
        return network

    def _require_same_widths(self, network: Network) -> None:
        for cell in network.cells:
            stated, fused = self.cells[cell.place].channels_in, network.position(cell).channels_in
            if stated != fused:
                raise DataInvalid(
                    f"cell {cell.place} reads {fused} channels by the gene and {stated} by "
                    f"{self.file}; name the gene this network was searched with"
                )


def read_configuration(path: Path) -> ReferenceConfiguration:
    """
    Read a ``net.config``.

    Raises:
        DataInvalid: not readable as JSON, no whole grid of cells, or batch norms this project
            does not compute.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        cells = dict(_cells(document["blocks"]))
        add_decoder = str(document.get("add_decoder", False)) == "True"
        norm = document.get("bn", _BATCH_NORM)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataInvalid(
            f"{path}: no network configuration can be read there ({error})"
        ) from error
    if norm != _BATCH_NORM:
        raise DataInvalid(f"{path}: batch norms with {norm}; this project has {_BATCH_NORM}")
    _require_one_width_by_level(path, cells)
    return ReferenceConfiguration(file=path.name, cells=cells, add_decoder=add_decoder)


def _cells(blocks: list[Mapping[str, Any]]) -> Iterator[tuple[Place, CellConfiguration]]:
    levels = (isqrt(8 * len(blocks) + 1) - 1) // 2
    places = grid(levels)
    if not blocks or len(places) != len(blocks):
        raise ValueError(f"{len(blocks)} blocks are no whole grid of cells, such as 15")
    for place, block in zip(places, blocks, strict=True):
        yield (
            place,
            CellConfiguration(
                candidate=_candidate(block),
                channels_in=int(block["in_channels"]),
                channels_out=int(block["out_channels"]),
                blocks=int(block["num_blocks"]),
            ),
        )


def _candidate(block: Mapping[str, Any]) -> str:
    size = f"{block['kernel_size']}x{block['kernel_size']}"
    match block["name"]:
        case "SpaConvLayer":
            return f"{size}_SpaConv"
        case "ResConvLayer":
            group = block["group"]
            return f"{size}_GroupConv{group}" if group > 1 else f"{size}_ResConv"
        case "MBInvertedConvLayer":
            expansion = block["expand_ratio"]
            return f"{size}_MBConv{expansion}" if expansion > 1 else f"{size}_DepthSC"
        case name:
            raise ValueError(f"unknown layer {name!r}")


def _require_one_width_by_level(path: Path, cells: Mapping[Place, CellConfiguration]) -> None:
    for (i, j), cell in cells.items():
        expected = cells[(0, j)].channels_out
        if cell.channels_out != expected:
            raise DataInvalid(
                f"{path}: cell {(i, j)} makes {cell.channels_out} channels and cell {(0, j)} "
                f"{expected}; all cells of a level have one width"
            )
