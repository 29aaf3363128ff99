"""
Operations as the lookup table names them: key, JSON and graph of any operation.

An operation is a frozen value: two equal operations are the same row of the table on every
device.  Importing this module loads the standard library only, so an agent, the server and the
search can all share it.
"""

from __future__ import annotations

import hashlib
from dataclasses import MISSING, asdict, fields
from typing import Annotated, Any, TypeVar, get_args

from profiler.errors import OperationInvalid, OperationUnsupported
from profiler.graph import Graph, GraphBuilder
from profiler.operations.baselines import Acm, DnaNet, UNet, UNetPlusPlus
from profiler.operations.border import Border
from profiler.operations.candidates import (
    Identity,
    InvertedConv,
    NarrowResidualConv,
    NarrowSpatialConv,
    ResidualConv,
    SpatialConv,
)
from profiler.operations.catalogue import CandidateOperation
from profiler.operations.foreign import ForeignOperation
from profiler.operations.glue import Concat, Head, MaxPool, Resize
from profiler.operations.network import Cell, Network, ReducedNetwork
from profiler.operations.onnx_cell import OnnxCell, OnnxCellNode
from profiler.operations.placed import PlacedOperation

T = TypeVar("T")


class _ReadByKind:
    """Makes pydantic, where it is used, read operations with ``operation_from_json``."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_before_validator_function(_read, handler(source))


Operation = Annotated[
    ResidualConv
    | SpatialConv
    | InvertedConv
    | NarrowResidualConv
    | NarrowSpatialConv
    | Identity
    | PlacedOperation
    | Resize
    | MaxPool
    | Concat
    | Head
    | Border
    | Network
    | ReducedNetwork
    | DnaNet
    | UNet
    | UNetPlusPlus
    | Acm
    | ForeignOperation
    | OnnxCell,
    _ReadByKind(),
]
"""Everything a table can have a row for."""

SegmentationNetwork = Network | DnaNet | UNet | UNetPlusPlus | Acm
"""A whole network: an image in, one logit map or, deeply supervised, several out."""

_BARE = SegmentationNetwork | Border | ForeignOperation | OnnxCell
"""Operations that are measured as they stand."""

_CLASSES: tuple[type[Any], ...] = get_args(get_args(Operation)[0])
_KINDS: dict[str, type[Any]] = {
    str(next(f.default for f in fields(cls) if f.name == "kind")): cls for cls in _CLASSES
}
IMAGE_CHANNELS = (1, 3)
"""Channels by which an operation that reads the image is known; no cell makes so few."""


def operation_key(operation: Operation) -> str:
    """
    Return the canonical text by which every package names *operation*.

    Fields appear in declaration order, so equal operations have equal keys.

    >>> operation_key(Head(channels=8, height=32, width=32))
    'head/batch=1/channels=8/height=32/width=32'
    """
    texts = (f"{f.name}={_text(getattr(operation, f.name))}" for f in _own_fields(operation))
    return "/".join((operation.kind, *texts))


def operation_digest(operation: Operation) -> str:
    """Return the SHA-256 of the key, in hexadecimal."""
    return hashlib.sha256(operation_key(operation).encode()).hexdigest()


def operation_to_json(operation: Operation) -> dict[str, Any]:
    """Return *operation* as plain JSON values; ``operation_from_json`` reads them back."""
    return asdict(operation)


def operation_from_json(document: Any) -> Operation:
    """
    Return the operation a JSON object describes.

    Raises:
        OperationInvalid: names the unknown kind, the unknown or missing field, or the value.
    """
    if not isinstance(document, dict) or "kind" not in document:
        raise OperationInvalid(f"an operation is an object with a 'kind', not {document!r:.80}")
    kind = document["kind"]
    if not isinstance(kind, str) or kind not in _KINDS:
        raise OperationInvalid(f"unknown operation {kind!r}; known are {', '.join(_KINDS)}")
    values = {name: _frozen(value) for name, value in document.items() if name != "kind"}
    if issubclass(_KINDS[kind], Network) and "cells" in values:
        values["cells"] = _objects(Cell, "cell", values["cells"])
    if kind == "onnx_cell" and "nodes" in values:
        values["nodes"] = _objects(OnnxCellNode, "node", values["nodes"])
    if kind == "placed" and "operation" in values:
        values["operation"] = _candidate(document["operation"])
    operation: Operation = _build(_KINDS[kind], kind, values)
    return operation


def operation_graph(operation: Operation) -> Graph:
    """
    Return the graph of *operation* alone: its inputs, its primitives, its result.

    What is placed before readers of several sizes results in the means of what they read.
    A network's input is called ``image``, any other operation's ``input0``, ``input1``, ...

    Raises:
        OperationUnsupported: it is known by name only.
    """
    builder = GraphBuilder()
    match operation:
        case Network() | DnaNet() | UNet() | UNetPlusPlus() | Acm():
            shape = (operation.batch, operation.channels_in, operation.height, operation.width)
            return builder.build(operation.expand(builder, builder.input("image", shape)))
        case Border():
            return builder.build(operation.expand(builder, operation.produce(builder)))
        case OnnxCell(inputs=shapes):
            named = enumerate(shapes)
            tensors = tuple(builder.input(f"input{index}", shape) for index, shape in named)
            return builder.build(operation.expand(builder, tensors))
        case ForeignOperation():
            raise OperationUnsupported(
                f"{operation.format} operation {operation.name!r} is known by name only; it can be "
                "looked up, and compared, but not built"
            )
        case Concat():
            return builder.build(operation.expand(builder, _inputs(builder, operation)))
        case PlacedOperation():
            tensors = operation.expand(builder, _inputs(builder, operation))
            return builder.build(_means(builder, tensors) if tensors[1:] else tensors[0])
        case _:
            return builder.build(operation.expand(builder, _inputs(builder, operation)[0]))


def border_of(operation: Operation) -> Border | None:
    """Return the border *operation* is measured with; None for whole networks and borders."""
    if isinstance(operation, _BARE):
        return None
    channels, height, width = _input_size(operation)
    if len(channels) == 1 and channels[0] in IMAGE_CHANNELS:
        return None
    return Border(batch=operation.batch, channels=channels, height=height, width=width)


def probe_graph(operation: Operation) -> Graph:
    """
    Return the graph that is measured for *operation*: embedded, see ``operations.border``.

    Networks, borders and operations that read the image are measured as they stand.
    """
    border = border_of(operation)
    if border is None or isinstance(operation, _BARE):
        return operation_graph(operation)
    builder = GraphBuilder()
    tensors = border.produce(builder)
    match operation:
        case PlacedOperation():
            outputs = operation.expand(builder, tensors)
        case Concat():
            outputs = (operation.expand(builder, tensors),)
        case _:
            outputs = (operation.expand(builder, tensors[0]),)
    return builder.build(_means(builder, outputs))


def _means(builder: GraphBuilder, tensors: tuple[str, ...]) -> str:
    """Write a reader of each of *tensors* into *builder*; return what holds all they read."""
    means = tuple(builder.global_mean(f"mean{i}", tensor) for i, tensor in enumerate(tensors))
    return builder.concatenate("means", means) if means[1:] else means[0]


def _inputs(builder: GraphBuilder, operation: Operation) -> tuple[str, ...]:
    channels, height, width = _input_size(operation)
    return tuple(
        builder.input(f"input{index}", (operation.batch, count, height, width))
        for index, count in enumerate(channels)
    )


def _input_size(operation: Operation) -> tuple[tuple[int, ...], int, int]:
    match operation:
        case Resize():
            return (operation.channels,), operation.height_in, operation.width_in
        case MaxPool() | Head():
            return (operation.channels,), operation.height, operation.width
        case PlacedOperation():
            return operation.sources, operation.height, operation.width
        case Concat() | Border():
            return operation.channels, operation.height, operation.width
        case ForeignOperation() | OnnxCell():
            raise OperationUnsupported(f"{operation.kind}: an operation without a common input")
        case _:
            return (operation.channels_in,), operation.height, operation.width


def _read(document: Any) -> Any:
    return document if isinstance(document, _CLASSES) else operation_from_json(document)


def _candidate(document: Any) -> Any:
    """Read what is placed; one placed in another is refused unread, however deep it goes."""
    if isinstance(document, dict) and document.get("kind") == "placed":
        raise OperationInvalid("placed: a placed operation is no candidate to be placed")
    return _read(document)


def _own_fields(operation: Any) -> list[Any]:
    return [field for field in fields(operation) if field.name != "kind"]


def _text(value: object) -> str:
    if isinstance(value, CandidateOperation):
        return operation_key(value).replace("/", ",")
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):
        return ",".join("x".join(map(str, numbers)) for numbers in value)
    if isinstance(value, tuple):
        objects = bool(value) and isinstance(value[0], Cell | OnnxCellNode)
        return (";" if objects else ",").join(map(str, value))
    return str(value)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list | tuple) else value


def _objects(cls: type[T], kind: str, documents: object) -> tuple[T, ...]:
    if not isinstance(documents, tuple) or not all(isinstance(each, dict) for each in documents):
        raise OperationInvalid(f"{kind}s must be a list of objects, not {documents!r:.80}")
    return tuple(_build(cls, kind, each) for each in documents)


def _build(cls: type[Any], kind: str, values: dict[str, Any]) -> Any:
    known = {field.name: field for field in fields(cls) if field.name != "kind"}
    unknown = sorted(values.keys() - known.keys())
    if unknown:
        raise OperationInvalid(
            f"{kind}: unknown field {', '.join(unknown)}; the fields are {', '.join(known)}"
        )
    missing = [name for name, f in known.items() if f.default is MISSING and name not in values]
    if missing:
        raise OperationInvalid(f"{kind}: field {', '.join(missing)} is missing")
    return cls(**{name: _frozen(value) for name, value in values.items()})
