"""Operations as values: candidates, glue, borders, whole networks and published baselines."""

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
from profiler.operations.catalogue import (
    ALL_CANDIDATES,
    DEFAULT_CANDIDATES,
    EXTENDED_CANDIDATES,
    NEW_CANDIDATES,
    Position,
    candidate_at,
    candidate_label,
)
from profiler.operations.foreign import ForeignOperation
from profiler.operations.glue import Concat, Head, MaxPool, Resize
from profiler.operations.label import operation_label
from profiler.operations.network import Cell, Network, ReducedNetwork
from profiler.operations.onnx_cell import OnnxCell, OnnxCellNode
from profiler.operations.operation import (
    Operation,
    SegmentationNetwork,
    border_of,
    operation_digest,
    operation_from_json,
    operation_graph,
    operation_key,
    operation_to_json,
    probe_graph,
)
from profiler.operations.placed import PlacedOperation

__all__ = [
    "ALL_CANDIDATES",
    "DEFAULT_CANDIDATES",
    "EXTENDED_CANDIDATES",
    "NEW_CANDIDATES",
    "Acm",
    "BaselineNetwork",
    "Border",
    "Cell",
    "Concat",
    "DnaNet",
    "ForeignOperation",
    "Head",
    "Identity",
    "InvertedConv",
    "MaxPool",
    "NarrowResidualConv",
    "NarrowSpatialConv",
    "Network",
    "OnnxCell",
    "OnnxCellNode",
    "Operation",
    "PlacedOperation",
    "Position",
    "ReducedNetwork",
    "ResidualConv",
    "Resize",
    "SegmentationNetwork",
    "SpatialConv",
    "UNet",
    "UNetPlusPlus",
    "border_of",
    "candidate_at",
    "candidate_label",
    "operation_digest",
    "operation_from_json",
    "operation_graph",
    "operation_key",
    "operation_label",
    "operation_to_json",
    "probe_graph",
]
