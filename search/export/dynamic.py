"""
One model for images of any size.

A segmentation network works at the image's size halved, once for each level: rounded down by
max-pooling, up by a convolution of stride 2.  In a model of static shapes only the targets of its
resamplings (and the declared shapes) know that size; here they are computed from the image inside
the model.  An image must keep at least one pixel at the deepest level: a runtime may not notice
that it does not, so the file names the smallest side (``search.export.metadata``).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from profiler.errors import BackendFailed

PROBE = (333, 475)
"""H and W of the static model a dynamic one is made from: odd, so that rounding shows."""

AXES = {0: "batch", 2: "height", 3: "width"}
"""Names of the dimensions that become free."""


def with_any_size(model: onnx.ModelProto) -> onnx.ModelProto:
    """
    Return *model* with free batch, height and width.

    Args:
        model: of static shapes, for one image of ``PROBE`` pixels.

    Raises:
        BackendFailed: it resamples to a size that is not the image's, halved.
    """
    free = onnx.ModelProto()
    free.CopyFrom(model)
    graph = free.graph
    (image,) = graph.input
    sizes = _Sizes(image.name)
    constants = {each.name: each for each in graph.initializer}
    for node in graph.node:
        if node.op_type == "Resize":
            target = numpy_helper.to_array(constants.pop(node.input[3]))
            node.input[3] = sizes.of(node.name, *target.tolist()[1:])
    nodes = [*sizes.nodes, *graph.node]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend([*constants.values(), *sizes.constants])
    for value in (image, *graph.output):
        _free(value)
    return free


class _Sizes:
    """Writes the nodes that compute target shapes from the image's, each once."""

    def __init__(self, image: str) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._made: set[str] = set()
        self._image = image

    def of(self, resize: str, channels: int, height: int, width: int) -> str:
        """Return the tensor with the shape that *height* and *width* stand for at ``PROBE``."""
        halvings, up = _halvings(resize, (height, width))
        size = self._halved(halvings, up)
        parts = [self._slice("batch", 0, 1), self._constant(channels), size]
        return self._node(f"{size}.{channels}", "Concat", parts, axis=0)

    def _halved(self, halvings: int, up: bool) -> str:
        """Return H and W halved: ``floor(x / 2^n)``, or ``floor((x + 2^n - 1) / 2^n)`` for up."""
        size, divisor = self._slice("size", 2, 4), 2**halvings
        if up:
            rest = self._constant(divisor - 1)
            size = self._node(f"{size}.plus_{divisor - 1}", "Add", [size, rest])
        return self._node(f"{size}.over_{divisor}", "Div", [size, self._constant(divisor)])

    def _slice(self, name: str, start: int, end: int) -> str:
        shape = self._node(f"{self._image}.shape", "Shape", [self._image])
        bounds = [self._constant(start), self._constant(end)]
        return self._node(f"{self._image}.{name}", "Slice", [shape, *bounds])

    def _node(self, name: str, kind: str, inputs: list[str], **attributes: Any) -> str:
        if name not in self._made:
            self._made.add(name)
            self.nodes.append(helper.make_node(kind, inputs, [name], name, **attributes))
        return name

    def _constant(self, value: int) -> str:
        name = f"{self._image}.integer.{value}"
        if name not in self._made:
            self._made.add(name)
            array = np.array([value], dtype=np.int64)
            self.constants.append(numpy_helper.from_array(array, name))
        return name


def _halvings(resize: str, target: tuple[int, int]) -> tuple[int, bool]:
    """Return how often the image is halved to be *target*, and whether that rounds up."""
    for count in range(min(PROBE).bit_length()):
        if tuple(side >> count for side in PROBE) == target:
            return count, False
        if tuple(-(-side >> count) for side in PROBE) == target:
            return count, True
    raise BackendFailed(
        f"{resize} resamples {PROBE[0]}x{PROBE[1]} pixels to {target[0]}x{target[1]}, which is no "
        "halving of the image; export this network at a fixed size"
    )


def _free(value: onnx.ValueInfoProto) -> None:
    for axis, name in AXES.items():
        value.type.tensor_type.shape.dim[axis].dim_param = name
