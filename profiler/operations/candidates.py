"""
The candidate operations of a cell, as values (spec/hna_nas.md section 3.2).

Three families cover every candidate of HNA-NAS: residual (ResConv and GroupConv), spatially
separable (SpaConv) and inverted (MBConv; DepthSC is its expansion 1).  Each maps ``channels_in``
to ``channels_out`` at stride 1 with ``blocks`` stacked blocks (M in the paper).  Three more are
this project's: the residual and the spatial block at half the width inside, and the identity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from profiler.errors import OperationInvalid
from profiler.graph import GraphBuilder
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS, require_positive


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stacked:
    """What every candidate is: blocks of one kind on top of each other."""

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    batch: int = 1
    channels_in: int
    channels_out: int
    height: int
    width: int
    blocks: int = 1
    kernel: int = 3

    def __post_init__(self) -> None:
        require_positive(self, odd=("kernel",))

    def expand(self, builder: GraphBuilder, tensor: str, prefix: str = "") -> str:
        """Write the blocks into *builder* after *tensor*; return the tensor they make."""
        for block in range(self.blocks):
            tensor = self._block(builder, tensor, f"{prefix}block{block}.")
        return tensor

    def _block(self, builder: GraphBuilder, tensor: str, p: str) -> str:
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidualConv(_Stacked):
    """
    Two k x k convolutions with a shortcut: ResConv, and GroupConv where ``groups`` > 1.

    Args:
        batch: N, the number of images.
        channels_in: C of the input.
        channels_out: C of the output.
        height: H, in pixels.
        width: W, in pixels.
        blocks: M, how many blocks are stacked.
        kernel: side of the square kernels, in pixels; odd.
        groups: groups of every convolution, the shortcut's too.

    Raises:
        OperationInvalid: ``groups`` does not divide both channel counts, or a field is no
            positive number.
    """

    kind: Literal["residual"] = "residual"
    groups: int = 1

    def __post_init__(self) -> None:
        _Stacked.__post_init__(self)  # super() does not know a class that slots made anew
        if self.channels_in % self.groups or self.channels_out % self.groups:
            raise OperationInvalid(
                f"groups={self.groups} does not divide {self.channels_in} input and "
                f"{self.channels_out} output channels; choose a divisor of both"
            )

    def _block(self, builder: GraphBuilder, tensor: str, p: str) -> str:
        out, g = self.channels_out, self.groups
        y = _pair(builder, tensor, (out, out), self.kernel, g, p)
        return add_shortcut(builder, tensor, y, g, p)


@dataclass(frozen=True, slots=True, kw_only=True)
class NarrowResidualConv(_Stacked):
    """
    A ``ResidualConv`` of half the width between its two convolutions.

    The first leads to half of ``channels_out``, rounded up, the second back to all of it.  The
    fields are those of ``ResidualConv`` without groups.

    Raises:
        OperationInvalid: a field is no positive number.
    """

    kind: Literal["narrow_residual"] = "narrow_residual"

    def _block(self, builder: GraphBuilder, tensor: str, p: str) -> str:
        widths = _half(self.channels_out), self.channels_out
        y = _pair(builder, tensor, widths, self.kernel, 1, p)
        return add_shortcut(builder, tensor, y, 1, p)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpatialConv(_Stacked):
    """
    Two pairs of k x 1 and 1 x k convolutions with a shortcut: SpaConv.

    The fields are those of ``ResidualConv`` without groups; ``kernel`` is the long side of each
    convolution.

    Raises:
        OperationInvalid: a field is no positive number.
    """

    kind: Literal["spatial"] = "spatial"

    def _block(self, builder: GraphBuilder, tensor: str, p: str) -> str:
        out = self.channels_out
        y = _separable_pair(builder, tensor, (out, out), self.kernel, p)
        return add_shortcut(builder, tensor, y, 1, p)


@dataclass(frozen=True, slots=True, kw_only=True)
class NarrowSpatialConv(_Stacked):
    """
    A ``SpatialConv`` of half the width up to its last convolution.

    The fields are those of ``SpatialConv``; half of ``channels_out`` is rounded up.

    Raises:
        OperationInvalid: a field is no positive number.
    """

    kind: Literal["narrow_spatial"] = "narrow_spatial"

    def _block(self, builder: GraphBuilder, tensor: str, p: str) -> str:
        widths = _half(self.channels_out), self.channels_out
        y = _separable_pair(builder, tensor, widths, self.kernel, p)
        return add_shortcut(builder, tensor, y, 1, p)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvertedConv(_Stacked):
    """
    Expand, depthwise, project, without a shortcut: MBConv, and DepthSC at ``expansion`` 1.

    The projection is followed by ReLU6 and there is no residual (spec 3.2).  The expanded width
    is ``channels_in * expansion`` of the *cell* in every block; at expansion 1 there is no
    expansion convolution and each block keeps the width of its own input.  The fields are those
    of ``ResidualConv`` without groups; ``kernel`` is the side of the depthwise kernel.

    Args:
        expansion: width of the depthwise convolution over ``channels_in``.

    Raises:
        OperationInvalid: a field is no positive number.
    """

    kind: Literal["inverted"] = "inverted"
    expansion: int = 1

    def _block(self, builder: GraphBuilder, tensor: str, p: str) -> str:
        y, width = tensor, builder.shape(tensor)[1]
        if self.expansion > 1:
            width = self.channels_in * self.expansion
            y = builder.convolution(p + "expand", y, width, 1, bias=False)
            y = builder.relu6(p + "relu_expand", builder.batch_norm(p + "bn_expand", y))
        y = builder.convolution(p + "depth", y, width, self.kernel, groups=width, bias=False)
        y = builder.relu6(p + "relu_depth", builder.batch_norm(p + "bn_depth", y))
        y = builder.convolution(p + "project", y, self.channels_out, 1, bias=False)
        return builder.relu6(p + "relu_project", builder.batch_norm(p + "bn_project", y))


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """
    Pass the input on where the widths agree; else a 1 x 1 convolution, batch norm and ReLU.

    What is passed on costs nothing: its graph has no primitive.  There is nothing to stack, so
    it has no blocks.

    Args:
        batch: N, the number of images.
        channels_in: C of the input.
        channels_out: C of the output.
        height: H, in pixels.
        width: W, in pixels.

    Raises:
        OperationInvalid: a field is no positive number.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    kind: Literal["identity"] = "identity"
    batch: int = 1
    channels_in: int
    channels_out: int
    height: int
    width: int

    def __post_init__(self) -> None:
        require_positive(self)

    def expand(self, builder: GraphBuilder, tensor: str, prefix: str = "") -> str:
        """Write the projection, where one is needed, into *builder* after *tensor*."""
        if self.channels_in == self.channels_out:
            return tensor
        y = builder.convolution(prefix + "project", tensor, self.channels_out, 1, bias=False)
        return builder.relu(prefix + "relu", builder.batch_norm(prefix + "bn", y))


