"""What a table holds after a device was onboarded: facts, no words."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from device_agents.onboarding.networks import NetworkErrors
from profiler.table import INFERRED, Entry, Table, ValueKind
from profiler.transfer.entries import FORMAT as TRANSFER


@dataclass(frozen=True, slots=True, kw_only=True)
class Widths:
    """Half the widths of 90 % intervals over their latencies: the median and the worst."""

    median: float
    worst: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    A device, its table and how that came to be.

    Args:
        device: model of the device.
        fingerprint: of the device.
        environment: how it was set up, for people.
        campaign_id: of the campaign that onboards it.
        stage: how far that is, see ``lut_server.wire.Stage``; ``handful`` is not onboarded yet.
        before: whether it was onboarded before the command began.
        took_s: how long the command took, in seconds.
        table: name of the table.
        version: of its rows; None where it has none yet.
        rows: how many it has of each value kind.
        gaps: how many operations the device could not run.
        taught_by: names of the other devices' tables that given rows come from.
        widths: of the rows that were given; None where there are none.
        target_error: within which the rest is to be predicted; None measures everything.
        worst_error: within which nine in ten of the rest are predicted by now; None where the
            server does not say.
        networks: how far sums of rows were off for networks measured whole.
        waiting_for: why nothing moves, where the server knows.
        notes: what the server decided on the way.
    """

    device: str
    fingerprint: str
    environment: str
    campaign_id: str
    stage: str
    before: bool
    took_s: float
    table: str
    version: str | None
    rows: dict[ValueKind, int]
    gaps: int
    taught_by: tuple[str, ...]
    widths: Widths | None
    target_error: float | None
    worst_error: float | None
    networks: NetworkErrors | None
    waiting_for: str | None
    notes: tuple[str, ...]

    @property
    def onboarded(self) -> bool:
        """Whether the handful is measured and the other rows are there."""
        return self.stage != "handful"


def rows_by_kind(entries: Iterable[Entry]) -> dict[ValueKind, int]:
    """Return how many rows are of each value kind, in the order in which kinds are trusted."""
    counted = Counter(entry.value_kind for entry in entries)
    order: tuple[ValueKind, ...] = ("measured", "suspect", "imported", *INFERRED)
    return {kind: counted[kind] for kind in order if counted[kind]}


def widths_of(entries: Iterable[Entry]) -> Widths | None:
    """Return how wide the intervals of given rows are; None where there is no such row."""
    halves = [
        (interval[1] - interval[0]) / 2 / entry.latency_us
        for entry in entries
        if entry.value_kind in INFERRED
        and (interval := entry.interval_us) is not None
        and entry.latency_us > 0
    ]
    if not halves:
        return None
    return Widths(median=float(np.median(halves)), worst=float(np.max(halves)))


def teachers(table: Table) -> tuple[str, ...]:
    """Return the names of the tables of other devices that rows of *table* come from."""
    rows = {
        entry.origin.row
        for entry in table.entries
        if entry.origin is not None and entry.origin.format == TRANSFER
    }
    named = {source for row in rows for source in json.loads(row)["sources"]}
    return tuple(sorted({name_and_version.rpartition("@")[0] for name_and_version in named}))
