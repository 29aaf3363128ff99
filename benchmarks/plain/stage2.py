"""
Stage 2 as spec/hna_nas.md describes it: every candidate resident, run one by one (3.3, 3.6).

A weight step runs the sampled path.  An architecture step is the ``full_v2`` of the shipped run:
the active candidate forwards, all others are computed again in the backward pass, whole and one
after the other; batch norms see the validation images.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.plain.blocks import plain_candidate
from profiler.operations import candidate_at
from profiler.operations.network import Place
from profiler.space import MetaSpace, Topology, skeleton
from search.losses import soft_iou_loss


class PlainSupernet(nn.Module):
    """All candidates of all running cells of *topology*."""

    def __init__(self, space: MetaSpace, topology: Topology) -> None:
        super().__init__()
        shared = skeleton(space, topology)
        self.topology = topology
        self.edges = nn.ModuleList(
            nn.ModuleList(
                plain_candidate(candidate_at(name, shared.position(cell)))
                for name in space.candidates
            )
            for cell in shared.cells
        )
        self.alpha = nn.Parameter(torch.zeros(len(topology.cells), len(space.candidates)))
        self.head = nn.Conv2d(space.channels[0], 1, 1)

    def weights(self) -> list[nn.Parameter]:
        """Return every parameter but alpha."""
        return [p for name, p in self.named_parameters() if name != "alpha"]

    def forward(self, images: Tensor, active: Sequence[int], gates: Tensor | None) -> Tensor:
        """N,3,H,W to logits N,1,H,W."""
        features: dict[Place, Tensor] = {}
        for row, cell in enumerate(self.topology.cells):
            x, edge = self._inputs(cell.place, cell.inputs, features, images), self.edges[row]
            if gates is None:
                features[cell.place] = cast(nn.ModuleList, edge)[active[row]](x)
            else:
                features[cell.place] = _FullV2.apply(x, gates[row], edge, active[row])  # type: ignore[no-untyped-call]
        logits: Tensor = self.head(features[self.topology.places[-1]])
        return logits

    def _inputs(
        self, place: Place, inputs: Sequence[Place], features: dict[Place, Tensor], images: Tensor
    ) -> Tensor:
        if not inputs:
            return images
        size = (images.shape[2] >> place[1], images.shape[3] >> place[1])
        return torch.cat(
            [
                functional.max_pool2d(features[source], 2)
                if source[0] == place[0]
                else functional.interpolate(
                    features[source], size=size, mode="bilinear", align_corners=True
                )
                for source in inputs
            ],
            dim=1,
        )


class _FullV2(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, gates: Tensor, edge: nn.ModuleList, active: int) -> Tensor:
        ctx.x = x.detach().requires_grad_(x.requires_grad)
        with torch.enable_grad():
            ctx.output = edge[active](ctx.x)
        ctx.edge, ctx.active = edge, active
        result: Tensor = ctx.output.detach()
        return result

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        x_gradient = None
        if ctx.x.requires_grad:
            (x_gradient,) = torch.autograd.grad(ctx.output, ctx.x, gradient)
        gate_gradients = gradient.new_zeros(len(ctx.edge))
        with torch.no_grad():
            for k, candidate in enumerate(ctx.edge):
                output = ctx.output if k == ctx.active else candidate(ctx.x)
                gate_gradients[k] = (output * gradient).sum()
        return x_gradient, gate_gradients, None, None


class PlainStage2:
    """The two steps of a plain search."""

    def __init__(self, supernet: PlainSupernet) -> None:
        self.supernet = supernet.train()
        self._optimiser = torch.optim.Adagrad(supernet.weights(), lr=0.01)
        self._arch = torch.optim.Adam([supernet.alpha], lr=0.005, betas=(0.0, 0.999))

    def weight_step(self, images: Tensor, masks: Tensor, active: Sequence[int]) -> None:
        """Learn the weights of one path."""
        loss = soft_iou_loss(self.supernet(images, active, None), masks)
        self._optimiser.zero_grad()
        torch.autograd.backward(loss)
        self._optimiser.step()

    def architecture_step(self, images: Tensor, masks: Tensor, active: Sequence[int]) -> None:
        """Move alpha."""
        self.supernet.alpha.grad = self.alpha_gradient(images, masks, active)
        self._arch.step()

    def alpha_gradient(self, images: Tensor, masks: Tensor, active: Sequence[int]) -> Tensor:
        """Return the gradient of the loss: sum over j of dgate_j p_j (delta_ij - p_i)."""
        alpha = self.supernet.alpha
        gates = functional.one_hot(torch.tensor(list(active)), alpha.shape[1]).to(alpha)
        gates.requires_grad_()
        loss = soft_iou_loss(self.supernet(images, active, gates), masks)
        (received,) = torch.autograd.grad(loss, gates)
        p = torch.softmax(alpha.detach(), dim=1)
        return p * (received - (received * p).sum(dim=1, keepdim=True))
