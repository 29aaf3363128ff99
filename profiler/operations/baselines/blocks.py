"""
The blocks the nodes of DNANet, UNet and UNet++ are made of (spec/hna_nas.md section 7.1).

Every block is two 3 x 3 convolutions with bias; the names say what is around them: a shortcut
(``residual``) or none (``vgg``), and CBAM attention (Woo et al., ECCV 2018) before the shortcut or
none.  ``residual_cbam`` and ``vgg_cbam`` are DNANet's Res_CBAM and VGG_CBAM, ``vgg`` is the block
of UNet++ (Zhou et al., 2018), and ``residual`` is a ResConv of the search space.
"""

from __future__ import annotations

from typing import Literal, get_args

from profiler.errors import OperationInvalid
from profiler.graph import GraphBuilder
from profiler.operations.candidates import add_shortcut

Block = Literal["vgg", "vgg_cbam", "residual", "residual_cbam"]
BLOCKS: tuple[Block, ...] = get_args(Block)
"""Every block there is."""

REDUCTION = 16
"""Channels over those of the bottleneck of channel attention."""


def require_block(kind: str, block: object, channels: tuple[int, ...]) -> None:
    """
    Check that a network of *channels* can be built of *block*.

    Raises:
        OperationInvalid: an unknown block, or widths whose attention would have no bottleneck.
    """
    if block not in BLOCKS:
        raise OperationInvalid(f"{kind}: block={block!r} is unknown; known are {', '.join(BLOCKS)}")
    if str(block).endswith("_cbam") and min(channels) < REDUCTION:
        raise OperationInvalid(
            f"{kind}: channels={channels} has a width of {min(channels)}, and channel attention "
            f"leads through a {REDUCTION}th of it; use {REDUCTION} channels or more, or a block "
            "without attention"
        )


def stack(
    builder: GraphBuilder, tensor: str, channels: int, count: int, block: Block, prefix: str
) -> str:
    """Write *count* blocks to *channels* after *tensor*; return the tensor they make."""
    for index in range(count):
        tensor = _block(builder, tensor, channels, block, f"{prefix}block{index}.")
    return tensor


def _block(builder: GraphBuilder, tensor: str, channels: int, block: Block, p: str) -> str:
    y = builder.convolution(p + "conv1", tensor, channels, 3)
    y = builder.relu(p + "relu1", builder.batch_norm(p + "bn1", y))
    y = builder.convolution(p + "conv2", y, channels, 3)
    y = builder.batch_norm(p + "bn2", y)
    if block in ("vgg_cbam", "residual_cbam"):
        y = _channel_attention(builder, y, p + "channel_attention.")
        y = _spatial_attention(builder, y, p + "spatial_attention.")
    if block in ("residual", "residual_cbam"):
        return add_shortcut(builder, tensor, y, 1, p)
    return builder.relu(p + "relu2", y)


def _channel_attention(builder: GraphBuilder, x: str, p: str) -> str:
    """
    Scale each channel by the sigmoid of MLP(mean) + MLP(max).

    One MLP reads both, so they stand above each other as two rows of one tensor; its second layer
    has no bias, so it may as well read the sum.
    """
    channels = builder.shape(x)[1]
    pooled = (builder.global_mean(p + "mean", x), builder.global_max(p + "max", x))
    y = builder.concatenate(p + "rows", pooled, along="H")  # N, C, 2, 1
    y = builder.convolution(p + "squeeze", y, channels // REDUCTION, 1, bias=False)
    y = builder.global_sum(p + "sum", builder.relu(p + "relu", y))
    y = builder.convolution(p + "excite", y, channels, 1, bias=False)
    return builder.multiply(p + "scaled", x, builder.sigmoid(p + "gate", y))


def _spatial_attention(builder: GraphBuilder, x: str, p: str) -> str:
    """Scale each pixel by the sigmoid of a 7 x 7 convolution of its channels' mean and maximum."""
    pooled = (builder.channel_mean(p + "mean", x), builder.channel_max(p + "max", x))
    y = builder.concatenate(p + "maps", pooled)  # N, 2, H, W
    y = builder.convolution(p + "conv", y, 1, 7, bias=False)
    return builder.multiply(p + "scaled", x, builder.sigmoid(p + "gate", y))
