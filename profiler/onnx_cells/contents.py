"""What was found in an ONNX model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from profiler.operations import Operation
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS

NETWORK = "hna.network"
"""The property by which a model that was exported here names its network: an operation as JSON."""

SHOWN = 5
"""Nodes of a model that are named where people read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpriced:
    """A node of a model that could not be made part of an operation, and why."""

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    node: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """
    A model as operations.

    Args:
        network: what the model says it is; None for a model from elsewhere.
        operations: its cells, in order, repeated as often as they run.
        unpriced: nodes that no operation covers; a sum over the operations lacks them.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    network: Operation | None
    operations: tuple[Operation, ...]
    unpriced: tuple[Unpriced, ...] = field(default=())


def unpriced_line(nodes: Sequence[Unpriced]) -> str:
    """Return how many *nodes* are in no operation, and why the first ones are not."""
    named = "; ".join(f"{each.node}: {each.reason}" for each in nodes[:SHOWN])
    more = f" and {len(nodes) - SHOWN} more" if len(nodes) > SHOWN else ""
    return f"{len(nodes)} nodes of the model are in no operation: {named}{more}"
