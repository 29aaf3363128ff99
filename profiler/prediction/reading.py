"""
An operation as a predictor reads it: what kind it is, and how big.

Our operations say what their fields and their graph say.  Foreign ones say what their names say:
by the rule of their format, and where no rule reads a name, every number in it is a size named by
the word before it, and the rest of the text is the kind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from profiler.cost import BYTES_PER_VALUE, cost_of
from profiler.formats.attributes import attributes_of
from profiler.graph import Graph
from profiler.lint.row import row_of
from profiler.operations import ForeignOperation, Operation, operation_graph
from profiler.table import Entry

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
LARGEST = 1e30
"""No number in a name counts for more, so that all sizes are finite."""

_WORD = re.compile(r"[A-Za-z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """
    What an operation says of itself.

    Args:
        family: its parts that are texts, by name.
        sizes: its numbers, by name; what is not said is absent.
    """

    family: Mapping[str, str]
    sizes: Mapping[str, float]


def reading_of(operation: Operation) -> Reading:
    """Return what *operation* says of itself."""
    row = row_of(Entry(operation=operation, latency_us=1.0), attributes_in)
    sizes = dict(row.sizes)
    if not isinstance(operation, ForeignOperation):
        sizes |= _counted(operation_graph(operation))
    return Reading(family=dict(row.family), sizes=sizes)


def attributes_in(operation: ForeignOperation) -> dict[str, float | str]:
    """
    Return what the name of *operation* says, by the rule of its format or by the numbers in it.

    >>> attributes_in(ForeignOperation(format="theirs", name="mb-k3-s2@14x14"))
    {'type': 'mb-k#-s#@#x#', 'k': 3.0, 's': 2.0, 's 2': 14.0, 'x': 14.0}
    """
    said = attributes_of(operation)
    return said if said else _numbers_in(operation.name)


def _numbers_in(name: str) -> dict[str, float | str]:
    said: dict[str, float | str] = {"type": _NUMBER.sub("#", name)}
    for match in _NUMBER.finditer(name):
        words = _WORD.findall(name, 0, match.start())
        word = words[-1] if words else "first"
        while word in said:
            before, _, place = word.partition(" ")
            word = f"{before} {int(place or 1) + 1}"
        said[word] = min(float(match[0]), LARGEST)
    return said


def _counted(graph: Graph) -> dict[str, float]:
    cost = cost_of(graph)
    read = sum(prod(shape) for _, shape in graph.inputs) * BYTES_PER_VALUE
    return {
        "macs": float(cost.macs),
        "weights": float(cost.conv_weights),
        "bytes": float(cost.activation_bytes + read),
        "primitives": float(len(graph.nodes)),
    }
