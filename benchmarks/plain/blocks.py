"""
The candidate operations as plain modules (spec 3.2): activations in place, nothing else clever.

Parameters have the names ours have, so that both can hold the same weights.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from profiler.errors import HnaError
from profiler.operations import InvertedConv, Operation, ResidualConv, SpatialConv


class Residual(nn.Module):
    """Two convolutions and a shortcut."""

    def __init__(self, a: int, o: int, kernel: int, groups: int) -> None:
        super().__init__()
        pad = kernel // 2
        self.conv1 = nn.Conv2d(a, o, kernel, padding=pad, groups=groups)
        self.bn1 = nn.BatchNorm2d(o)
        self.conv2 = nn.Conv2d(o, o, kernel, padding=pad, groups=groups)
        self.bn2 = nn.BatchNorm2d(o)
        if a != o:
            self.shortcut_conv = nn.Conv2d(a, o, 1, groups=groups)
            self.shortcut_bn = nn.BatchNorm2d(o)

    def forward(self, x: Tensor) -> Tensor:
        """N,A,H,W to N,O,H,W."""
        y = functional.relu(self.bn1(self.conv1(x)), inplace=True)
        y = self.bn2(self.conv2(y))
        same = not hasattr(self, "shortcut_conv")
        return functional.relu(
            y + (x if same else self.shortcut_bn(self.shortcut_conv(x))), inplace=True
        )


class Spatial(nn.Module):
    """Two pairs of k x 1 and 1 x k convolutions and a shortcut."""

    def __init__(self, a: int, o: int, kernel: int) -> None:
        super().__init__()
        tall: dict[str, tuple[int, int]] = {"kernel_size": (kernel, 1), "padding": (kernel // 2, 0)}
        wide: dict[str, tuple[int, int]] = {"kernel_size": (1, kernel), "padding": (0, kernel // 2)}
        self.conv1_vertical = nn.Conv2d(a, o, **tall)
        self.conv1_horizontal = nn.Conv2d(o, o, **wide)
        self.bn1 = nn.BatchNorm2d(o)
        self.conv2_vertical = nn.Conv2d(o, o, **tall)
        self.conv2_horizontal = nn.Conv2d(o, o, **wide)
        self.bn2 = nn.BatchNorm2d(o)
        if a != o:
            self.shortcut_conv = nn.Conv2d(a, o, 1)
            self.shortcut_bn = nn.BatchNorm2d(o)

    def forward(self, x: Tensor) -> Tensor:
        """N,A,H,W to N,O,H,W."""
        y = self.bn1(self.conv1_horizontal(self.conv1_vertical(x)))
        y = functional.relu(y, inplace=True)
        y = self.bn2(self.conv2_horizontal(self.conv2_vertical(y)))
        same = not hasattr(self, "shortcut_conv")
        return functional.relu(
            y + (x if same else self.shortcut_bn(self.shortcut_conv(x))), inplace=True
        )


class Inverted(nn.Module):
    """Expand, depthwise, project."""

    def __init__(self, a: int, o: int, kernel: int, width: int) -> None:
        super().__init__()
        self.expand = nn.Conv2d(a, width, 1, bias=False)
        self.bn_expand = nn.BatchNorm2d(width)
        self.depth = nn.Conv2d(
            width, width, kernel, padding=kernel // 2, groups=width, bias=False
        )  # fmt: skip
        self.bn_depth = nn.BatchNorm2d(width)
        self.project = nn.Conv2d(width, o, 1, bias=False)
        self.bn_project = nn.BatchNorm2d(o)

    def forward(self, x: Tensor) -> Tensor:
        """N,A,H,W to N,O,H,W."""
        y = functional.relu6(self.bn_expand(self.expand(x)), inplace=True)
        y = functional.relu6(self.bn_depth(self.depth(y)), inplace=True)
        return functional.relu6(self.bn_project(self.project(y)), inplace=True)


def plain_candidate(operation: Operation) -> nn.Sequential:
    """
    Return *operation* as plain modules, ``block0`` and so on.

    Raises:
        HnaError: no candidate of the shipped space.
    """
    if not isinstance(operation, ResidualConv | SpatialConv | InvertedConv):
        raise HnaError(f"{operation} is no candidate of the shipped space")
    blocks = nn.Sequential()
    for index in range(operation.blocks):
        a = operation.channels_out if index else operation.channels_in
        blocks.add_module(f"block{index}", _block(operation, a))
    return blocks


def _block(operation: ResidualConv | SpatialConv | InvertedConv, a: int) -> nn.Module:
    o, kernel = operation.channels_out, operation.kernel
    match operation:
        case ResidualConv(groups=groups):
            return Residual(a, o, kernel, groups)
        case SpatialConv():
            return Spatial(a, o, kernel)
        case InvertedConv(channels_in=channels_in, expansion=expansion):
            return Inverted(a, o, kernel, channels_in * expansion)
