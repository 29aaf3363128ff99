"""Tables made small for the rules, and those other projects published."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from profiler.cost import cost_of
from profiler.device import Environment
from profiler.formats.about import About
from profiler.formats.registry import read_tables
from profiler.lint import lint
from profiler.operations import (
    DEFAULT_CANDIDATES,
    ForeignOperation,
    Head,
    MaxPool,
    Position,
    candidate_at,
    operation_graph,
)
from profiler.table import Entry, Table

CPU = Environment(runtime="made-up", runtime_version="1.2.0", provider="CPUExecutionProvider")


def table_of(*entries, environment=CPU, simulated=False) -> Table:
    return Table(
        device_model="board", environment=environment, entries=entries, simulated=simulated
    )


def foreign(name, latency_us, format="proxylessnas", **fields) -> Entry:
    operation = ForeignOperation(format=format, name=name)
    return Entry(operation=operation, latency_us=latency_us, value_kind="imported", **fields)


def own_operations():
    """Candidates at 36 positions, with and without blocks, and the glue between them."""
    found = []
    for size in (16, 32, 64):
        for channels_in, channels_out in ((16, 16), (16, 32), (32, 32), (64, 64)):
            for blocks in (1, 2):
                position = Position(
                    channels_in=channels_in,
                    channels_out=channels_out,
                    height=size,
                    width=size,
                    blocks=blocks,
                )
                found += [candidate_at(name, position) for name in DEFAULT_CANDIDATES]
        for channels in (16, 32, 64):
            found.append(MaxPool(channels=channels, height=size, width=size))
            found.append(Head(channels=channels, height=size, width=size))
    return found


COSTS = {operation: cost_of(operation_graph(operation)) for operation in own_operations()}


def clean_table(*, seed: int, noise: float, intervals: bool, plateau_us: float) -> Table:
    """
    Return a table of true latencies with noise, and steps as kernels of fixed tiles make them.

    Args:
        seed: of the noise.
        noise: relative standard deviation of a row.
        intervals: whether the rows say how noisy they are.
        plateau_us: the step latencies are rounded up to before noise.
    """
    draw = np.random.default_rng(seed)
    entries = []
    for operation, cost in COSTS.items():
        true_us = 8.0 + cost.macs / 9_000 + cost.activation_bytes / 7_000
        stepped_us = math.ceil(true_us / plateau_us) * plateau_us
        value = stepped_us * float(np.exp(noise * draw.standard_normal()))
        half = 1.645 * noise * value
        ends = {"low_us": value - half, "high_us": value + half} if intervals else {}
        entries.append(Entry(operation=operation, latency_us=value, samples=30, **ends))
    return table_of(*entries)


@pytest.fixture(scope="session")
def published(data):
    """Return a function that reads the tables of a published file."""

    def read(name, **said):
        about = About(**({"source": name, "device_model": "theirs", "runtime": "theirs"} | said))
        return read_tables((data / "lut" / name).read_bytes(), about)[1]

    return read


@pytest.fixture(scope="session")
def make():
    """Return what makes tables: ``of``, ``foreign`` and ``clean``."""
    return SimpleNamespace(of=table_of, foreign=foreign, clean=clean_table)


@pytest.fixture(scope="session")
def found():
    """Return a function: the findings of one rule in a table."""

    def of(table, rule, **known):
        return [finding for finding in lint(table, **known) if finding.rule == rule]

    return of
