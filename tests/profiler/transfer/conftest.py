"""Devices of a formula, and tables of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from profiler.device import Environment
from profiler.operations import Operation, PlacedOperation
from profiler.operations.network import Network
from profiler.space import known_topology, named_space, random_networks, space_operations
from profiler.table import Entry, Table

MakeTable = Callable[..., Table]

SPACE = named_space("one", "resnet_10", height=96, width=96)


@pytest.fixture(scope="session")
def operations() -> tuple[Operation, ...]:
    return space_operations(SPACE, known_topology("dnanet_simplified", SPACE.levels))


@pytest.fixture(scope="session")
def networks() -> tuple[Network, ...]:
    return random_networks(SPACE, known_topology("dnanet_simplified", SPACE.levels), 12, seed=3)


@pytest.fixture(scope="session")
def make_table() -> MakeTable:
    """Return a table of rows of a made-up device: slower, and slower still for some kinds."""

    def make(name: str, latencies: dict[Operation, float], **fields: object) -> Table:
        environment = Environment(runtime="onnxruntime", runtime_version="1", provider="CPU")
        entries = tuple(
            Entry(operation=o, latency_us=us, low_us=us * 0.98, high_us=us * 1.02)
            for o, us in latencies.items()
        )
        return Table(device_model=name, environment=environment, entries=entries, **fields)

    return make


@pytest.fixture(scope="session")
def latencies() -> Callable[..., dict[Operation, float]]:
    """Return what rows cost on a device as fast and as particular as asked."""

    def of(
        wanted: tuple[Operation, ...], speed: float, particular: float, seed: int = 0
    ) -> dict[Operation, float]:
        common, own = np.random.default_rng(99), np.random.default_rng(seed)
        kinds = {kind: own.normal(0, particular) for kind in sorted({_kind(o) for o in wanted})}
        return {
            o: float(np.exp(common.normal(5, 1) + kinds[_kind(o)] + own.normal(0, 0.01))) / speed
            for o in wanted
        }

    return of


def _kind(operation: Operation) -> str:
    inner = operation.operation if isinstance(operation, PlacedOperation) else operation
    return str(inner.kind)
