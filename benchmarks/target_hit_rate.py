"""
Whether searches hit their latency target here: ``python -m benchmarks.target_hit_rate``.

A server and an agent with ONNX Runtime as real processes, one table with its certificate, and 20
searches, each with another seed and a random target: uniform between the smallest budget a search
accepts and the 90 % quantile of random networks.  A search that ends in a network whose measured
latency is between 95 and 105 % of its target has hit it.  Some network of the space is always
near: there are 12 candidates for most of its cells.

The measured latency is that of the search's own last measurement, a new one, after the network was
chosen: beside anchors, at the usual pace of the device (``search.meeting.sitting``).  The same is
counted of the samples as they are, whatever pace the device had.  Two other ways derive from the
same scores, and their networks are measured in the same sittings:

- ``naive``, the baseline: bare sums of rows, neither calibrated nor with headroom, within the same
  narrow band below the target.
- ``table``: calibrated and with the headroom of the certificate, as a search does that measures
  nothing before it trains.  It may spend less than the target if the scores say so, and is meant
  to stay below it, not near it; its figures are said and are no baseline.

What is shortened: the topology is fixed (simplified DNANet), the supernet learns for seconds and is
judged on 2 images, so that its scores are little more than noise, and nothing is trained
afterwards, since a network's latency does not depend on its weights.  The search asks for one
network that holds, not for several to be tried against each other.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.figures import Figure, at_least, at_most, report, say
from benchmarks.small_search import small_dataset
from lut_server.client import LutClient
from profiler.certificates import Calibration
from profiler.operations import Network
from profiler.space import (
    CellCandidates,
    Topology,
    cell_candidates,
    known_topology,
    network,
    random_networks,
)
from search.configuration import Configuration, small_configuration
from search.data.batches import test_batches, training_batches
from search.data.dataset import Dataset
from search.deployment import ENOUGH
from search.derive import Choice, Derived, derive
from search.devices import PricedDevice, measure_space
from search.meeting.meet import Meeting
from search.meeting.met import Met
from search.meeting.sitting import Site, measure_beside, nearest
from search.processes import local_agent, local_server
from search.stage2 import Stage2Plan, scored, search_operations
from search.stage2.costs import latency_costs
from search.target import entry_of

SEARCHES = 20
SEED = 2026
NEAR = 0.05
HIGH = 0.9
"""Quantile of random networks up to which targets are drawn."""

LEARNT, JUDGED = 6, 2
"""Images of the supernet: to learn from, and to choose on."""

WARMUP_EPOCHS, SEARCH_EPOCHS = 12, 3
WAYS = ("search", "table", "naive")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """
    What one search came to.

    Args:
        target_us: the latency asked for.
        predicted_us: of the network found, by the table.
        measured_us: of the network of each way, in the same sittings, at the usual pace.
        as_sampled_us: the same as its samples are.
        met: what was measured before.
        seconds: the whole search took, its last measurement included.
        seconds_scoring: of them, what the supernet took to score operations.
    """

    target_us: float
    predicted_us: float
    measured_us: Mapping[str, float]
    as_sampled_us: Mapping[str, float]
    met: Met
    seconds: float
    seconds_scoring: float

    def spent(self, way: str) -> float:
        """Return measured over asked for."""
        return self.measured_us[way] / self.target_us

    def hits(self, way: str) -> bool:
        """Return whether the network of a way is within 5 % of the target."""
        return abs(self.spent(way) - 1) <= NEAR

    def hits_as_sampled(self, way: str) -> bool:
        """Return the same of its samples as they are."""
        return abs(self.as_sampled_us[way] / self.target_us - 1) <= NEAR


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """
    Where searches shoot.

    Args:
        configuration: of a search; the seed is replaced.
        topology: of all networks.
        candidates: of its cells.
        device: this machine, with its table and certificate.
        site: where networks are measured.
        networks: random ones that the table holds.
        dataset: a few images.
    """

    configuration: Configuration
    topology: Topology
    candidates: CellCandidates
    device: PricedDevice
    site: Site
    networks: Sequence[Network]
    dataset: Dataset

    def targets(self, count: int) -> list[float]:
        """Return random targets, in microseconds."""
        limit = self.device.limit(self.configuration.space, self.topology, self.candidates)
        known = [entry_of(self.device.table, each).latency_us for each in self.networks]
        low, high = limit.costs.smallest * limit.headroom, float(np.quantile(known, HIGH))
        say(f"targets from {low / 1000:.2f} to {high / 1000:.2f} ms")
        return np.random.default_rng(SEED).uniform(low, high, count).tolist()

    def shoot(self, target_us: float, seed: int) -> Shot:
        """Search for one target."""
        started = perf_counter()
        choice = self._choice(target_us, seed)
        scoring = perf_counter() - started
        met = self._meeting(seed).meet(choice)
        (found,) = met.networks(choice.candidates, 1)
        derived = {"search": found, "table": derive(choice), "naive": self._naive(choice)}
        beside = measure_beside(
            self.site,
            networks := [self._network(derived[way]) for way in WAYS],
            nearest(self.networks, self.site.table, target_us, self.configuration.anchors),
            name="derived network",
            enough=ENOUGH,
            most=self.configuration.meeting.sittings,
        )
        told = [beside.summary(each).latency_us for each in networks]
        sampled = [beside.as_sampled(each).latency_us for each in networks]
        return Shot(
            target_us=target_us,
            predicted_us=found.predicted[self.device.name],
            measured_us=dict(zip(WAYS, told, strict=True)),
            as_sampled_us=dict(zip(WAYS, sampled, strict=True)),
            met=met,
            seconds=perf_counter() - started,
            seconds_scoring=scoring,
        )

    def _choice(self, target_us: float, seed: int) -> Choice:
        """Return what a supernet of this seed says of the candidates, under the target."""
        configuration, space = self.configuration, self.configuration.space
        limit = replace(self.device, budget_us=target_us).limit(
            space, self.topology, self.candidates
        )
        training, validation = (
            training_batches(
                samples,
                size=space.height,
                batch=configuration.batch,
                seed=seed,
                normalisation=self.dataset.normalisation,
            )
            for samples in (self.dataset.train, self.dataset.validation)
        )
        held_out = test_batches(
            self.dataset.validation,
            size=space.height,
            batch=configuration.batch,
            normalisation=self.dataset.normalisation,
        )
        plan = replace(configuration.stage2, seed=seed)
        with tempfile.TemporaryDirectory() as folder:
            searched = search_operations(
                space, self.topology, [limit], training, validation, plan, run=Path(folder)
            )
        return scored(searched, training, held_out).choice

    def _meeting(self, seed: int) -> Meeting:
        configuration = self.configuration
        return Meeting(
            sites={self.device.name: self.site},
            space=configuration.space,
            topology=self.topology,
            known=self.networks,
            anchors=configuration.anchors,
            plan=configuration.meeting,
            wanted=1,
            spread=configuration.trials.spread,
            seed=seed,
        )

    def _naive(self, choice: Choice) -> Derived:
        """Derive from bare sums of rows, in the band in which a search derives."""
        (limit,) = choice.limits
        costs = latency_costs(
            self.configuration.space,
            self.topology,
            choice.candidates,
            self.device.table,
            Calibration(),
        )
        least, most = self.configuration.meeting.aim
        bare = replace(limit, costs=costs, headroom=1 / most, spend=least / most)
        return derive(replace(choice, limits=(bare,)))

    def _network(self, derived: Derived) -> Network:
        return network(self.configuration.space, self.topology, derived.candidates)


def run() -> list[Figure]:
    """Measure this machine once, then search 20 times and count the hits."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        range_ = _range(stack, Path(folder))
        shots = []
        for seed, target_us in enumerate(range_.targets(SEARCHES)):
            shots.append(range_.shoot(target_us, seed))
            _tell(seed, shots[-1])
    return figures(shots)


