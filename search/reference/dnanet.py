"""
Which DNANet a checkpoint is of, read off its shapes (spec/hna_nas.md section 7.1).

A checkpoint of the release says neither widths nor depth nor whether training was supervised
deeply; its names and shapes do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import count

from torch import Tensor

from profiler.errors import RunInvalid
from profiler.operations import DnaNet

_HEAD = re.compile(r"final\d*\.weight")


def dnanet_of(state: Mapping[str, Tensor], *, size: int) -> DnaNet:
    """
    Return the DNANet *state* is of.

    Args:
        state: names and tensors of the release.
        size: H and W of its images, in pixels.

    Raises:
        RunInvalid: no level but the first, or no head.
        OperationInvalid: there is no such DNANet, or it cannot run at this size.
    """
    widths = []
    for level in count():
        weight = state.get(f"conv{level}_0.0.conv1.weight")
        if weight is None:
            break
        widths.append(int(weight.shape[0]))
    heads = sum(_HEAD.fullmatch(name) is not None for name in state)
    if len(widths) < 2 or not heads:
        raise RunInvalid(
            f"no DNANet has {len(widths)} level(s) and {heads} head(s); expected "
            "conv0_0.0.conv1.weight, conv1_0.0.conv1.weight, ... and final.weight or final1.weight"
        )
    return DnaNet(
        height=size,
        width=size,
        channels=tuple(widths),
        blocks=tuple(_blocks(state, level) for level in range(1, len(widths))),
        block="residual_cbam" if any("shortcut" in name for name in state) else "vgg_cbam",
        heads=heads,
    )


def _blocks(state: Mapping[str, Tensor], level: int) -> int:
    """Return how many blocks a node of *level* stacks."""
    return next(n for n in count(1) if f"conv{level}_0.{n}.conv1.weight" not in state)
