"""The folder of a search of three levels for two made-up devices, as far as its scores."""

import json
from dataclasses import replace

import numpy as np
import pytest

from profiler.certificates import certify, sum_us
from profiler.cost import cost_of
from profiler.device import Environment
from profiler.operations import operation_graph
from profiler.space import (
    Gene,
    MetaSpace,
    cell_candidates,
    known_topology,
    random_networks,
    space_operations,
    write_gene,
)
from profiler.table import Entry, Table
from search.configuration import Configuration
from search.data.synthetic import synthetic_dataset
from search.derive import Choice
from search.limits import Limit
from search.run_folder import RunFolder
from search.stage2 import Scored
from search.stage2.costs import latency_costs
from search.stage2.ranking import Judged

CANDIDATES = ("3x3_MBConv2", "3x3_ResConv", "5x5_ResConv", "3x3_GroupConv2")
UNETPP = {
    (0, 0): (0,),
    (0, 1): (0,),
    (0, 2): (0,),
    (1, 0): (0, 1),
    (1, 1): (1, 2),
    (2, 0): (0, 1),
}
BASE = Judged(loss=0.6, miou=0.4)


def make_table(space, topology, *, model, us_per_mmac=0, us_per_weight=0, networks=30):
    """Return what a device of so many microseconds a million MACs and a weight measured."""
    rows = {}
    for operation in space_operations(space, topology):
        cost = cost_of(operation_graph(operation))
        rows[operation] = 1 + us_per_mmac * cost.macs / 1e6 + us_per_weight * cost.conv_weights
    bare = Table(
        device_model=model,
        environment=Environment(runtime="simulated", runtime_version="1", provider="simulated"),
        entries=tuple(_entry(operation, us) for operation, us in rows.items()),
        simulated=True,
    )
    drawn = random_networks(space, topology, networks, seed=1) if networks else ()
    whole = [
        _entry(each, 1.1 * sum_us(bare, each) * (1 + 0.02 * (-1) ** k))
        for k, each in enumerate(drawn)
    ]
    return replace(bare, entries=(*bare.entries, *whole))


def _entry(operation, us):
    return Entry(operation=operation, latency_us=us, low_us=us, high_us=us, samples=10)


def make_run(path, space, pinned, names):
    """Return the folder of a search for devices, with scores drawn at random."""
    folder, topology = RunFolder(path), known_topology("unetpp", levels=3)
    configuration = Configuration(space=space, simplification_size=32)
    dataset = synthetic_dataset(train=3, test=1, size=16, seed=0)
    folder.claim(configuration, dataset, {table.name: None for table, _ in pinned})
    write_gene(path / "gene.txt", Gene(picks=UNETPP))
    candidates = cell_candidates(space, topology)
    limits = []
    for number, ((table, certificate), name) in enumerate(zip(pinned, names, strict=True)):
        folder.pin(table, certificate, number)
        costs = latency_costs(space, topology, candidates, table, certificate.calibration)
        limits.append(Limit(name=name, costs=costs, budget=costs.largest))
    generator = np.random.default_rng(0)
    scores = {
        place: generator.normal(0, 0.01, len(each)).tolist() for place, each in candidates.items()
    }
    choice = Choice(candidates=candidates, scores=scores, limits=tuple(limits))
    folder.keep_scores(Scored(choice=choice, base=BASE))
    return folder


@pytest.fixture(scope="session")
def space():
    return MetaSpace(
        levels=3, channels=(4, 8, 16), blocks=(1, 1, 1), candidates=CANDIDATES, height=32, width=32
    )


@pytest.fixture(scope="session")
def topology():
    return known_topology("unetpp", levels=3)


@pytest.fixture(scope="session")
def pinned(space, topology):
    """Return table and certificate of a device on which MACs count, and one on which weights do."""
    tables = (
        make_table(space, topology, model="model-a", us_per_mmac=3000),
        make_table(space, topology, model="model-b", us_per_weight=2),
    )
    return [(table, certify(table)) for table in tables]


@pytest.fixture
def table_of(topology):
    return lambda space, **options: make_table(space, topology, **options)


@pytest.fixture
def folder(tmp_path, space, pinned):
    return make_run(tmp_path / "run", space, pinned, ["board-a", "board-b"])


@pytest.fixture
def edited():
    """Return a function that changes a JSON file in place."""

    def edit(path, change):
        document = json.loads(path.read_text())
        change(document)
        path.write_text(json.dumps(document))

    return edit