def figures(shots: Sequence[Shot]) -> list[Figure]:
    """Return how often targets were hit, and how far predictions were off."""
    for way in WAYS:
        spent = np.array([shot.spent(way) for shot in shots])
        say(
            f"{way}: {_share(shots, way):.0%} hit; measured over target "
            f"{spent.min():.3f} to {spent.max():.3f}, median {np.median(spent):.3f}; "
            f"{np.mean(spent <= 1):.0%} not over the target"
        )
    off = [abs(shot.predicted_us / shot.measured_us["search"] - 1) for shot in shots]
    misses = {way: max(abs(shot.spent(way) - 1) for shot in shots) for way in WAYS}
    sampled = {way: float(np.mean([shot.hits_as_sampled(way) for shot in shots])) for way in WAYS}
    minutes = sum(shot.seconds for shot in shots) / 60
    return [
        at_least("hit_rate", _share(shots, "search"), 0.95, "share", _share(shots, "naive")),
        at_least("hit_rate_as_sampled", sampled["search"], 0.95, "share", sampled["naive"]),
        at_most("largest_miss", misses["search"], NEAR, "share", misses["naive"]),
        at_most("median_prediction_error", float(np.median(off)), 0.05, "share"),
        at_most("search_minutes", minutes, 15.0, "min"),
    ]


