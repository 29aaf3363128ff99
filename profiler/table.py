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

ValueKind = Literal["measured", "suspect", "predicted", "transferred", "imported"]
"""How a number came to be; ``suspect`` was measured, but in too few clean rounds."""

INFERRED: tuple[ValueKind, ...] = ("transferred", "predicted")
"""Value kinds of rows that nobody measured: other devices, or other rows, gave them."""

Level = Literal["round", "session", "build"]
"""Where latencies vary: between rounds of a session, between sessions, between engine builds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number with the ends of its 90 % interval; its unit is in the name of who holds it."""

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """
    Where a row that was not measured here came from.

    Args:
        format: of the file it was in, such as ``proxylessnas``.
        source: the file's name.
        sha256: of the file.
        row: the row as that file had it, as JSON; what a writer of the format gives back.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    format: str
    source: str
    sha256: str
    row: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    One row: an operation and its latency, with unit, source and doubt.

    Args:
        operation: what the row prices.
        latency_us: microseconds for one execution inside a network, border subtracted.
        low_us: lower end of the 90 % interval; None where nothing is known of it, as in most
            imported tables.
        high_us: upper end of the 90 % interval; None where nothing is known of it.
        border_us: what was subtracted; 0 for networks, borders and image readers.
        value_kind: how the number came to be.
        samples: how many samples it rests on; None where nobody said.
        inner_loops: executions inside one sample; more than 1 where one is too short for the clock.
        sessions: in how many sessions.
        unseen: levels of variance the interval does not hold, because only one of their kind was
            seen; ``build`` only where the runtime builds engines.
        p90_us: 90th percentile of executions, border not subtracted; None below 64 samples and
            where a sample holds several executions.
        p99_us: 99th percentile; None below 662 samples.
        cold_us: the same latency with caches flushed before each execution; None where unmeasured.
        energy_mj: millijoules of one execution, border subtracted; None where unmeasured.
        peak_memory_bytes: the most memory its execution held; None where unmeasured.
        kernels: how many kernels the runtime runs for it, border subtracted; None where the
            runtime does not tell.
        measurement_ids: where those samples are.
        origin: where a row that was not measured here came from.
        warnings: named doubts, such as ``contended``.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    operation: Operation
    latency_us: float
    low_us: float | None = None
    high_us: float | None = None
    border_us: float = 0.0
    value_kind: ValueKind = "measured"
    samples: int | None = None
    inner_loops: int = 1
    sessions: int = 1
    unseen: tuple[Level, ...] = ()
    p90_us: float | None = None
    p99_us: float | None = None
    cold_us: Quantity | None = None
    energy_mj: Quantity | None = None
    peak_memory_bytes: int | None = None
    kernels: int | None = None
    measurement_ids: tuple[str, ...] = ()
    origin: Origin | None = None
    warnings: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The operation's key."""
        return operation_key(self.operation)

    @property
    def interval_us(self) -> tuple[float, float] | None:
        """Both ends of the 90 % interval; None where one of them is unknown."""
        if self.low_us is None or self.high_us is None:
            return None
        return self.low_us, self.high_us

    @property
    def images_per_s(self) -> float | None:
        """Throughput at the operation's batch, one batch after the other; None if it is free."""
        return self.operation.batch / self.latency_us * 1e6 if self.latency_us else None


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
        document = asdict(self)
        for entry in document["entries"]:
            if entry["kernels"] is None:  # rows that tell none keep the versions of before
                del entry["kernels"]
        text = json.dumps(document, sort_keys=True, separators=(",", ":"))
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

    def _repr_html_(self) -> str:
        """Return the table as a notebook shows it."""
        from profiler.pictures.bars import table_html

        return table_html(self)
