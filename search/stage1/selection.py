"""
The selection matrix of a cell: how much of each candidate input it takes.

Rows are candidate inputs (the cells of the iteration before, then x), columns are picks.
Source: spec/hna_nas.md sections 2.1 to 2.3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from profiler.operations.network import Place
from profiler.space import Gene


def alpha_shape(place: Place, levels: int) -> tuple[int, int]:
    """
    Return how many candidate inputs and how many picks the cell at *place* has.

    >>> alpha_shape((1, 0), 5)
    (6, 4)
    """
    picks = levels - place[0]
    return picks + 2, picks


def mixing_weights(alpha: Tensor, tau: float, noise: Tensor | None = None) -> Tensor:
    """
    Return by how much each candidate input, and last x itself, enters a cell.

    The cell's input is ``(x + sum_c w_c sum_r S[r, c] cand_r) / (u + 1)``: S is the softmax over
    rows, w_c is 1 over the number of picks that share column c's argmax, u the number of
    different argmaxes.

    Args:
        alpha: rows, picks.
        tau: temperature of the softmax.
        noise: added to alpha before the softmax; the argmax does not see it.

    Returns:
        rows values; the last one, of x, includes the ``x +``.
    """
    probabilities = torch.softmax((alpha if noise is None else alpha + noise) / tau, dim=0)
    argmax = alpha.detach().argmax(dim=0)  # picks
    shares = 1 / (argmax[:, None] == argmax).sum(dim=1)  # picks
    different = shares.sum().round()  # each argmax has one share in all; no wait for the device
    rows = probabilities @ shares.to(alpha)  # rows
    skip = torch.zeros_like(rows)
    skip[-1] = 1
    mixed: Tensor = (rows + skip) / (different + 1)
    return mixed


def gumbel_noise(shape: torch.Size, generator: torch.Generator) -> Tensor:
    """Return standard Gumbel noise, drawn on the CPU."""
    uniform = torch.rand(shape, generator=generator)
    tiny = torch.finfo(uniform.dtype).tiny  # the logarithm of 0 is no number
    exponential = -torch.log(uniform.clamp_min(tiny))
    return -torch.log(exponential.clamp_min(tiny))


def picks_of(alpha: Tensor) -> tuple[int, ...]:
    """Return the sorted argmax rows of all columns: one line of a gene."""
    return tuple(sorted(alpha.argmax(dim=0).tolist()))


def kept_probabilities(alpha: Tensor, tau: float, *, keep_x: bool = False) -> Tensor:
    """
    Return the probability that each candidate input is kept.

    That is ``1 - prod_c (1 - S[r, c])``, S the softmax over rows: the columns pick independently
    of each other, and one of them is enough.

    Args:
        alpha: one selection matrix, or several of one shape: ..., rows, picks.
        tau: temperature of the softmax.
        keep_x: x, the last row, is kept whatever is picked.

    Returns:
        ..., rows.
    """
    kept = 1 - (1 - torch.softmax(alpha / tau, dim=-2)).prod(dim=-1)
    return torch.cat((kept[..., :-1], torch.ones_like(kept[..., -1:])), dim=-1) if keep_x else kept


def probable_picks(alpha: Tensor, tau: float, keep_above: float) -> tuple[int, ...]:
    """
    Return the rows kept with more than a probability, and the most probable one in any case.

    Fig. 3 of the paper removes candidates of small probability.  Where columns are decided these
    are the argmaxes; what an undecided column picks by a hair is left out.

    Args:
        alpha: rows, picks.
        tau: temperature of the softmax.
        keep_above: probability up to which an input is dropped.
    """
    kept = kept_probabilities(alpha, tau)
    rows = {int(kept.argmax()), *(kept > keep_above).nonzero().flatten().tolist()}
    return tuple(sorted(rows))


def gene_of(
    alphas: Mapping[Place, Tensor],
    *,
    keep_x: bool = False,
    pick: Callable[[Tensor], tuple[int, ...]] = picks_of,
) -> Gene:
    """
    Return the gene that selection matrices amount to.

    Args:
        alphas: selection matrices, x in the last row.
        keep_x: pick x in every cell past iteration 0 as well, because the fusion that was trained
            always adds it; the reference drops it unless it is picked.
        pick: the rows a matrix keeps.
    """
    picks = {place: pick(alpha) for place, alpha in alphas.items()}
    if keep_x:
        for place, alpha in alphas.items():
            x = alpha.shape[0] - 1
            if place[0] > 0 and x not in picks[place]:
                picks[place] = (*picks[place], x)
    return Gene(picks=picks)


def entropy(alphas: Mapping[Place, Tensor]) -> float:
    """Return the mean entropy of the columns of all cells past iteration 0, in nats."""
    columns = [
        torch.special.entr(torch.softmax(alpha.detach(), dim=0)).sum(dim=0)
        for (i, _), alpha in alphas.items()
        if i > 0
    ]
    return float(torch.cat(columns).mean())
