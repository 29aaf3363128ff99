"""
The kernels of an operation: what a runtime runs for it, by kind, size and where it reads from.

Batch norms and rectifiers are left out: runtimes fuse them into the convolution before.  A row of
a table is an operation embedded in its border less the border (``profiler.operations.border``),
so what the border runs is taken off: kernels it alone has count negative.  ``after`` is the kind
of the nearest convolution before, because that decides the memory layout a kernel finds, and with
it how fast it is (docs/measuring.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import log2, prod

from profiler.cost import macs_of
from profiler.graph import (
    BatchNorm,
    Convolution,
    Graph,
    Node,
    OnnxNode,
    Relu,
    Relu6,
    TransposedConvolution,
)
from profiler.operations import Operation, border_of, probe_graph
from profiler.primitives import Shape

CALL = "call"
"""The kind of what each kernel costs, whatever it does."""

REMEMBERED = 10_000
"""Operations: a triage asks for those of its table again after each batch."""

FUSED = BatchNorm | Relu | Relu6
"""What is no kernel of its own behind a convolution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """
    Where a kernel runs: those of one place differ in the amount of their work only.

    Args:
        kind: what it does.
        after: kind of the convolution it reads from; empty where it reads none.
        pixels: doublings of the pixels of its largest tensor.
        channels: doublings of that tensor's other dimensions.
    """

    kind: str
    after: str = ""
    pixels: float = 0.0
    channels: float = 0.0


@dataclass(frozen=True, slots=True)
class Kernel:
    """One kernel; ``work`` is MACs, else elements; negative for what is taken off."""

    place: Place
    work: float


@lru_cache(maxsize=REMEMBERED)
def kernels_of(operation: Operation) -> tuple[Kernel, ...]:
    """
    Return the kernels that the row of *operation* pays for.

    Raises:
        OperationUnsupported: it is known by name only.
    """
    found = list(_kernels(probe_graph(operation), 1.0))
    border = border_of(operation)
    if border is not None:
        found += _kernels(probe_graph(border), -1.0)
    return tuple(found)


def _kernels(graph: Graph, sign: float) -> Iterator[Kernel]:
    shapes = dict(graph.inputs)
    behind: dict[str, str] = {}
    for node in graph.nodes:
        before = sorted({behind.get(name, "") for name in node.inputs})
        kind = _kind(node)
        shapes[node.name] = node.shape
        behind[node.name] = kind if _convolves(node) else "+".join(before)
        if isinstance(node.primitive, FUSED):
            continue
        pixels, channels = _size(max((node.shape, *map(shapes.get, node.inputs)), key=_elements))
        place = Place(kind=kind, after="+".join(before), pixels=pixels, channels=channels)
        yield Kernel(place, sign * (macs_of(node) or 2 ** (pixels + channels)))
        yield Kernel(Place(kind=CALL), sign)


def _elements(shape: Shape | None) -> int:
    return prod(shape or ())


def _size(shape: Shape | None) -> tuple[float, float]:
    """Return the doublings of the pixels and of the rest of *shape*."""
    known = shape or ()
    return log2(max(prod(known[2:]), 1)), log2(max(prod(known[:2]), 1))


def _convolves(node: Node) -> bool:
    match node.primitive:
        case Convolution() | TransposedConvolution():
            return True
        case OnnxNode(op_type=name):
            return name.startswith("Conv")
        case _:
            return False


def _kind(node: Node) -> str:
    """Return what a kernel does; convolutions by how they are grouped, and 1 x 1 apart."""
    match node.primitive:
        case Convolution(groups=1, kernel=(1, 1)):
            return "pointwise"
        case Convolution(groups=1, kernel=(height, width)):
            return "dense" if height == width else "line"
        case Convolution(groups=groups, channels_in=channels):
            return "depthwise" if groups == channels else "grouped"
        case OnnxNode(op_type=name):
            return name
        case other:
            return type(other).__name__
