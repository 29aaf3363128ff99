"""
One search from end to end, a script of named steps.

Simplify (stage 1), have the device measure what is left, choose operations (stage 2), derive
within the budget, train, evaluate, export, and have the device measure the result.  Each step
leaves its files in the run folder and goes on from them when the search is called again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from statistics import median
from typing import Any

from lut_server.client import LutClient
from lut_server.wire import CampaignView
from profiler.backends.torch_module import GraphModule, torch_module
from profiler.errors import BudgetInfeasible
from profiler.estimation import Certificate
from profiler.operations import Network
from profiler.operations.network import Place
from profiler.table import Table
from search.conclusion import Found, conclude
from search.configuration import Configuration
from search.data.batches import training_batches
from search.data.dataset import Dataset
from search.deployment import Deployment, measure_network, nearest
from search.derive import derive
from search.evaluation import evaluate
from search.export import export_onnx
from search.metrics.metrics import Metrics
from search.prior import TARGET_PRIOR, expect_few_targets
from search.progress import EpochReport, OnEpoch, ignore
from search.run_folder import RunFolder
from search.saved_network import save_network
from search.space import Topology, network, random_networks, space_operations
from search.stage1 import Stage1Result, search_topology
from search.stage2 import Stage2Result, search_operations
from search.stopwatch import Stopwatch
from search.target import Target, entry_of, measure_on
from search.training.initialise import initialise
from search.training.loop import train
from search.training.plan import TrainingResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """
    Who is told how far a search is.

    Args:
        on_phase: called with a sentence when a phase begins.
        on_epoch: called after every epoch.
        on_campaign: called at every look at a campaign.
    """

    on_phase: Callable[[str], None] = lambda _: None
    on_epoch: OnEpoch = ignore
    on_campaign: Callable[[CampaignView], None] = lambda _: None


@dataclass(slots=True, kw_only=True)
class Search:
    """
    One search.

    Args:
        client: of the lookup-table server.
        target: the device the network is for.
        dataset: what it learns from and is judged on.
        configuration: what to do.
        folder: where everything is kept.
        listener: who is told how far it is.
    """

    client: LutClient
    target: Target
    dataset: Dataset
    configuration: Configuration
    folder: RunFolder
    listener: Listener = field(default_factory=Listener)
    watch: Stopwatch = field(init=False, default_factory=Stopwatch)

    def run(self) -> dict[str, Any]:
        """
        Search, train, measure; return the document that is ``result.json``.

        Raises:
            HnaError: what went wrong, in one line; called again, the search goes on.
        """
        self.folder.claim(self.configuration, self.dataset, self.target.table)
        self.watch = Stopwatch(self.folder.seconds(), self.folder.keep_seconds)
        simplified = self._simplify()
        networks = self._random_networks(simplified.topology)
        table, certificate = self._measure_space(simplified.topology, networks)
        budget_us = self._budget_us(table, networks)
        with _budget_with_headroom(budget_us, certificate.headroom()) as predicted_us:
            chosen = self._choose(simplified.topology, table, certificate, predicted_us)
            derived = derive(chosen.choices, predicted_us)
        found = network(self.configuration.space, simplified.topology, derived.candidates)
        module, trained = self._train(found, chosen, derived.candidates)
        metrics = self._evaluate(module, found)
        anchors = nearest(networks, table, derived.predicted_us, self.configuration.anchors)
        deployment = self._deploy(found, anchors, table)
        history = (*simplified.history, *chosen.history, *trained)
        found_all = Found(
            target=self.target,
            table=table,
            needed=(*space_operations(self.configuration.space, simplified.topology), *networks),
            certificate=certificate,
            network=found,
            derived=derived,
            budget_us=budget_us,
            deployment=deployment,
            metrics=metrics,
            dataset=self.dataset,
            candidates=self.configuration.space.candidates,
        )
        return conclude(found_all, module, history, self.watch.seconds, self.folder)

    def _simplify(self) -> Stage1Result:
        self.listener.on_phase("stage 1: which inputs does each cell keep?")
        configuration = self.configuration
        batches = training_batches(
            self.dataset.train,
            size=configuration.simplification_size,
            batch=configuration.batch,
            seed=configuration.seed,
            normalisation=self.dataset.normalisation,
        )
        with self.watch.phase("stage1"):
            return search_topology(
                configuration.space,
                batches,
                configuration.stage1,
                run=self.folder.path,
                on_epoch=self.listener.on_epoch,
            )

    def _random_networks(self, topology: Topology) -> tuple[Network, ...]:
        configuration = self.configuration
        return random_networks(
            configuration.space, topology, configuration.networks, configuration.seed
        )

    def _measure_space(
        self, topology: Topology, networks: Sequence[Network]
    ) -> tuple[Table, Certificate]:
        pinned = self.folder.pinned()
        if pinned is not None:
            return pinned
        operations = space_operations(self.configuration.space, topology)
        self.listener.on_phase(
            f"measuring {len(operations)} operations and {len(networks)} random networks "
            f"on {self.target.device.name}"
        )
        with self.watch.phase("campaign"):
            measure_on(
                self.client,
                self.target,
                (*operations, *networks),
                name="operations and random networks",
                on_progress=self.listener.on_campaign,
            )
            certificate = self.client.certify(self.target.table)
            table = self.client.table(self.target.table)
        self.folder.pin(table, certificate)
        return table, certificate

    def _budget_us(self, table: Table, networks: Sequence[Network]) -> float:
        if self.configuration.budget_us is not None:
            return self.configuration.budget_us
        latencies = [entry_of(table, each).latency_us for each in networks]
        return self.configuration.budget_share * median(latencies)

    def _choose(
        self, topology: Topology, table: Table, certificate: Certificate, budget_us: float
    ) -> Stage2Result:
        self.listener.on_phase(
            f"stage 2: which operation for each cell, predicted within {budget_us / 1000:.2f} ms?"
        )
        configuration = self.configuration
        train_batches, validation_batches = (
            training_batches(
                samples,
                size=configuration.space.height,
                batch=configuration.batch,
                seed=configuration.seed,
                normalisation=self.dataset.normalisation,
            )
            for samples in (self.dataset.train, self.dataset.validation)
        )
        with self.watch.phase("stage2"):
            return search_operations(
                configuration.space,
                topology,
                table,
                certificate.calibration,
                train_batches,
                validation_batches,
                budget_us,
                configuration.stage2,
                run=self.folder.path,
                on_epoch=self.listener.on_epoch,
            )

    def _train(
        self, found: Network, chosen: Stage2Result, candidates: Mapping[Place, str]
    ) -> tuple[GraphModule, list[EpochReport]]:
        self.listener.on_phase("training the derived network")
        module = torch_module(found)
        initialise(module, self.configuration.seed)
        expect_few_targets(module.get_submodule("head.conv"), TARGET_PRIOR)
        if self.configuration.inherit_weights:
            module.load_state_dict(chosen.supernet.weights_of(candidates))
        with self.watch.phase("train"):
            trained = train(
                module,
                self.dataset,
                self.configuration.training,
                run=self.folder.path,
                on_epoch=self.listener.on_epoch,
            )
        save_network(found, module, self.folder.path, normalisation=self.dataset.normalisation)
        return module, list(_reports_of(trained))

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

    def _deploy(self, found: Network, anchors: Sequence[Network], table: Table) -> Deployment:
        self.listener.on_phase(f"measuring the derived network on {self.target.device.name}")
        with self.watch.phase("deploy"):
            return measure_network(
                self.client,
                self.target,
                found,
                anchors,
                table,
                on_campaign=self.listener.on_campaign,
            )


@contextmanager
def _budget_with_headroom(budget_us: float, headroom: float) -> Iterator[float]:
    """Yield what may be predicted within *budget_us*; an infeasible one is told in its terms."""
    try:
        yield budget_us / headroom
    except BudgetInfeasible as error:
        raise BudgetInfeasible(budget_us, ceil(error.smallest_us * headroom)) from error


def _reports_of(trained: TrainingResult) -> Iterator[EpochReport]:
    """Yield a report of every epoch, also of those an earlier call ran."""
    epochs = len(trained.losses)
    for epoch, loss in enumerate(trained.losses, start=1):
        values = {"loss": loss}
        if trained.validation_mious:
            values["miou"] = trained.validation_mious[epoch - 1]
        yield EpochReport(phase="train", epoch=epoch, epochs=epochs, values=values)
