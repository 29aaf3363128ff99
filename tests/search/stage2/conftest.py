"""A small search: three levels, five candidates, scenes of 32 x 32 pixels."""

import pytest
import torch

from profiler.cost import cost_of
from profiler.device import Environment
from profiler.operations import operation_graph
from profiler.space import MetaSpace, known_topology, space_operations
from profiler.table import Entry, Table
from search.data.batches import training_batches
from search.data.synthetic import synthetic_dataset


@pytest.fixture(autouse=True)
def one_thread():
    """Small tensors gain nothing from threads, and a busy machine makes them wait."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def space():
    return MetaSpace(
        levels=3,
        channels=(4, 8, 16),
        blocks=(1, 1, 1),
        candidates=(
            "3x3_MBConv2",
            "3x3_ResConv",
            "5x5_ResConv",
            "3x3_GroupConv2",
            "3x3_SpaConv",
        ),
        height=32,
        width=32,
    )


@pytest.fixture(scope="session")
def topology():
    return known_topology("unetpp", levels=3)


def price_us(operation):
    """A made-up device: a microsecond for each thousand MACs, and one for being called."""
    return 1 + cost_of(operation_graph(operation)).macs / 1000


def make_table(operations):
    entries = tuple(
        Entry(
            operation=operation,
            latency_us=price_us(operation),
            low_us=price_us(operation),
            high_us=price_us(operation),
            samples=10,
        )
        for operation in operations
    )
    environment = Environment(runtime="simulated", runtime_version="1", provider="simulated")
    return Table(device_model="made-up", environment=environment, entries=entries, simulated=True)


@pytest.fixture(scope="session")
def table(space, topology):
    return make_table(space_operations(space, topology))


@pytest.fixture(scope="session")
def table_of():
    return make_table


@pytest.fixture(scope="session")
def scenes():
    return synthetic_dataset(train=15, test=1, size=32, seed=0)


@pytest.fixture(scope="session")
def train(scenes):
    return training_batches(
        scenes.train, size=32, batch=4, seed=0, normalisation=scenes.normalisation
    )


@pytest.fixture(scope="session")
def validation(scenes):
    return training_batches(
        scenes.validation, size=32, batch=2, seed=1, normalisation=scenes.normalisation
    )
