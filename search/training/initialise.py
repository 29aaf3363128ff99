"""Fresh weights for a training from scratch (spec 3.6.5)."""

from __future__ import annotations

import torch
from torch import nn

from profiler.backends.torch_module import GraphModule, torch_module
from profiler.operations import Network
from search.prior import TARGET_PRIOR, expect_few_targets


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


def fresh_module(network: Network, seed: int) -> GraphModule:
    """
    Return a searched network with the weights its training begins with.

    Args:
        network: what it is.
        seed: equal seeds, equal weights.
    """
    module = torch_module(network)
    initialise(module, seed)
    expect_few_targets(module.get_submodule("head.conv"), TARGET_PRIOR)
    return module
