"""A small search: three levels, scenes of 32 x 32 pixels; and the shipped files where present."""

import pytest
import torch

from profiler.cost import cost_of
from profiler.device import Environment
from profiler.operations import operation_graph, operation_key
from profiler.space import MetaSpace
from profiler.space.inputs import input_operations
from profiler.table import Entry, Table
from search.data.batches import training_batches
from search.data.synthetic import synthetic_dataset
from search.stage1.hardware import input_costs


@pytest.fixture(autouse=True)
def one_thread():
    """Small tensors gain nothing from threads, and a busy machine makes them wait."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def space():
    return MetaSpace(levels=3, channels=(4, 8, 16), blocks=(1, 2, 1), height=32, width=32)


@pytest.fixture(scope="session")
def train():
    scenes = synthetic_dataset(train=15, test=1, size=32, seed=0)
    return training_batches(
        scenes.train, size=32, batch=4, seed=0, normalisation=scenes.normalisation
    )


def price_us(operation):
    """A made-up device: a microsecond for each thousand MACs and each thousand values moved."""
    cost = cost_of(operation_graph(operation))
    return 1 + cost.macs / 1000 + cost.activation_bytes / 4000


def make_table(operations):
    entries = tuple(
        Entry(
            operation=operation,
            latency_us=price_us(operation),
            low_us=price_us(operation),
            high_us=price_us(operation),
            samples=10,
        )
        for operation in {operation_key(each): each for each in operations}.values()
    )
    environment = Environment(runtime="simulated", runtime_version="1", provider="simulated")
    return Table(device_model="made-up", environment=environment, entries=entries, simulated=True)


@pytest.fixture(scope="session")
def table_of():
    return make_table


@pytest.fixture(scope="session")
def costs(space):
    return input_costs(space, make_table(input_operations(space)))
