"""A made-up device whose latencies follow from graphs, and tables measured on it."""

from dataclasses import replace
from math import exp

import numpy as np
import pytest

from profiler.cost import macs_of
from profiler.device import Environment
from profiler.graph import Add, BilinearResize, Concatenate, Convolution
from profiler.operations import (
    DEFAULT_CANDIDATES,
    ForeignOperation,
    PlacedOperation,
    Position,
    candidate_at,
    operation_graph,
)
from profiler.prediction import fit_predictor
from profiler.table import Entry, Table

ENVIRONMENT = Environment(runtime="made-up", runtime_version="1.2", provider="none")
MOVED = (Add, BilinearResize, Concatenate)


class MadeUpDevice:
    """A device that needs a nanosecond for 2 MACs or for a value it moves, and noise of 1 %."""

    def latency_us(self, operation):
        """Return what an operation costs without noise."""
        total = 5.0
        for node in operation_graph(operation).nodes:
            values = float(np.prod(node.shape))
            if isinstance(node.primitive, Convolution):
                total += 2.0 + macs_of(node) / 2000 * (1 + 3 / node.primitive.kernel[0])
            if isinstance(node.primitive, MOVED):
                total += 1.0 + values / 1000
        return total

    def entry(self, operation, noise, **fields):
        """Return the row of an operation, disturbed by *noise* standard deviations."""
        latency_us = self.latency_us(operation) * exp(0.01 * noise)
        known = {"low_us": latency_us * 0.98, "high_us": latency_us * 1.02, "samples": 100}
        return Entry(operation=operation, latency_us=latency_us, **known | fields)

    def operations(self):
        """Return every default candidate at five positions, bare and placed."""
        found = {}
        for channels, side in ((8, 48), (16, 24), (32, 24), (32, 12), (64, 6)):
            for into in (channels, 2 * channels):
                where = Position(channels_in=into, channels_out=channels, height=side, width=side)
                for bare in (candidate_at(name, where) for name in DEFAULT_CANDIDATES):
                    placed = PlacedOperation(
                        operation=bare,
                        sources=(into // 2, into // 2),
                        resampled=((2 * side, 2 * side),),
                    )
                    found |= {bare: None, placed: None}
        return tuple(found)

    def drawn(self, count, seed=0):
        """Return so many of the operations, and the others."""
        every = self.operations()
        order = np.random.default_rng(seed).permutation(len(every))
        return [every[i] for i in order[:count]], [every[i] for i in order[count:]]

    def table_of(self, *entries):
        """Return a table of these rows."""
        return Table(device_model="made-up", environment=ENVIRONMENT, entries=tuple(entries))

    def measured(self, some, seed=1):
        """Return a table that holds *some* operations."""
        noise = np.random.default_rng(seed).standard_normal(len(some))
        return self.table_of(*(self.entry(o, float(z)) for o, z in zip(some, noise, strict=True)))

    def foreign(self, kind, size, latency_us, **fields):
        """Return a row of somebody's table, by a name that no rule reads."""
        operation = ForeignOperation(format="theirs", name=f"{kind}_c{size}")
        entry = Entry(operation=operation, latency_us=latency_us, value_kind="imported")
        return replace(entry, **fields)


@pytest.fixture(scope="session")
def device():
    return MadeUpDevice()


@pytest.fixture(scope="session")
def learnt(device):
    """A table of 60 operations, the predictor of it, and a table of the others."""
    some, others = device.drawn(60)
    table = device.measured(some)
    return table, fit_predictor(table), device.measured(others, seed=2)
