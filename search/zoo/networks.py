"""
Published networks by name, backbone and channel size (spec/hna_nas.md section 7).

A backbone says how many blocks a node stacks at each level below the first, and which block:
``vgg_10`` one without a shortcut, ``resnet_*`` residual ones, in DNANet with CBAM attention.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from profiler.errors import OperationInvalid
from profiler.operations import Acm, BaselineNetwork, DnaNet, UNet, UNetPlusPlus
from profiler.operations.baselines import Block
from profiler.space.meta import BLOCKS, CHANNELS

ZOO = ("DNANet", "UNet", "UNetPlusPlus", "ACM-FPN", "ACM-UNet")
"""Names of the networks there are."""

BACKBONES = {"vgg_10": BLOCKS["resnet_10"][1:]} | {name: BLOCKS[name][1:] for name in BLOCKS}
"""Stacked blocks of a node, by level from level 1; at level 0 it is one."""

_BY_NAME = {name.casefold(): name for name in ZOO} | {"unet++": "UNetPlusPlus"}


def zoo_network(
    model: str,
    *,
    backbone: str = "resnet_18",
    channel_size: str = "three",
    deep_supervision: bool = True,
    height: int = 256,
    width: int = 256,
    batch: int = 1,
) -> BaselineNetwork:
    """
    Return a network of the zoo; the defaults are the published DNANet and ACM.

    Args:
        model: a name of ``ZOO`` or ``UNet++``, in any case.
        backbone: a name of ``BACKBONES``; ACM has its own, ResNet-20.
        channel_size: a name of ``CHANNELS``; ACM's widths are half of the first four, so that its
            published ones are those of ``three``.
        deep_supervision: whether DNANet and UNet++ end in a head for each column; UNet and ACM
            have one head.
        height: H of the image, in pixels.
        width: W of the image, in pixels.
        batch: N, the number of images.

    Raises:
        OperationInvalid: an unknown name, or a network that cannot be built: DNANet in a width
            below 16, an image too small.
    """
    name = _BY_NAME.get(model.casefold())
    if name is None:
        raise OperationInvalid(f"unknown model {model!r}; known are {', '.join(ZOO)}")
    blocks = _known("backbone", BACKBONES, backbone)
    channels = _known("channel size", CHANNELS, channel_size)
    image: dict[str, Any] = {"height": height, "width": width, "batch": batch}
    if name.startswith("ACM"):
        halved = tuple(width // 2 for width in channels[:4])
        return Acm(decoder="fpn" if name == "ACM-FPN" else "unet", channels=halved, **image)
    nested = {"channels": channels, "blocks": blocks, **image}
    block: Block = "vgg" if backbone == "vgg_10" else "residual"
    heads = len(channels) - 1 if deep_supervision else 1
    match name:
        case "DNANet":
            attentive: Block = "vgg_cbam" if block == "vgg" else "residual_cbam"
            return DnaNet(block=attentive, heads=heads, **nested)
        case "UNetPlusPlus":
            return UNetPlusPlus(block=block, heads=heads, **nested)
        case _:
            return UNet(block=block, **nested)


def _known(what: str, names: Mapping[str, tuple[int, ...]], name: str) -> tuple[int, ...]:
    if name not in names:
        raise OperationInvalid(f"unknown {what} {name!r}; known are {', '.join(names)}")
    return names[name]
