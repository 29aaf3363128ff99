"""
One search from end to end, a script of named steps.

Simplify (stage 1), have the devices measure what is left, choose operations (stage 2), find
networks that measure what the budgets ask for, try the best few, train, evaluate, export, and have
the devices measure the result.  Each step leaves its files in the run folder and goes on from them
when the search is called again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lut_server.client import LutClient
from profiler.backends.torch_module import GraphModule
from profiler.operations import Network
from profiler.space import (
    Topology,
    cell_candidates,
    network,
    random_networks,
    space_operations,
)
from search.conclusion import Found, Outcome, conclude
from search.configuration import Configuration
from search.data.batches import Batches, test_batches, training_batches
from search.data.dataset import Dataset, Sample
from search.data.memory import decoded
from search.deployment import measure_network
from search.devices import PricedDevice, Pricing, asked_us, limits_of
from search.distributed import World
from search.evaluation import evaluate
from search.export import export_onnx
from search.listener import Listener
from search.meeting.sitting import nearest
from search.metrics.metrics import Metrics
from search.model_card import write_card
from search.progress import EpochReport
from search.publication import publish
from search.run_folder import RunFolder
from search.saved_network import save_network
from search.stage1 import Stage1Result, search_topology
from search.stage2 import Scored, Stage2Result, scored, search_operations
from search.stopwatch import Stopwatch
from search.target import Target
from search.training.loop import train
from search.training.plan import TrainingResult
from search.trying import Tried, Trying


@dataclass(slots=True, kw_only=True)
class Search:
    """
    One search.

    Args:
        client: of the lookup-table server.
        targets: the devices the network is for, each with its budget; at least one.
        dataset: what it learns from and is judged on.
        configuration: what to do.
        folder: where everything is kept.
        listener: who is told how far it is.
        world: the processes that search together (``torchrun``); alone unless given.  Process 0
            talks to the server and writes the folder.
    """

    client: LutClient
    targets: Sequence[Target]
    dataset: Dataset
    configuration: Configuration
    folder: RunFolder
    listener: Listener = field(default_factory=Listener)
    world: World = field(default_factory=World)
    watch: Stopwatch = field(init=False, default_factory=Stopwatch)

    def run(self) -> dict[str, Any]:
        """
        Search, train, measure; return the document that is ``result.json``.

        Processes other than the first return an empty one.

        Raises:
            HnaError: what went wrong, in one line; called again, the search goes on.
        """
        configuration, main_first = self.configuration, self.world.main_first
        with main_first():
            self._begin()
        with main_first():
            simplified = self._simplify()
        topology = simplified.topology
        networks = random_networks(
            configuration.space, topology, configuration.networks, configuration.seed
        )
        with main_first():
            devices = self._pricing().price(self.targets, topology, networks)
        searched, seen = self._choose(topology, devices)
        if seen:
            self.folder.keep_scores(seen)
        choice = seen.choice if seen else searched.choice
        with main_first():
            tried = self._trying().choose(topology, searched, choice, devices, networks)
        derived = tried.derived
        found = network(configuration.space, topology, derived.candidates)
        module, trained = self._train(found, self._trying().fresh(topology, searched, derived))
        if not self.world.main:
            return {}
        found_all = Found(
            network=found,
            needed=(*space_operations(configuration.space, topology), *networks),
            tried=tried,
            seen=seen,
            metrics=self._evaluate(module, found),
            outcomes=[self._deploy(device, found, tried, networks) for device in devices],
            training=trained,
            dataset=self.dataset,
            candidates=configuration.space.candidates,
        )
        history = (*simplified.history, *searched.history, *_reports_of(trained))
        result = conclude(found_all, module, history, self.watch.seconds, self.folder)
        for warning in publish(self.client, found_all):
            self.listener.on_phase(warning)
        write_card(self.folder.path, found, self.dataset.normalisation)
        return result

    def _begin(self) -> None:
        """Claim the folder and bring what is learned from into memory."""
        budgets = {each.table: asked_us(each, self.configuration) for each in self.targets}
        if self.world.main:
            self.folder.claim(self.configuration, self.dataset, budgets)
            self.watch = Stopwatch(self.folder.seconds(), self.folder.keep_seconds)
        self.dataset = replace(
            self.dataset,
            train=decoded(self.dataset.train),
            validation=decoded(self.dataset.validation),
        )

    def _batches(
        self, samples: Sequence[Sample], size: int, shard: tuple[int, int] = (0, 1)
    ) -> Batches:
        return training_batches(
            samples,
            size=size,
            batch=self.configuration.batch,
            seed=self.configuration.seed,
            normalisation=self.dataset.normalisation,
            shard=shard,
        )

    def _simplify(self) -> Stage1Result:
        """Return the topology; with a hardware term, the one the first device asks for."""
        configuration = self.configuration
        priced = configuration.stage1.hardware == "latency"
        costs = self._pricing().inputs(self.targets[0]) if priced else None
        self.listener.on_phase("stage 1: which inputs does each cell keep?")
        with self.watch.phase("stage1"):
            return search_topology(
                configuration.space,
                self._batches(self.dataset.train, configuration.simplification_size),
                configuration.stage1,
                run=self.folder.path,
                costs=costs,
                on_epoch=self.listener.on_epoch,
            )

    def _pricing(self) -> Pricing:
        return Pricing(
            client=self.client,
            configuration=self.configuration,
            folder=self.folder,
            listener=self.listener,
            watch=self.watch,
        )

    def _choose(
        self, topology: Topology, devices: Sequence[PricedDevice]
    ) -> tuple[Stage2Result, Scored | None]:
        space, plan = self.configuration.space, self.configuration.stage2
        candidates = cell_candidates(space, topology, distinct=plan.distinct)
        limits = limits_of(self.configuration, topology, candidates, devices)
        budgets = " and ".join(f"{each.budget_us / 1000:.2f} ms on {each.name}" for each in devices)
        self.listener.on_phase(f"stage 2: which operation for each cell, within {budgets}?")
        with self.watch.phase("stage2"):
            searched = search_operations(
                space,
                topology,
                limits,
                self._batches(self.dataset.train, space.height, self.world.shard),
                self._batches(self.dataset.validation, space.height, self.world.shard),
                plan,
                run=self.folder.path,
                on_epoch=self.listener.on_epoch,
                world=self.world,
            )
            training = self._batches(self.dataset.train, space.height)
            held_out = test_batches(
                self.dataset.validation,
                size=space.height,
                batch=self.configuration.batch,
                normalisation=self.dataset.normalisation,
            )
            if not plan.swaps:
                return searched, None
            return searched, scored(searched, training, held_out, on_swap=self.listener.on_swap)

    def _trying(self) -> Trying:
        return Trying(
            client=self.client,
            configuration=self.configuration,
            dataset=self.dataset,
            folder=self.folder,
            listener=self.listener,
            watch=self.watch,
        )

    def _train(self, found: Network, module: GraphModule) -> tuple[GraphModule, TrainingResult]:
        self.listener.on_phase("training the derived network")
        with self.watch.phase("train"):
            trained = train(
                module,
                self.dataset,
                self.configuration.training,
                run=self.folder.path,
                on_epoch=self.listener.on_epoch,
                world=self.world,
            )
        if self.world.main:
            save_network(found, module, self.folder.path, normalisation=self.dataset.normalisation)
        return module, trained

    def _evaluate(self, module: GraphModule, found: Network) -> Metrics:
        self.listener.on_phase(f"evaluating on {len(self.dataset.test)} test images")
        with self.watch.phase("evaluate"):
            metrics = evaluate(
                module,
                self.dataset.test,
                size=found.height,
                normalisation=self.dataset.normalisation,
            )
        with self.watch.phase("export"):
            export_onnx(found, module, self.folder.onnx)
        return metrics

    def _deploy(
        self, device: PricedDevice, found: Network, tried: Tried, networks: Sequence[Network]
    ) -> Outcome:
        self.listener.on_phase(f"measuring the derived network on {device.name}")
        predicted_us = tried.derived.predicted[device.name]
        with self.watch.phase("deploy"):
            deployment = measure_network(
                self._trying().site(device, networks),
                found,
                nearest(networks, device.table, device.budget_us, self.configuration.anchors),
                most=self.configuration.meeting.sittings,
            )
        return Outcome(
            device=device,
            predicted_us=predicted_us,
            headroom=tried.headroom(device),
            deployment=deployment,
        )


def _reports_of(trained: TrainingResult) -> Iterator[EpochReport]:
    """Yield a report of every epoch, also of those an earlier call ran."""
    epochs = len(trained.losses)
    for epoch, loss in enumerate(trained.losses, start=1):
        values = {"loss": loss}
        if trained.validation_mious:
            values["miou"] = trained.validation_mious[epoch - 1]
        yield EpochReport(phase="train", epoch=epoch, epochs=epochs, values=values)
