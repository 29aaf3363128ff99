"""
The supernet of stage 1: every cell, every input, one width.

The convolutions of a level are shared by all iterations, batch norms and selection matrices are
each cell's own.  Inputs are summed, not concatenated.  Source: spec/hna_nas.md sections 2.1, 2.2.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from profiler.operations.network import Place
from profiler.space import grid, sequential_input
from search.stage1.plan import AlphaInit
from search.stage1.selection import alpha_shape, gumbel_noise, mixing_weights

SMALL_ALPHA = 1e-3
"""Standard deviation of small initial alphas: enough to tell the columns apart."""


class Stage1Supernet(nn.Module):
    """
    All cells of the meta architecture at one width.

    Args:
        blocks: residual blocks of a cell, by level; in all iterations alike.
        width: channels of every cell.
        alpha_init: how the selection matrices begin.
    """

    def __init__(
        self, blocks: tuple[int, ...], width: int = 32, alpha_init: AlphaInit = "small"
    ) -> None:
        super().__init__()
        self.levels = len(blocks)
        self.places = grid(self.levels)
        self.stem = nn.Sequential(
            nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()
        )
        self.convolutions = nn.ModuleList(
            nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(2 * count))
            for count in blocks
        )
        self.norms = nn.ModuleList(
            nn.ModuleList(nn.BatchNorm2d(width) for _ in range(2 * blocks[j]))
            for _, j in self.places
        )
        self.selection = nn.ParameterList(
            initial_alpha(place, self.levels, alpha_init) for place in self.places
        )
        self.head = nn.Conv2d(width, 1, 1)

    @property
    def alphas(self) -> dict[Place, Tensor]:
        """The selection matrix of each cell; those of iteration 0 never matter."""
        return dict(zip(self.places, self.selection, strict=True))

    def weights(self) -> list[nn.Parameter]:
        """Return every parameter that is no selection matrix."""
        return [p for name, p in self.named_parameters() if not name.startswith("selection.")]

    def forward(
        self, images: Tensor, tau: float = 1.0, generator: torch.Generator | None = None
    ) -> Tensor:
        """
        Return logits.

        Args:
            images: N,3,H,W.
            tau: temperature of the selection.
            generator: draws Gumbel noise; None adds none.

        Returns:
            N,1,H,W.
        """
        features: dict[Place, Tensor] = {}
        for index, place in enumerate(self.places):
            x = self._sequential(place, features, images)
            if place[0] > 0:
                weights = self._mixing(self.selection[index], tau, generator)
                x = self._fuse(place, x, features, weights)
            features[place] = self._operate(index, x)
        logits: Tensor = self.head(features[self.places[-1]])
        return logits

    def _sequential(self, place: Place, features: dict[Place, Tensor], images: Tensor) -> Tensor:
        if place == (0, 0):
            stem: Tensor = self.stem(images)
            return stem
        x = features[sequential_input(place)]
        return functional.max_pool2d(x, 2) if place[1] else x

    def _mixing(self, alpha: Tensor, tau: float, generator: torch.Generator | None) -> Tensor:
        noise = None if generator is None else gumbel_noise(alpha.shape, generator).to(alpha)
        return mixing_weights(alpha, tau, noise)

    def _fuse(
        self, place: Place, x: Tensor, features: dict[Place, Tensor], weights: Tensor
    ) -> Tensor:
        i, _ = place
        fused = x * weights[-1]
        for k in range(self.levels - i + 1):
            # Resampling is linear, so scaling comes first, on the smaller side of it.
            fused = fused + _resize(features[(i - 1, k)] * weights[k], x)
        return fused

    def _operate(self, index: int, x: Tensor) -> Tensor:
        convolutions = cast(nn.ModuleList, self.convolutions[self.places[index][1]])
        norms = cast(nn.ModuleList, self.norms[index])
        for first in range(0, len(norms), 2):
            y = functional.relu(norms[first](convolutions[first](x)))
            y = norms[first + 1](convolutions[first + 1](y))
            x = functional.relu(y + x)
        return x


def initial_alpha(place: Place, levels: int, init: AlphaInit) -> nn.Parameter:
    """Return the selection matrix a cell begins with."""
    alpha = nn.Parameter(torch.empty(alpha_shape(place, levels)))
    if init == "xavier":
        nn.init.xavier_uniform_(alpha)
    else:
        nn.init.normal_(alpha, std=SMALL_ALPHA)
    return alpha


def _resize(tensor: Tensor, like: Tensor) -> Tensor:
    """Resample to the size of *like*; stage 1 does not align corners (spec 2.2)."""
    size = like.shape[-2:]
    if tensor.shape[-2:] == size:
        return tensor
    return functional.interpolate(tensor, size=size, mode="bilinear", align_corners=False)
