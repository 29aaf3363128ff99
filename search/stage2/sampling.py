"""
Which path a step runs.

``local``: in each step most cells stand still at one candidate, their base, and the others
are open.  What an open cell tries is thus judged inside a network that segments.  (A supernet of
random paths stays on the plateau of SoftIoU: for hundreds of epochs in the reference,
spec/hna_nas.md section 6.4, and for good in a short search.)  The warm-up begins with all cells
standing.  In weight steps open cells deal their candidates like cards, each once before any again,
so that none looks good only because it was trained more often (FairNAS, ICCV 2021).
``probability`` draws every cell every time, as the reference does.
"""

from __future__ import annotations

import torch

from search.stage2.architecture import Architecture, Path, Standing
from search.stage2.plan import Stage2Plan


class Sampler:
    """
    Hands out the paths of one epoch.

    Args:
        architecture: of the supernet.
        plan: how to sample.
        epoch: counted from 0.
    """

    def __init__(self, architecture: Architecture, plan: Stage2Plan, epoch: int) -> None:
        self._architecture = architecture
        self._plan = plan
        self._openness = plan.openness_at(epoch)
        self._base = architecture.base.tolist()
        self._left = architecture.left()
        self._hands: list[list[int]] = [[] for _ in self._left]

    def weight_path(self, generator: torch.Generator) -> Path:
        """Return the path of the next weight step."""
        if self._plan.sampling == "probability":
            return self._architecture.weight_path(generator)
        standing = self._standing(generator)
        return self._architecture.fixed_path(
            [
                standing[row] if row in standing else self._deal(row, generator)
                for row in range(len(self._left))
            ]
        )

    def architecture_path(self, generator: torch.Generator) -> Path:
        """Return the path of the next architecture step."""
        standing = {} if self._plan.sampling == "probability" else self._standing(generator)
        if self._plan.mode == "two":
            return self._architecture.pair_path(generator, standing)
        return self._architecture.full_path(generator, standing)

    def _standing(self, generator: torch.Generator) -> Standing:
        still = torch.rand(len(self._left), generator=generator) >= self._openness
        return {row: self._base[row] for row in still.nonzero()[:, 0].tolist()}

    def _deal(self, row: int, generator: torch.Generator) -> int:
        if not self._hands[row]:
            order = torch.randperm(len(self._left[row]), generator=generator).tolist()
            self._hands[row] = [self._left[row][k] for k in order]
        return self._hands[row].pop()
