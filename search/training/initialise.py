"""Fresh weights for a training from scratch (spec 3.6.5)."""

from __future__ import annotations

import torch
from torch import nn


def initialise(module: nn.Module, seed: int) -> None:
    """
    Draw new weights: Xavier-normal convolutions, everything else by torch's defaults.

    Args:
        module: changed in place.
        seed: equal seeds, equal weights; the global random state is neither used nor changed.
    """
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        for layer in module.modules():
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.BatchNorm2d):
                layer.reset_parameters()
            if isinstance(layer, nn.Conv2d):
                nn.init.xavier_normal_(layer.weight)
