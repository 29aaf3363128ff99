"""
Architecture parameters: one logit for each candidate of each cell, and what is drawn from them.

All cells are rows of one matrix, padded where a cell has fewer candidates, so that one softmax
serves them all.  Candidates can be dropped on the way; they then have probability 0.
Source: spec/hna_nas.md section 3.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

ALPHA_STD = 1e-3

Standing = Mapping[int, int]
"""Cells (by row) that stand still in a step, and the candidate (by index) each of them is."""


@dataclass(frozen=True, slots=True)
class Path:
    """
    What one step runs.

    Args:
        active: index of the active candidate of each cell.
        involved: indices of the candidates whose gates receive a gradient; only the active one
            in a weight step.
        gates: cells, candidates; one-hot, with the gradient of the probabilities behind it.
            None in a weight step.
        probabilities: cells, candidates; of the involved candidates, 0 elsewhere.
    """

    active: tuple[int, ...]
    involved: tuple[tuple[int, ...], ...]
    gates: Tensor | None
    probabilities: Tensor


class Architecture(nn.Module):
    """
    The logits of all candidates.

    Args:
        counts: how many candidates each cell has.
        base: index of the candidate at which each cell can stand still; the first by default.
    """

    valid: Tensor
    base: Tensor

    def __init__(self, counts: Sequence[int], base: Sequence[int] | None = None) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.randn(len(counts), max(counts)) * ALPHA_STD)
        positions = torch.arange(max(counts))
        self.register_buffer("valid", positions < torch.tensor(counts)[:, None])
        self.register_buffer("base", torch.tensor(base or [0] * len(counts)))

    def probabilities(self, involved: Tensor | None = None) -> Tensor:
        """
        Return the softmax over the candidates of each cell: cells, candidates.

        Args:
            involved: mask of the candidates it goes over; all of them by default.
        """
        mask = self.valid if involved is None else involved
        return torch.softmax(self.alpha.masked_fill(~mask, -torch.inf), dim=1)

    def left(self) -> list[list[int]]:
        """Return the indices of the candidates of each cell that have not been dropped."""
        return [row.nonzero()[:, 0].tolist() for row in self.valid.cpu()]

    def log_probabilities(self) -> list[list[float]]:
        """Return the log-probability of each candidate left in each cell, as in ``left``."""
        masked = self.alpha.detach().double().masked_fill(~self.valid, -torch.inf)
        rows = torch.log_softmax(masked, dim=1).cpu()
        return [row[mask].tolist() for row, mask in zip(rows, self.valid.cpu(), strict=True)]

    def drop(self, row: int, index: int) -> None:
        """Take candidate *index* of the cell at *row* out; the best left stands in for it."""
        self.valid[row, index] = False
        if int(self.base[row]) == index:
            self.base[row] = self.probabilities().detach()[row].argmax()

    def entropy(self) -> float:
        """Return the mean entropy of the cells, in nats."""
        return float(torch.special.entr(self.probabilities().detach()).sum(dim=1).mean())

    def weight_path(self, generator: torch.Generator) -> Path:
        """Draw one candidate a cell by its probability; only weights will learn."""
        return self.fixed_path(_draw(self.probabilities().detach(), 1, generator)[:, 0].tolist())

    def fixed_path(self, active: Sequence[int]) -> Path:
        """Return the path of the named candidates, one a cell; only weights will learn."""
        probabilities = self.probabilities().detach()
        return Path(tuple(active), tuple((k,) for k in active), None, probabilities)

    def full_path(self, generator: torch.Generator, standing: Standing | None = None) -> Path:
        """Draw the active candidates; every candidate's gate receives a gradient."""
        return self.path_through(_still(self.valid, standing or {}), generator)

    def pair_path(self, generator: torch.Generator, standing: Standing | None = None) -> Path:
        """Draw two candidates a cell without replacement, and one of them to be active."""
        # A cell with one candidate is paired with padding, which stays masked.
        weights = self.probabilities().detach() + 1e-30
        pair = _draw(weights, min(2, weights.shape[1]), generator).to(self.valid.device)
        involved = torch.zeros_like(self.valid).scatter_(1, pair, True) & self.valid
        return self.path_through(_still(involved, standing or {}), generator)

    def path_through(
        self, involved: Tensor, generator: torch.Generator, active: Sequence[int] | None = None
    ) -> Path:
        """
        Return a path whose gates carry gradients to alpha.

        The gates are one-hot; behind them stands the softmax over the involved candidates, so
        that ``dalpha_i = sum_j dgate_j p_j (delta_ij - p_i)``, added to whatever the hardware
        term sends through the same probabilities.

        Args:
            involved: mask of cells, candidates.
            generator: draws the active candidates, unless *active* names them.
            active: index of the active candidate of each cell.
        """
        probabilities = self.probabilities(involved)
        frozen = probabilities.detach()
        drawn = _draw(frozen, 1, generator)[:, 0].tolist() if active is None else list(active)
        one_hot = nn.functional.one_hot(torch.tensor(drawn), frozen.shape[1]).to(frozen)
        indices = tuple(tuple(row.nonzero()[:, 0].tolist()) for row in involved.cpu())
        return Path(tuple(drawn), indices, one_hot + (probabilities - frozen), probabilities)

    def rescale(self, before: Tensor, path: Path) -> None:
        """
        Keep the total mass of each involved pair what it was before the optimiser's step.

        Args:
            before: alpha before the step.
            path: of the step, drawn by ``pair_path``.
        """
        with torch.no_grad():
            for row, involved in enumerate(path.involved):
                pair = list(involved)
                gained = self.alpha[row, pair].logsumexp(0) - before[row, pair].logsumexp(0)
                self.alpha[row, pair] -= gained


def _still(involved: Tensor, standing: Standing) -> Tensor:
    """Return *involved* with one candidate only in the cells that stand still."""
    involved = involved.clone()
    for row, index in standing.items():
        involved[row] = False
        involved[row, index] = True
    return involved


def _draw(weights: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Draw *count* different columns of each row, on the CPU: equal seeds on every device."""
    return torch.multinomial(weights.cpu(), count, generator=generator)
