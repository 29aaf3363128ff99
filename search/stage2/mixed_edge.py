"""
Mixed edges: the candidates of one cell, of which a path runs some (spec/hna_nas.md section 3.3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from search.stage2.sliced import output_without_gradient


class MixedEdge(nn.ModuleList):
    """The candidate modules of one cell, in the order of its architecture parameters."""

    def mix(
        self, x: Tensor, gates: Tensor, involved: Sequence[int], active: int, *, in_memory: bool
    ) -> Tensor:
        """
        Return the active candidate's output, with gradients to the gates of those involved.

        Args:
            x: N,C,H,W.
            gates: one for each candidate; one-hot.
            involved: indices of the candidates whose gates receive a gradient.
            active: index of the candidate that is heard.
            in_memory: hold all outputs at once (modes ``full`` and ``two``) and let the active
                candidate's weights receive gradients; otherwise compute the others again in the
                backward pass (``full_v2``), and weights receive none.
        """
        if not in_memory:
            recomputed = cast(Callable[..., Tensor], _Recomputed.apply)
            return recomputed(x, gates, self, tuple(involved), active)
        terms = [gates[k] * self._output(x, k, k == active) for k in involved]
        return torch.stack(terms).sum(dim=0) if terms[1:] else terms[0]

    def _output(self, x: Tensor, index: int, active: bool) -> Tensor:
        if not active:
            return output_without_gradient(self[index], x)
        output: Tensor = self[index](x)
        return output


class _Recomputed(torch.autograd.Function):
    """The active candidate forwards; the others only in the backward pass, one at a time."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        gates: Tensor,
        candidates: MixedEdge,
        involved: tuple[int, ...],
        active: int,
    ) -> Tensor:
        # The image itself needs no gradient; then there is none to return (spec 9, defect 1).
        ctx.leaf = x.detach().requires_grad_(x.requires_grad)
        with torch.set_grad_enabled(x.requires_grad):
            ctx.output = candidates[active](ctx.leaf)
        ctx.candidates, ctx.involved, ctx.active = candidates, involved, active
        ctx.gates_shape = gates.shape
        result: Tensor = ctx.output.detach()
        return result

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        x_gradient = None
        if ctx.leaf.requires_grad:
            (x_gradient,) = torch.autograd.grad(ctx.output, ctx.leaf, gradient)
        gate_gradients = gradient.new_zeros(ctx.gates_shape)
        with torch.no_grad():
            for k in ctx.involved:
                heard = k == ctx.active
                output = (
                    ctx.output if heard else output_without_gradient(ctx.candidates[k], ctx.leaf)
                )
                gate_gradients[k] = (output * gradient).sum()
        return x_gradient, gate_gradients, None, None, None
