"""Operations in one short line, for people; tables are asked by key, never by label."""

from __future__ import annotations

from profiler.operations.baselines import Acm, BaselineNetwork, DnaNet, UNet, UNetPlusPlus
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
from profiler.operations.network import Network
from profiler.operations.onnx_cell import OnnxCell
from profiler.operations.operation import Operation, operation_digest
from profiler.operations.placed import PlacedOperation

_Blocks = ResidualConv | SpatialConv | InvertedConv | NarrowResidualConv | NarrowSpatialConv
_Glue = MaxPool | Head | Concat | Border | Resize
_Sized = _Blocks | Identity | _Glue | Network | BaselineNetwork


def operation_label(operation: Operation) -> str:
    """
    Return *operation* in one short line.

    >>> operation_label(ResidualConv(channels_in=3, channels_out=8, height=32, width=32, groups=1))
    '3x3_ResConv 3>8 @32x32'
    """
    match operation:
        case ForeignOperation(name=name):
            return name
        case OnnxCell(nodes=nodes):
            shape = "x".join(map(str, nodes[-1].shape))
            return f"{'+'.join(node.op_type for node in nodes)} >{shape}"
        case Identity():
            return f"Identity {_where(operation)}"
        case PlacedOperation(operation=candidate, sources=sources, resampled=resampled):
            read = f"{'+'.join(map(str, sources))} " if sources[1:] else ""
            sizes = "".join(" >" + "x".join(map(str, asked)) for asked in resampled)
            return f"{read}{operation_label(candidate)}{sizes}"
        case Resize(channels=channels, height_in=height, width_in=width):
            return f"resize {channels} {height}x{width}>{_size(operation)}"
        case MaxPool(channels=channels) | Head(channels=channels):
            return f"{operation.kind} {channels} @{_size(operation)}"
        case Concat(channels=channels) | Border(channels=channels):
            return f"{operation.kind} {'+'.join(map(str, channels))} @{_size(operation)}"
        case Network(cells=cells):
            digest = operation_digest(operation)[:8]
            return f"{operation.kind} {digest}, {len(cells)} cells @{_size(operation)}"
        case DnaNet() | UNet() | UNetPlusPlus():
            heads = f", {operation.heads} heads" if operation.heads > 1 else ""
            return f"{_baseline(operation)} {operation.block}{heads} @{_size(operation)}"
        case Acm(decoder=decoder):
            return f"{_baseline(operation)} {decoder} @{_size(operation)}"
        case _:
            blocks = f" x{operation.blocks}" if operation.blocks > 1 else ""
            return f"{_candidate(operation)} {_where(operation)}{blocks}"


def _baseline(operation: BaselineNetwork) -> str:
    channels, blocks = ("-".join(map(str, x)) for x in (operation.channels, operation.blocks))
    return f"{operation.kind} {channels} x {blocks}"


def _where(operation: CandidateOperation) -> str:
    return f"{operation.channels_in}>{operation.channels_out} @{_size(operation)}"


def _candidate(operation: _Blocks) -> str:
    kernel = f"{operation.kernel}x{operation.kernel}"
    match operation:
        case NarrowResidualConv():
            return f"{kernel}_ResConv_half"
        case NarrowSpatialConv():
            return f"{kernel}_SpaConv_half"
        case InvertedConv(expansion=1):
            return f"{kernel}_DepthSC"
        case InvertedConv(expansion=expansion):
            return f"{kernel}_MBConv{expansion}"
        case SpatialConv():
            return f"{kernel}_SpaConv"
        case ResidualConv(groups=1):
            return f"{kernel}_ResConv"
        case ResidualConv(groups=groups):
            return f"{kernel}_GroupConv{groups}"


def _size(operation: _Sized) -> str:
    return f"{operation.height}x{operation.width}"
