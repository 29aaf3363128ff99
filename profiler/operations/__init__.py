"""Operations as values: candidates, glue, borders and whole networks."""

from profiler.operations.border import Border
from profiler.operations.candidates import InvertedConv, ResidualConv, SpatialConv
from profiler.operations.catalogue import (
    ALL_CANDIDATES,
    DEFAULT_CANDIDATES,
    Position,
    candidate_at,
    candidate_label,
)
from profiler.operations.glue import Concat, Head, MaxPool, Resize
from profiler.operations.label import operation_label
from profiler.operations.network import Cell, Network
from profiler.operations.operation import (
    Operation,
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
    "Border",
    "Cell",
    "Concat",
    "Head",
    "InvertedConv",
    "MaxPool",
    "Network",
    "Operation",
    "PlacedOperation",
    "Position",
    "ResidualConv",
    "Resize",
    "SpatialConv",
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