def _pair(
    builder: GraphBuilder, tensor: str, widths: tuple[int, int], kernel: int, groups: int, p: str
) -> str:
    """Two k x k convolutions, to the first width and to the second."""
    y = builder.convolution(p + "conv1", tensor, widths[0], kernel, groups=groups)
    y = builder.relu(p + "relu1", builder.batch_norm(p + "bn1", y))
    y = builder.convolution(p + "conv2", y, widths[1], kernel, groups=groups)
    return builder.batch_norm(p + "bn2", y)


def _separable_pair(
    builder: GraphBuilder, tensor: str, widths: tuple[int, int], kernel: int, p: str
) -> str:
    """Two pairs of k x 1 and 1 x k; only the last convolution leads to the second width."""
    inside, out = widths
    y = builder.convolution(p + "conv1_vertical", tensor, inside, (kernel, 1))
    y = builder.convolution(p + "conv1_horizontal", y, inside, (1, kernel))
    y = builder.relu(p + "relu1", builder.batch_norm(p + "bn1", y))
    y = builder.convolution(p + "conv2_vertical", y, inside, (kernel, 1))
    y = builder.convolution(p + "conv2_horizontal", y, out, (1, kernel))
    return builder.batch_norm(p + "bn2", y)


def add_shortcut(builder: GraphBuilder, tensor: str, y: str, groups: int, p: str) -> str:
    """
    Add *tensor* to *y* and rectify; return the sum.

    Where the widths differ *tensor* passes a 1 x 1 convolution with bias and batch norm first.
    """
    skip, out = tensor, builder.shape(y)[1]
    if builder.shape(tensor)[1] != out:
        skip = builder.convolution(p + "shortcut_conv", tensor, out, 1, groups=groups)
        skip = builder.batch_norm(p + "shortcut_bn", skip)
    return builder.relu(p + "relu2", builder.add(p + "add", y, skip))


def _half(width: int) -> int:
    return (width + 1) // 2
