"""
A search small enough to repeat: 64 images, this machine's own table, one fixed topology.

What ``search_vs_random`` and ``supernet_rank`` share.  The topology is the simplified DNANet, so
that one table serves all seeds.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from statistics import median

from benchmarks.figures import say
from device_agents.quiet import quiet
from profiler.backends.onnxruntime import create
from profiler.backends.torch_module import GraphModule
from profiler.certificates import Certificate, certify
from profiler.measurement import Session
from profiler.measuring.loop import measure
from profiler.measuring.plan import MeasurementPlan
from profiler.operations import Network, Operation
from profiler.operations.network import Place
from profiler.platforms.linux import identify
from profiler.space import (
    CellCandidates,
    Topology,
    cell_candidates,
    known_topology,
    network,
    random_networks,
    space_operations,
)
from profiler.summary import summarise
from profiler.table import Table
from profiler.tabulate import tabulate
from search.configuration import Configuration, small_configuration
from search.data.batches import Batches, test_batches, training_batches
from search.data.dataset import Dataset
from search.data.folder import open_folder
from search.data.memory import decoded
from search.data.synthetic import synthetic_dataset
from search.limits import Limit
from search.stage2.costs import latency_costs
from search.target import entry_of
from search.training.initialise import fresh_module

IMAGES = 64
NETWORKS = 30
EPOCHS_FOR_FEWER_IMAGES = 3
"""An epoch of 48 images has a third of the steps of one of 170."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallSearch:
    """
    Everything a search needs, and what measures its networks.

    Args:
        configuration: of the search.
        topology: which cells run.
        candidates: of every cell.
        limit: the latency budget on this machine.
        dataset: 64 images and a test list, in memory.
    """

    configuration: Configuration
    topology: Topology
    candidates: CellCandidates
    limit: Limit
    dataset: Dataset

    def seeded(self, seed: int) -> SmallSearch:
        """Return the same search with another seed for everything random."""
        configuration = replace(
            self.configuration,
            seed=seed,
            stage2=replace(self.configuration.stage2, seed=seed),
            training=replace(self.configuration.training, seed=seed),
        )
        return replace(self, configuration=configuration)

    def batches(self) -> tuple[Batches, Batches, Batches]:
        """Return augmented training and validation batches, and the validation images as is."""
        size, batch = self.configuration.space.height, self.configuration.batch
        training, validation = (
            training_batches(
                samples,
                size=size,
                batch=batch,
                seed=self.configuration.seed,
                normalisation=self.dataset.normalisation,
            )
            for samples in (self.dataset.train, self.dataset.validation)
        )
        held_out = test_batches(
            self.dataset.validation,
            size=size,
            batch=batch,
            normalisation=self.dataset.normalisation,
        )
        return training, validation, held_out

    def network(self, candidates: Mapping[Place, str]) -> Network:
        """Return the network of the chosen candidates."""
        return network(self.configuration.space, self.topology, candidates)

    def fresh(self, candidates: Mapping[Place, str]) -> GraphModule:
        """Return it with the weights its training begins with."""
        return fresh_module(self.network(candidates), self.configuration.seed)


def small_search() -> SmallSearch:
    """Measure this machine and return a search for it."""
    configuration = _configuration()
    space = configuration.space
    topology = known_topology("dnanet_simplified", space.levels)
    networks = random_networks(space, topology, NETWORKS, seed=0)
    table, certificate = _table((*space_operations(space, topology), *networks))
    say(f"certificate: median error {certificate.median_abs_error:.1%}")
    candidates = cell_candidates(space, topology)
    middle_us = median(entry_of(table, each).latency_us for each in networks)
    limit = Limit(
        name="this machine",
        costs=latency_costs(space, topology, candidates, table, certificate.calibration_for(table)),
        budget=configuration.budget_share * middle_us,
    )
    return SmallSearch(
        configuration=configuration,
        topology=topology,
        candidates=candidates,
        limit=limit,
        dataset=small_dataset(space.height),
    )


def small_dataset(size: int) -> Dataset:
    """Return 64 images of the training list, a quarter for validation, and the test list."""
    folder = Path(os.environ.get("HNA_DATA", "../shared/data")) / "NUAA-SIRST"
    if not folder.is_dir():
        say(f"{folder} is absent: synthetic images")
        return synthetic_dataset(train=IMAGES * 3 // 4, test=IMAGES, size=size, seed=0)
    dataset = open_folder(folder)
    samples = [*dataset.train, *dataset.validation]
    Random(0).shuffle(samples)
    split = IMAGES * 3 // 4
    return replace(
        dataset,
        train=decoded(samples[:split]),
        validation=decoded(samples[split:IMAGES]),
        test=decoded(dataset.test),
    )


def measured_us(networks: tuple[Network, ...]) -> list[float]:
    """Return the latency of each network, measured side by side, in microseconds."""
    session = _measure(networks)
    return [summarise(measurement).latency_us for measurement in session.measurements]


def _configuration() -> Configuration:
    small, more = small_configuration(), EPOCHS_FOR_FEWER_IMAGES
    return replace(
        small,
        stage2=replace(
            small.stage2,
            warmup_epochs=more * small.stage2.warmup_epochs,
            search_epochs=more * small.stage2.search_epochs,
            checkpoint_every=1000,
        ),
        trials=replace(small.trials, epochs=more * small.trials.epochs),
        training=replace(small.training, epochs=more * small.training.epochs),
    )


def _table(operations: tuple[Operation, ...]) -> tuple[Table, Certificate]:
    session = _measure(operations)
    table = Table(
        device_model=identify().model,
        environment=session.environment,
        entries=tabulate([session.measurements]),
    )
    return table, certify(table)


def _measure(operations: tuple[Operation, ...]) -> Session:
    with quiet(1):
        return measure(operations, create(), identify(), MeasurementPlan())
