"""Tables of simulated devices, written down by the formula instead of measured."""

from __future__ import annotations

from dataclasses import replace

import pytest

from device_agents.messages import Described
from profiler.backends.registry import open_backend
from profiler.backends.simulated import roofline_us
from profiler.device import Environment
from profiler.measuring.loop import with_borders
from profiler.operations import Network, border_of, operation_graph, operation_key, probe_graph
from profiler.space import known_topology, named_space, random_networks, space_operations
from profiler.table import Entry, Table

SPACE = named_space(
    "one", "resnet_10", height=64, width=64, candidates=("3x3_MBConv2", "3x3_ResConv")
)
UNET = known_topology("unet")


class Fleet:
    """Tables of devices that differ in speed only, over one small space."""

    operations = (*with_borders(space_operations(SPACE, UNET)), *random_networks(SPACE, UNET, 3, 0))
    networks = tuple(each for each in operations if isinstance(each, Network))

    def table(self, name: str, speed: float) -> Table:
        """Return the whole table of a device that is so much faster than the formula."""
        entries = tuple(self.entry(each, speed) for each in self.operations)
        environment = Environment(runtime="simulated", runtime_version="1", provider=name)
        return Table(
            device_model="simulated", environment=environment, entries=entries, simulated=True
        )

    def entry(self, operation, speed: float) -> Entry:
        """Return a row: a network is the sum of its parts, so that sums of rows are exact."""
        parts = operation.parts() if isinstance(operation, Network) else (operation,)
        latency_us = sum(map(row_us, parts)) / speed
        return Entry(
            operation=operation,
            latency_us=latency_us,
            low_us=0.99 * latency_us,
            high_us=1.01 * latency_us,
            samples=30,
        )

    def only(self, table: Table, *operations) -> Table:
        """Return a table that holds only the rows of these."""
        keys = {operation_key(each) for each in operations}
        return replace(table, entries=tuple(e for e in table.entries if e.key in keys))


def row_us(operation) -> float:
    """Return what the formula says a row is."""
    border = border_of(operation)
    border_us = 0.0 if border is None else roofline_us(operation_graph(border))
    return roofline_us(probe_graph(operation)) - border_us


@pytest.fixture(scope="session")
def fleet():
    return Fleet()


@pytest.fixture
def described(machine):
    backend = open_backend("simulated")
    return Described(device=backend.device(machine), environment=backend.environment)