def _share(shots: Sequence[Shot], way: str) -> float:
    return float(np.mean([shot.hits(way) for shot in shots]))


def _tell(seed: int, shot: Shot) -> None:
    spent = ", ".join(f"{way} {shot.spent(way):.3f}" for way in WAYS)
    drifts = ", ".join(f"{drift:.3f}" for drift in shot.met.drifts.values())
    say(
        f"search {seed}: target {shot.target_us / 1000:.2f} ms, predicted "
        f"{shot.predicted_us / shot.target_us:.3f} of it; measured {spent}; "
        f"as sampled {shot.as_sampled_us['search'] / shot.target_us:.3f}; "
        f"{'hit' if shot.hits('search') else 'MISSED'}; {shot.met.sentence()}; drift {drifts}; "
        f"{shot.met.sittings} sittings before; {shot.seconds:.0f} s, of them "
        f"{shot.seconds_scoring:.0f} s for scores"
    )


def _range(stack: ExitStack, folder: Path) -> Range:
    """Start server and agent, and have this machine measured."""
    small = small_configuration()
    configuration = replace(
        small,
        batch=LEARNT,
        stage2=Stage2Plan(
            warmup_epochs=WARMUP_EPOCHS,
            search_epochs=SEARCH_EPOCHS,
            arch_every=2,
            lr=small.stage2.lr,
            arch_lr=small.stage2.arch_lr,
            checkpoint_every=1000,
        ),
    )
    space = configuration.space
    topology = known_topology("dnanet_simplified", space.levels)
    networks = random_networks(space, topology, configuration.networks, SEED)
    url = stack.enter_context(local_server(folder))
    target = stack.enter_context(local_agent(url, folder))
    client = stack.enter_context(LutClient(url))
    say(f"measuring the space and {len(networks)} random networks")
    certificate = measure_space(client, target, space, topology, networks)
    say(f"certificate: median error {certificate.median_abs_error:.1%}")
    table = client.table(target.table)
    dataset = small_dataset(space.height)
    return Range(
        configuration=configuration,
        topology=topology,
        candidates=cell_candidates(space, topology),
        device=PricedDevice(
            name="this machine", target=target, table=table, certificate=certificate, budget_us=1.0
        ),
        site=Site(client=client, target=target, table=table, known=networks),
        networks=networks,
        dataset=replace(
            dataset,
            train=dataset.train[:LEARNT],
            validation=dataset.validation[:JUDGED],
        ),
    )


if __name__ == "__main__":
    report(run)
