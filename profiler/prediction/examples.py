"""
The rows of a table that can teach a predictor, and those that cannot, with the reason.

Where a table has rows that were measured, they teach; where it has none, those that were imported
do: it is somebody's table.  What was predicted or transferred never teaches.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, log
from typing import ClassVar

from profiler.operations import Operation, SegmentationNetwork, border_of, operation_key
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS
from profiler.operations.network import ReducedNetwork
from profiler.table import Entry, Table

TAUGHT_BY = (("measured", "suspect"), ("imported",))
"""Kinds of rows that teach, the best first; the first that a table has is used alone."""

INTERVAL_SDS = 3.29
"""Standard deviations between the ends of a 90 % interval of a normal distribution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """
    A row that teaches.

    Args:
        operation: what was measured.
        latency_us: its latency.
        noise: relative standard deviation its interval speaks of; 0 where it says nothing.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    operation: Operation
    latency_us: float
    noise: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A row that is not used, by its key, and why."""

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    key: str
    reason: str


def examples_of(table: Table) -> tuple[tuple[Example, ...], tuple[LeftOut, ...]]:
    """Return the rows of *table* that teach, and those that do not, in the order of their keys."""
    kinds = {entry.value_kind for entry in table.entries if why_not(entry) is None}
    taught_by = next((some for some in TAUGHT_BY if kinds & set(some)), ())
    examples, left = [], []
    for entry in table.entries:
        reason = why_not(entry)
        if reason is None and entry.value_kind not in taught_by:
            reason = f"it is {entry.value_kind}"
        if reason is None:
            examples.append(_example(entry))
        else:
            left.append(LeftOut(key=entry.key, reason=reason))
    return tuple(examples), tuple(left)


def borders_of(table: Table, taught: Sequence[Example]) -> tuple[Example, ...]:
    """Return what the borders subtracted from *taught* cost, of those that have no row."""
    known = {operation_key(example.operation) for example in taught}
    found: dict[str, list[Example]] = defaultdict(list)
    for example in taught:
        border = border_of(example.operation)
        if border is None or operation_key(border) in known:
            continue
        entry = table.by_key[operation_key(example.operation)]
        if isfinite(entry.border_us) and entry.border_us > 0:
            found[operation_key(border)].append(
                Example(operation=border, latency_us=entry.border_us)
            )
    return tuple(sorted(some, key=_latency)[len(some) // 2] for some in found.values())


def why_not(entry: Entry) -> str | None:
    """Return why *entry* says nothing of its operation's latency; None where it does."""
    if is_network(entry.operation):
        return "a whole network is the sum of its rows"
    if not isfinite(entry.latency_us) or entry.latency_us <= 0:
        return "its latency is not above zero"
    return None


def is_network(operation: Operation) -> bool:
    """Return whether *operation* is a whole network of ours, which is never predicted."""
    return isinstance(operation, SegmentationNetwork | ReducedNetwork)


def _latency(example: Example) -> float:
    return example.latency_us


def _example(entry: Entry) -> Example:
    return Example(operation=entry.operation, latency_us=entry.latency_us, noise=_noise_of(entry))


def _noise_of(entry: Entry) -> float:
    """Return the relative standard deviation of a latency, by its interval."""
    ends = entry.interval_us
    if ends is None or not all(map(isfinite, ends)) or ends[1] <= ends[0]:
        return 0.0
    return log(1 + (ends[1] - ends[0]) / INTERVAL_SDS / entry.latency_us)
