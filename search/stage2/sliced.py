"""
The output of a candidate through which no gradient flows, in less time and memory.

Between its 1 x 1 convolutions an inverted bottleneck works on each channel alone.  Where nobody
asks for its gradient, its wide middle is therefore computed a slice of channels at a time, and the
projections of the slices are added up: the same sum in another order, while tensors six times as
wide as the cell's input never exist.  Every other candidate runs as it is.

Source: spec/hna_nas.md section 3.2.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

SLICE = 64
"""Channels of the middle held at once; fewer starve the matrix products."""

ALL = slice(None)


def output_without_gradient(candidate: nn.Module, x: Tensor) -> Tensor:
    """
    Return what *candidate* makes of *x*; no gradient flows through it.

    Args:
        candidate: the module of one candidate operation.
        x: N,C,H,W.
    """
    blocks = list(candidate.children())
    with torch.no_grad():
        if not blocks or not all(hasattr(block, "depth") for block in blocks):
            output: Tensor = candidate(x)
            return output
        for block in blocks:
            x = _inverted(block, x)
    return x


def _inverted(block: Any, x: Tensor) -> Tensor:
    width = block.depth.in_channels
    parts = [slice(first, first + SLICE) for first in range(0, width, SLICE)]
    projected = _projection(block, x, parts[0])  # N,C_out,H,W
    for part in parts[1:]:
        projected += _projection(block, x, part)
    return _normalised(block.bn_project, projected, ALL)


def _projection(block: Any, x: Tensor, part: slice) -> Tensor:
    """Return what *part* of the middle adds to the projection."""
    if hasattr(block, "expand"):
        y = functional.conv2d(x, block.expand.weight[part])
        y = _normalised(block.bn_expand, y, part)
    else:
        y = x[:, part]
    depth = block.depth
    y = functional.conv2d(y, depth.weight[part], padding=depth.padding, groups=y.shape[1])
    y = _normalised(block.bn_depth, y, part)
    return functional.conv2d(y, block.project.weight[:, part])


def _normalised(norm: nn.BatchNorm2d, y: Tensor, part: slice) -> Tensor:
    """Return ReLU6 of the batch norm of *part* of the channels, as the module computes it."""
    remembers = norm.track_running_stats or not norm.training
    mean, variance = (norm.running_mean, norm.running_var) if remembers else (None, None)
    normalised = functional.batch_norm(
        y,
        None if mean is None else mean[part],
        None if variance is None else variance[part],
        norm.weight[part],
        norm.bias[part],
        norm.training,
        norm.momentum or 0.0,
        norm.eps,
    )
    return normalised.clamp_(0, 6)
