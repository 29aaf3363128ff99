"""
The supernet of stage 2: a topology whose cells hold all their candidates.

Only the candidates of a path run.  Inputs are fused as the derived network fuses them, on tensors
of any size; what reduces an input of a cell is shared by all its candidates.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import cast

import torch
from torch import Tensor, nn

from profiler.backends.torch_module import max_pool, resize, torch_module
from profiler.operations import Cell, Network, candidate_at
from profiler.operations.network import Place
from profiler.space import ActiveCell, CellCandidates, MetaSpace, Topology, skeleton
from search.stage2.architecture import Architecture, Path
from search.stage2.mixed_edge import MixedEdge


class Stage2Supernet(nn.Module):
    """
    All candidates of all running cells.

    Args:
        space: sizes and widths.
        topology: which cells run and what they read.
        candidates: names of the candidates of each cell.
        base: the candidate at which cells can stand still; the first where a cell has none.
    """

    def __init__(
        self,
        space: MetaSpace,
        topology: Topology,
        candidates: CellCandidates,
        *,
        base: str | None = None,
    ) -> None:
        super().__init__()
        self.topology = topology
        self.candidates = candidates
        cells = [candidates[place] for place in topology.places]
        self.architecture = Architecture(
            [len(names) for names in cells],
            [names.index(base) if base in names else 0 for names in cells],
        )
        shared = skeleton(space, topology)
        self.edges = nn.ModuleList(
            MixedEdge(
                torch_module(candidate_at(name, shared.position(cell)))
                for name in candidates[cell.place]
            )
            for cell in shared.cells
        )
        self.reductions = nn.ModuleList(_reductions(shared, cell) for cell in shared.cells)
        self.head = nn.Conv2d(space.channels[0], 1, 1)
        self._norms = [m for m in self.modules() if isinstance(m, nn.BatchNorm2d)]

    def weights(self) -> list[nn.Parameter]:
        """Return every parameter that is no architecture parameter."""
        return [p for name, p in self.named_parameters() if name != "architecture.alpha"]

    def forward(self, images: Tensor, path: Path, *, in_memory: bool = True) -> Tensor:
        """
        Return the logits of a path.

        Args:
            images: N,3,H,W.
            path: which candidates run.
            in_memory: see ``MixedEdge.mix``.

        Returns:
            N,1,H,W.
        """
        features: dict[Place, Tensor] = {}
        for row, cell in enumerate(self.topology.cells):
            x = _fuse(cell, features, images, cast(nn.ModuleDict, self.reductions[row]))
            features[cell.place] = self._run(row, x, path, in_memory)
        logits: Tensor = self.head(features[self.topology.places[-1]])
        return logits

    def weights_of(self, chosen: Mapping[Place, str]) -> dict[str, Tensor]:
        """Return the state of the chosen candidates under the names of the derived network."""
        state = {f"head.conv.{name}": tensor for name, tensor in self.head.state_dict().items()}
        for (i, j), edge, reductions in zip(
            self.topology.places, self.edges, self.reductions, strict=True
        ):
            state |= reductions.state_dict(prefix=f"cell_{i}_{j}.")
            index = self.candidates[(i, j)].index(chosen[(i, j)])
            for name, tensor in edge.state_dict(prefix=f"cell_{i}_{j}.").items():
                prefix = f"cell_{i}_{j}.{index}."
                if name.startswith(prefix):
                    state[name.replace(prefix, f"cell_{i}_{j}.", 1)] = tensor
        return {name: tensor.detach().cpu().clone() for name, tensor in state.items()}

    @contextmanager
    def frozen_statistics(self) -> Iterator[None]:
        """Normalise by the batch without remembering it: validation images leave no trace."""
        for norm in self._norms:
            norm.track_running_stats = False
        try:
            yield
        finally:
            for norm in self._norms:
                norm.track_running_stats = True

    def running_statistics(self) -> list[Tensor]:
        """Return the running mean and variance of every batch norm."""
        buffers = [(norm.running_mean, norm.running_var) for norm in self._norms]
        return [tensor for pair in buffers for tensor in pair if tensor is not None]

    def _run(self, row: int, x: Tensor, path: Path, in_memory: bool) -> Tensor:
        edge = cast(MixedEdge, self.edges[row])
        active = path.active[row]
        if path.gates is None:
            output: Tensor = edge[active](x)
            return output
        return edge.mix(x, path.gates[row], path.involved[row], active, in_memory=in_memory)


def _reductions(network: Network, cell: Cell) -> nn.ModuleDict:
    """Return what reduces inputs of *cell* before they are resampled, as the network names it."""
    reductions = nn.ModuleDict()
    for index, place in enumerate(cell.inputs):
        there, read = network.channels[place[1]], network.channels_read(cell, place)
        if read < there:
            layers = {"conv": nn.Conv2d(there, read, 1, bias=False), "bn": nn.BatchNorm2d(read)}
            reductions[f"reduce{index}"] = nn.Sequential(OrderedDict(layers))
    return reductions


def _fuse(
    cell: ActiveCell,
    features: Mapping[Place, Tensor],
    images: Tensor,
    reductions: nn.ModuleDict,
) -> Tensor:
    """Bring the inputs of a cell to its size and concatenate them."""
    if not cell.inputs:
        return images
    iteration, level = cell.place
    height, width = images.shape[2] >> level, images.shape[3] >> level
    tensors = []
    for index, place in enumerate(cell.inputs):
        tensor = features[place]
        name = f"reduce{index}"
        if name in reductions:
            tensor = reductions[name](tensor)
        if place[0] == iteration:
            tensor = max_pool(tensor)
        elif place[1] != level:
            tensor = resize(tensor, height, width)
        tensors.append(tensor)
    return torch.cat(tensors, dim=1) if tensors[1:] else tensors[0]
