"""Baselines: published networks, each the same kind of value as a searched one."""

from profiler.operations.baselines.acm import Acm
from profiler.operations.baselines.blocks import BLOCKS, Block
from profiler.operations.baselines.dnanet import DnaNet
from profiler.operations.baselines.unet import UNet, UNetPlusPlus

BaselineNetwork = DnaNet | UNet | UNetPlusPlus | Acm
"""A published network."""

__all__ = ["BLOCKS", "Acm", "BaselineNetwork", "Block", "DnaNet", "UNet", "UNetPlusPlus"]
