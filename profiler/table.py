"""
Lookup tables: what every operation costs on one device model in one environment.

A table is an immutable mapping with a version.  What it does not hold is an error that names the
key, never zero.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import pairwise
from typing import ClassVar, Literal

from profiler.device import Environment, table_name
from profiler.errors import EntryMissing, TableInvalid
from profiler.operations import Operation, operation_key
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS

ValueKind = Literal["measured", "predicted", "transferred", "imported"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    One row: an operation and its latency, with unit, source and doubt.

    Args:
        operation: what the row prices.
        latency_us: microseconds for one execution inside a network, border subtracted.
        low_us: lower end of the 90 % interval.
        high_us: upper end of the 90 % interval.
        border_us: what was subtracted; 0 for networks, borders and image readers.
        value_kind: how the number came to be.
        samples: how many samples it rests on.
        measurement_ids: where those samples are.
        warnings: named doubts, such as ``contended``.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    operation: Operation
    latency_us: float
    low_us: float
    high_us: float
    border_us: float = 0.0
    value_kind: ValueKind = "measured"
    samples: int
    measurement_ids: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The operation's key."""
        return operation_key(self.operation)


@dataclass(frozen=True, kw_only=True)
class Table:
    """
    The entries of one device model in one environment.

    Args:
        device_model: half of the table's identity.
        environment: the other half.
        entries: one for each operation; kept in the order of their keys.
        simulated: numbers of a simulated device.
        emulated: numbers of an emulated processor.

    Raises:
        TableInvalid: two entries have one key.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    device_model: str
    environment: Environment
    entries: tuple[Entry, ...]
    simulated: bool = False
    emulated: bool = False

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.entries, key=lambda entry: entry.key))
        for entry, following in pairwise(ordered):
            if entry.key == following.key:
                raise TableInvalid(f"table {self.name} has two entries for {entry.key}; keep one")
        object.__setattr__(self, "entries", ordered)

    @property
    def name(self) -> str:
        """The table's name on a server."""
        return table_name(self.device_model, self.environment)

    @cached_property
    def version(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of everything in the table."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @cached_property
    def by_key(self) -> dict[str, Entry]:
        """Entries by operation key."""
        return {entry.key: entry for entry in self.entries}

    def latency_us(self, operation: Operation) -> float:
        """
        Return what *operation* costs, in microseconds.

        Raises:
            EntryMissing: the table has no row for it.
        """
        key = operation_key(operation)
        if key not in self.by_key:
            raise EntryMissing([key], self.name)
        return self.by_key[key].latency_us

    def missing(self, operations: Iterable[Operation]) -> tuple[Operation, ...]:
        """Return those of *operations* the table has no row for, each once, in order."""
        return tuple(
            operation
            for key, operation in {operation_key(o): o for o in operations}.items()
            if key not in self.by_key
        )
