"""
ACM, asymmetric contextual modulation (Dai et al., WACV 2021), in its FPN and its U-Net form.

From the authors' paper and release:

* Stem: a batch norm of the image, three 3 x 3 convolutions, the first at stride 2, and 3 x 3
  max-pooling: a quarter of the size.
* Three stages of basic residual blocks, the later two starting at stride 2; widths 16, 32, 64 after
  a stem of 8, 8, 16.
* ``AsymBi`` fusion of a deep with a shallow map: a channel attention over the global mean of the
  deep one scales the shallow one, a point-wise channel attention over the shallow one scales the
  deep one, both through a bottleneck of a quarter of the channels; a 3 x 3 convolution reads their
  sum.
* The FPN form resamples the deep map and projects it inside the fusion.  The U-Net form doubles it
  by a transposed convolution and runs residual blocks behind the fusion.
* Head: a 3 x 3 convolution to a quarter of the channels, a 1 x 1 to the logit, and bilinear
  resampling to the image.

Chosen here: three blocks in each stage, which is ResNet-20 (the release trains four as well); an
affine batch norm of the image; no factor 2 on the sum, as the convolution behind can hold it; no
dropout of 0.1 in the head, as graphs describe what is deployed.  Maps of an odd size are halved
rounding up and resampled to the size of what they are fused with.  Training needs two images a
batch: the batch norm behind the global mean sees one value for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from profiler.errors import OperationInvalid
from profiler.graph import GraphBuilder
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS, require_positive

Decoder = Literal["fpn", "unet"]
DECODERS: tuple[Decoder, ...] = get_args(Decoder)
REDUCTION = 4
"""Channels over those of a bottleneck, in the attentions and in the head."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acm:
    """
    An ACM network: an image in, one logit map out.

    Args:
        batch: N, the number of images.
        channels_in: C of the image.
        height: H of the image, in pixels.
        width: W of the image, in pixels.
        channels: of the stem and of the three stages; the stem ends in those of the first stage.
        blocks: how many residual blocks each stage stacks.
        decoder: how the stages are brought together, ``fpn`` or ``unet``.

    Raises:
        OperationInvalid: a number is out of range, or there is no such decoder.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    kind: Literal["acm"] = "acm"
    batch: int = 1
    channels_in: int = 3
    height: int
    width: int
    channels: tuple[int, ...] = (8, 16, 32, 64)
    blocks: tuple[int, ...] = (3, 3, 3)
    decoder: Decoder

    def __post_init__(self) -> None:
        require_positive(self)
        if len(self.channels) != 4 or len(self.blocks) != 3:
            raise OperationInvalid(
                f"acm: channels={self.channels} and blocks={self.blocks}: there must be channels "
                "for the stem and three stages, and blocks for three stages"
            )
        if min(self.channels[1:]) < REDUCTION:
            raise OperationInvalid(
                f"acm: channels={self.channels} has a stage of {min(self.channels[1:])}, whose "
                f"attention leads through a quarter of it; use {REDUCTION} or more"
            )
        if self.decoder not in DECODERS:
            raise OperationInvalid(
                f"acm: decoder={self.decoder!r} is unknown; known are {', '.join(DECODERS)}"
            )

    @property
    def heads(self) -> int:
        """How many logit maps it ends in."""
        return 1

    @property
    def deployed(self) -> Acm:
        """This network: it has no deep supervision."""
        return self

    def expand(self, builder: GraphBuilder, tensor: str, prefix: str = "") -> str:
        """Write the network into *builder* after the image *tensor*."""
        first = self._stage(builder, self._stem(builder, tensor, prefix + "stem."), 1, prefix)
        second = self._stage(builder, first, 2, prefix)
        deep = self._stage(builder, second, 3, prefix)
        for level, shallow in ((2, second), (1, first)):
            deep = self._decode(builder, deep, shallow, level, prefix)
        return self._head(builder, deep, prefix + "head.")

    def _stem(self, builder: GraphBuilder, image: str, p: str) -> str:
        narrow, wide = self.channels[:2]
        x = builder.batch_norm(p + "bn0", image)
        for index, (channels, stride) in enumerate(((narrow, 2), (narrow, 1), (wide, 1)), start=1):
            x = _convolve(builder, x, channels, str(index), p, stride=stride)
        return builder.max_pool3(p + "pool", x)

    def _stage(self, builder: GraphBuilder, x: str, stage: int, prefix: str) -> str:
        for index in range(self.blocks[stage - 1]):
            stride = 2 if stage > 1 and index == 0 else 1
            p = f"{prefix}stage{stage}.block{index}."
            x = _residual(builder, x, self.channels[stage], stride, p)
        return x

    def _decode(
        self, builder: GraphBuilder, deep: str, shallow: str, level: int, prefix: str
    ) -> str:
        """Fuse the map of the level below with the one of *level*."""
        p = f"{prefix}fuse{level}."
        if self.decoder == "fpn":
            deep = _fitted(builder, deep, shallow, p)
            deep = _convolve(builder, deep, self.channels[level], "_deep", p, kernel=1, bias=True)
            return _modulate(builder, deep, shallow, p)
        deep = builder.transposed_convolution(p + "doubled", deep, self.channels[level])
        x = _modulate(builder, _fitted(builder, deep, shallow, p), shallow, p)
        for index in range(self.blocks[level - 1]):
            x = _residual(builder, x, self.channels[level], 1, f"{prefix}up{level}.block{index}.")
        return x

    def _head(self, builder: GraphBuilder, x: str, p: str) -> str:
        y = _convolve(builder, x, self.channels[1] // REDUCTION, "1", p)
        y = builder.convolution(p + "conv", y, 1, 1)
        return builder.resize(p + "to_image", y, self.height, self.width)


def _modulate(builder: GraphBuilder, deep: str, shallow: str, p: str) -> str:
    """Fuse two maps of one shape: global attention downwards, point-wise attention upwards."""
    mean = builder.global_mean(p + "mean", deep)
    downwards = _attention(builder, mean, p + "top_down.")
    upwards = _attention(builder, shallow, p + "bottom_up.")
    modulated = builder.add(
        p + "sum",
        builder.multiply(p + "shallow", shallow, downwards),
        builder.multiply(p + "deep", deep, upwards),
    )
    return _convolve(builder, modulated, builder.shape(deep)[1], "_post", p, bias=True)


def _attention(builder: GraphBuilder, x: str, p: str) -> str:
    channels = builder.shape(x)[1]
    y = _convolve(builder, x, channels // REDUCTION, "1", p, kernel=1, bias=True)
    y = builder.batch_norm(p + "bn2", builder.convolution(p + "conv2", y, channels, 1))
    return builder.sigmoid(p + "gate", y)


def _residual(builder: GraphBuilder, x: str, channels: int, stride: int, p: str) -> str:
    y = _convolve(builder, x, channels, "1", p, stride=stride)
    y = builder.batch_norm(p + "bn2", builder.convolution(p + "conv2", y, channels, 3, bias=False))
    skip = x
    if stride > 1 or builder.shape(x)[1] != channels:
        skip = builder.convolution(p + "shortcut_conv", x, channels, 1, bias=False, stride=stride)
        skip = builder.batch_norm(p + "shortcut_bn", skip)
    return builder.relu(p + "relu2", builder.add(p + "add", y, skip))


def _convolve(
    builder: GraphBuilder,
    x: str,
    channels: int,
    suffix: str,
    p: str,
    *,
    kernel: int = 3,
    stride: int = 1,
    bias: bool = False,
) -> str:
    """Write a convolution, its batch norm and a ReLU; *suffix* follows their names."""
    y = builder.convolution(f"{p}conv{suffix}", x, channels, kernel, bias=bias, stride=stride)
    return builder.relu(f"{p}relu{suffix}", builder.batch_norm(f"{p}bn{suffix}", y))


def _fitted(builder: GraphBuilder, deep: str, shallow: str, p: str) -> str:
    """Resample *deep* to the size of *shallow*, where it has another one."""
    _, _, height, width = builder.shape(shallow)
    if builder.shape(deep)[2:] == (height, width):
        return deep
    return builder.resize(p + "fitted", deep, height, width)
