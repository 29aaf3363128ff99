"""
The glue between cells: what a network pays for besides its candidate operations.

The reference prices none of these (spec 4, flaw 9); here each is an operation with its own key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from profiler.errors import OperationInvalid
from profiler.graph import GraphBuilder
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS, require_positive


@dataclass(frozen=True, slots=True, kw_only=True)
class Resize:
    """
    Bilinear resampling with ``align_corners=True`` (spec 1.2).

    Args:
        batch: N, the number of images.
        channels: C.
        height_in: H of the input, in pixels.
        width_in: W of the input, in pixels.
        height: H of the output, in pixels.
        width: W of the output, in pixels.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    kind: Literal["resize"] = "resize"
    batch: int = 1
    channels: int
    height_in: int
    width_in: int
    height: int
    width: int

    def __post_init__(self) -> None:
        require_positive(self)

    def expand(self, builder: GraphBuilder, tensor: str, prefix: str = "") -> str:
        """Write the resampling into *builder* after *tensor*."""
        return builder.resize(prefix + "resize", tensor, self.height, self.width)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxPool:
    """
    2 x 2 max-pooling at stride 2, from one level to the next (spec 1.1).

    Args:
        batch: N, the number of images.
        channels: C.
        height: H of the input, in pixels.
        width: W of the input, in pixels.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    kind: Literal["max_pool"] = "max_pool"
    batch: int = 1
    channels: int
    height: int
    width: int

    def __post_init__(self) -> None:
        require_positive(self)

    def expand(self, builder: GraphBuilder, tensor: str, prefix: str = "") -> str:
        """Write the pooling into *builder* after *tensor*."""
        return builder.max_pool(prefix + "pool", tensor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Concat:
    """
    Concatenation along C of tensors that already have one size.

    Args:
        batch: N, the number of images.
        channels: C of each input, in order.
        height: H, in pixels.
        width: W, in pixels.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    kind: Literal["concat"] = "concat"
    batch: int = 1
    channels: tuple[int, ...]
    height: int
    width: int

    def __post_init__(self) -> None:
        require_positive(self)
        if len(self.channels) < 2:
            raise OperationInvalid(f"concat: channels={self.channels} needs two inputs or more")

    def expand(self, builder: GraphBuilder, tensors: tuple[str, ...], prefix: str = "") -> str:
        """Write the concatenation of *tensors* into *builder*."""
        return builder.concatenate(prefix + "concat", tensors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """
    The 1 x 1 convolution with bias from features to one logit map (spec 3.2).

    Args:
        batch: N, the number of images.
        channels: C of the features.
        height: H, in pixels.
        width: W, in pixels.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    kind: Literal["head"] = "head"
    batch: int = 1
    channels: int
    height: int
    width: int

    def __post_init__(self) -> None:
        require_positive(self)

    def expand(self, builder: GraphBuilder, tensor: str, prefix: str = "") -> str:
        """Write the head into *builder* after *tensor*."""
        return builder.convolution(prefix + "conv", tensor, 1, 1)
