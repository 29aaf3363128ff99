"""
A step of stage 1 as spec/hna_nas.md section 2.2 writes it down.

Every candidate input is brought to the size of the cell, and every pick adds up all of them.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from profiler.operations.network import Place
from profiler.space import grid
from search.losses import soft_iou_loss


class PlainStage1(nn.Module):
    """The supernet of stage 1 at one width, and its step."""

    def __init__(self, blocks: tuple[int, ...], width: int = 32) -> None:
        super().__init__()
        self.levels, self.blocks = len(blocks), blocks
        self.places = grid(self.levels)
        self.stem = nn.Sequential(
            nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(True)
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
            nn.init.normal_(torch.empty(self.levels - i + 2, self.levels - i), std=1e-3)
            for i, _ in self.places
        )
        self.head = nn.Conv2d(width, 1, 1)
        self._optimiser: torch.optim.Optimizer | None = None

    def forward(self, images: Tensor, noise: bool = True) -> Tensor:
        """N,3,H,W to logits N,1,H,W."""
        features: dict[Place, Tensor] = {}
        for index, (i, j) in enumerate(self.places):
            if (i, j) == (0, 0):
                x = self.stem(images)
            elif j:
                x = functional.max_pool2d(features[(i, j - 1)], 2)
            else:
                x = features[(i - 1, 0)]
            if i:
                x = self._fuse(self.selection[index], (i, j), x, features, noise)
            features[(i, j)] = self._operate(index, j, x)
        logits: Tensor = self.head(features[self.places[-1]])
        return logits

    def step(self, images: Tensor, masks: Tensor) -> None:
        """Learn weights and selection together."""
        if self._optimiser is None:
            self._optimiser = torch.optim.Adagrad(self.parameters(), lr=0.01)
        loss = soft_iou_loss(self(images), masks)
        self._optimiser.zero_grad()
        torch.autograd.backward(loss)
        self._optimiser.step()

    def _fuse(
        self, alpha: Tensor, place: Place, x: Tensor, features: dict[Place, Tensor], noise: bool
    ) -> Tensor:
        i, _ = place
        size = x.shape[-2:]
        candidates = [
            functional.interpolate(features[(i - 1, k)], size=size, mode="bilinear")
            for k in range(self.levels - i + 1)
        ]
        candidates.append(x)
        gumbel = -torch.log(-torch.log(torch.rand_like(alpha).clamp(1e-9, 1 - 1e-7)))
        s = torch.softmax(alpha + gumbel if noise else alpha, dim=0)
        picked = alpha.argmax(dim=0).tolist()
        y = x
        for c, pick in enumerate(picked):
            mixed = sum(s[r, c] * candidate for r, candidate in enumerate(candidates))
            y = y + mixed / picked.count(pick)
        return y / (len(set(picked)) + 1)

    def _operate(self, index: int, level: int, x: Tensor) -> Tensor:
        convolutions, norms = self.convolutions[level], self.norms[index]
        for first in range(0, 2 * self.blocks[level], 2):
            y = functional.relu(norms[first](convolutions[first](x)), inplace=True)  # type: ignore[index]
            y = norms[first + 1](convolutions[first + 1](y))  # type: ignore[index]
            x = functional.relu(y + x, inplace=True)
        return x
