"""
From scores to the one network that is trained to the end, as a search goes about it.

Networks that hold the target are found by measuring them (``search.meeting``); of these the one
that learns best goes on (``search.trials``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from lut_server.client import LutClient
from profiler.backends.torch_module import GraphModule
from profiler.operations import Network
from profiler.space import Topology, network
from search.configuration import Configuration
from search.data.dataset import Dataset
from search.derive import Choice, Derived
from search.devices import PricedDevice
from search.listener import Listener
from search.meeting.meet import Meeting
from search.meeting.met import Met
from search.meeting.sitting import Site
from search.run_folder import RunFolder
from search.stage2 import Stage2Result, drawn
from search.stopwatch import Stopwatch
from search.training.initialise import fresh_module
from search.trials import Trial, race


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """
    What was tried.

    Args:
        derived: the network to train.
        trials: of it and the others; empty where it was alone.
        met: how the target was met; None where nothing was measured for it.
    """

    derived: Derived
    trials: Sequence[Trial]
    met: Met | None

    def headroom(self, device: PricedDevice) -> float:
        """Return by which factor the prediction of the network stays below a device's budget."""
        if self.met is None:
            return device.certificate.headroom()
        return device.budget_us / self.derived.predicted[device.name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trying:
    """
    Finds the network that a search goes on with.

    Args:
        client: of the lookup-table server.
        configuration: of the search.
        dataset: what networks learn from.
        folder: where what was tried is kept.
        listener: told of it.
        watch: keeps the time.
    """

    client: LutClient
    configuration: Configuration
    dataset: Dataset
    folder: RunFolder
    listener: Listener
    watch: Stopwatch

    def choose(
        self,
        topology: Topology,
        searched: Stage2Result,
        choice: Choice,
        devices: Sequence[PricedDevice],
        networks: Sequence[Network],
    ) -> Tried:
        """
        Return the network to train; its training has begun where it was tried against others.

        Args:
            topology: which cells run.
            searched: what the second stage found.
            choice: scores and limits.
            devices: with their tables and budgets.
            networks: that all tables hold.

        Raises:
            LutError: a campaign failed, or no agent works on it.
        """
        plan, seed = self.configuration.trials, self.configuration.seed
        met = self._met(topology, choice, devices, networks)
        if met is None:
            tried = drawn(choice, plan.networks, spread=plan.spread, seed=seed)
        else:
            tried = met.networks(choice.candidates, plan.networks)
        if len(tried) < 2:
            return Tried(derived=tried[0], trials=[], met=met)
        self.listener.on_phase(f"trials: which of {len(tried)} networks learns best?")
        with self.watch.phase("trials"):
            trials = race(
                [partial(self.fresh, topology, searched, derived) for derived in tried],
                self.dataset,
                self.configuration.training,
                plan,
                run=self.folder.path,
                on_epoch=self.listener.on_epoch,
            )
        return Tried(derived=tried[trials[0].number], trials=trials, met=met)

    def fresh(self, topology: Topology, searched: Stage2Result, derived: Derived) -> GraphModule:
        """Return a derived network with the weights its training begins with."""
        configuration = self.configuration
        found = network(configuration.space, topology, derived.candidates)
        module = fresh_module(found, configuration.seed)
        if configuration.inherit_weights:
            module.load_state_dict(searched.supernet.weights_of(derived.candidates))
        return module.to(configuration.stage2.device)

    def _met(
        self,
        topology: Topology,
        choice: Choice,
        devices: Sequence[PricedDevice],
        networks: Sequence[Network],
    ) -> Met | None:
        """Return what meeting the target came to, now or in an earlier call; None without it."""
        configuration = self.configuration
        plan = configuration.meeting
        met = self.folder.met()
        if met is not None or plan.rounds == 0:
            return met
        self.listener.on_phase(
            f"meeting the target: {plan.networks} networks near it, measured beside "
            f"{configuration.anchors} known ones"
        )
        with self.watch.phase("meeting"):
            met = Meeting(
                sites={device.name: self.site(device, networks) for device in devices},
                space=configuration.space,
                topology=topology,
                known=networks,
                anchors=configuration.anchors,
                plan=plan,
                wanted=configuration.trials.networks,
                spread=configuration.trials.spread,
                seed=configuration.seed,
            ).meet(choice)
        self.folder.keep_met(met)
        self.listener.on_phase(met.sentence())
        return met

    def site(self, device: PricedDevice, known: Sequence[Network]) -> Site:
        """Return where networks are measured on a device whose table holds those known."""
        return Site(
            client=self.client,
            target=device.target,
            table=device.table,
            known=known,
            on_campaign=self.listener.on_campaign,
        )
