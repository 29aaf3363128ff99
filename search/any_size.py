"""
A trained network that runs on images of any size.

A graph has fixed sizes, so the network is described anew for each size it meets; all of these
share one set of weights.  Skipped cells, channels and parameters do not depend on the size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor, nn

from profiler.backends.torch_module import torch_module
from profiler.operations import SegmentationNetwork

_REMEMBERED = 64
"""Sizes kept; a graph is small beside its weights, and those are shared."""


class AnySize(nn.Module):
    """
    Runs a network at the size of the images it is given.

    Args:
        network: what the module is, at any size.
        module: its trained module, whose weights and mode are used.
    """

    def __init__(self, network: SegmentationNetwork, module: nn.Module) -> None:
        super().__init__()
        self.module = module
        self._network = network
        self._by_size: dict[tuple[int, int], nn.Module] = {}

    def forward(self, images: Tensor) -> Tensor:
        """
        Return the logits N,K,H,W of images N,3,H,W.

        Raises:
            OperationInvalid: the network cannot run at this size.
        """
        module = self._at(images.shape[2], images.shape[3])
        logits: Tensor = module.train(self.training)(images)
        return logits

    def _at(self, height: int, width: int) -> nn.Module:
        if (height, width) not in self._by_size:
            if len(self._by_size) == _REMEMBERED:
                self._by_size.clear()
            self._by_size[height, width] = self._described(height, width)
        return self._by_size[height, width]

    def _described(self, height: int, width: int) -> nn.Module:
        network = replace(self._network, height=height, width=width)
        with torch.device("meta"):
            module = torch_module(network)
        module.load_state_dict(self.module.state_dict(), assign=True)
        return module

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> AnySize:
        """Forget the modules that hold the weights as they were before a move or a cast."""
        self._by_size.clear()
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        return self
