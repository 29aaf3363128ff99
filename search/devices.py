"""
The devices a search is for, as it knows them once their operations are measured.

Each has its own table, certificate and budget; together they are the limits one network keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from lut_server.client import LutClient
from lut_server.wire import CampaignView
from profiler.certificates import Certificate, certify
from profiler.operations import Network, Operation
from profiler.space import CellCandidates, MetaSpace, Topology, space_operations
from profiler.space.inputs import input_operations
from profiler.table import Table
from profiler.table_file import load_table, save_table
from search.configuration import Configuration
from search.limits import Limit
from search.listener import Listener
from search.run_folder import RunFolder
from search.stage1.hardware import InputCosts, input_costs
from search.stage2.costs import conv_weight_costs, latency_costs, mac_costs
from search.stopwatch import Stopwatch
from search.target import Target, entry_of, measure_on


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedDevice:
    """
    A device whose operations have been measured.

    Args:
        name: by which its limit goes.
        target: the device in its environment.
        table: what they cost, pinned.
        certificate: how well sums over the table predict networks.
        budget_us: the latency the network must not exceed there, in microseconds.
    """

    name: str
    target: Target
    table: Table
    certificate: Certificate
    budget_us: float

    def limit(self, space: MetaSpace, topology: Topology, candidates: CellCandidates) -> Limit:
        """
        Return the latency budget as a limit on networks of a space.

        Raises:
            EntryMissing: names every operation the table has no row for.
            TableMismatch: the table is of another image size or batch.
        """
        calibration = self.certificate.calibration_for(self.table)
        return Limit(
            name=self.name,
            costs=latency_costs(space, topology, candidates, self.table, calibration),
            budget=self.budget_us,
            headroom=self.certificate.headroom(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pricing:
    """
    Has devices measured for one search, or takes what it pinned before.

    Args:
        client: of the lookup-table server.
        configuration: of the search.
        folder: where tables are pinned.
        listener: told of campaigns.
        watch: keeps their time.
    """

    client: LutClient
    configuration: Configuration
    folder: RunFolder
    listener: Listener
    watch: Stopwatch

    def price(
        self, targets: Sequence[Target], topology: Topology, networks: Sequence[Network]
    ) -> list[PricedDevice]:
        """
        Return the devices with their tables and certificates.

        Args:
            targets: the devices of the search, in order.
            topology: which cells run: says which operations to measure.
            networks: measured whole, for the certificates.

        Raises:
            LutError: a campaign failed, or no agent works on it.
        """
        names = [target.device.name for target in targets]
        return [
            self._priced(
                number,
                target.device.name if names.count(target.device.name) == 1 else target.table,
                target,
                topology,
                networks,
            )
            for number, target in enumerate(targets)
        ]

    def _priced(
        self,
        number: int,
        name: str,
        target: Target,
        topology: Topology,
        networks: Sequence[Network],
    ) -> PricedDevice:
        pinned = self.folder.pinned(number)
        if pinned is None:
            pinned = self._measured(target, topology, networks)
            self.folder.pin(*pinned, number)
        table, certificate = pinned
        budget_us = asked_us(target, self.configuration)
        if budget_us is None:
            latencies = (entry_of(table, each).latency_us for each in networks)
            budget_us = self.configuration.budget_share * median(latencies)
        return PricedDevice(
            name=name, target=target, table=table, certificate=certificate, budget_us=budget_us
        )

    def inputs(self, target: Target) -> InputCosts:
        """
        Return what the cells and inputs of the meta architecture cost on a device.

        Raises:
            LutError: the campaign failed, or no agent works on it.
        """
        space, path = self.configuration.space, self.folder.inputs_table()
        if not path.exists():
            operations = input_operations(space)
            self.listener.on_phase(
                f"measuring what inputs cost: {len(operations)} operations on {target.device.name}"
            )
            with self.watch.phase("campaign"):
                measure_on(
                    self.client,
                    target,
                    operations,
                    name="inputs of cells",
                    on_progress=self.listener.on_campaign,
                )
            save_table(self.client.table(target.table), path)
        return input_costs(space, load_table(path))

    def _measured(
        self, target: Target, topology: Topology, networks: Sequence[Network]
    ) -> tuple[Table, Certificate]:
        space = self.configuration.space
        self.listener.on_phase(
            f"measuring {len(space_operations(space, topology))} operations and {len(networks)} "
            f"random networks on {target.device.name}"
        )
        with self.watch.phase("campaign"):
            if self.configuration.allowed:
                return self._guessed(target, (*space_operations(space, topology), *networks))
            certificate = measure_space(
                self.client, target, space, topology, networks, self.listener.on_campaign
            )
            return self.client.table(target.table), certificate

    def _guessed(
        self, target: Target, operations: Sequence[Operation]
    ) -> tuple[Table, Certificate]:
        """Have measured what no row that is allowed stands for; certify what was measured whole."""
        allowed = self.configuration.allowed
        known = {view.name for view in self.client.tables()}
        lacking = operations
        if target.table in known:
            held = self.client.table(target.table, allow=self.configuration.allow)
            lacking = held.missing(operations)
        if lacking:
            measure_on(
                self.client,
                target,
                lacking,
                name="operations and random networks",
                target_error=self.configuration.target_error,
                on_progress=self.listener.on_campaign,
            )
        table = self.client.table(target.table, allow=allowed)
        return table, certify(table)


def measure_space(
    client: LutClient,
    target: Target,
    space: MetaSpace,
    topology: Topology,
    networks: Sequence[Network],
    on_progress: Callable[[CampaignView], None] = lambda _: None,
) -> Certificate:
    """
    Have a device measure what its table lacks of a topology, and certify the table.

    Args:
        client: of the server.
        target: the device; its agent runs.
        space: sizes, widths, candidates.
        topology: which cells run.
        networks: measured whole, for the certificate.
        on_progress: is called at every look at the campaign.

    Raises:
        LutError: the campaign failed, or no agent works on it.
    """
    measure_on(
        client,
        target,
        (*space_operations(space, topology), *networks),
        name="operations and random networks",
        on_progress=on_progress,
    )
    return client.certify(target.table)


def limits_of(
    configuration: Configuration,
    topology: Topology,
    candidates: CellCandidates,
    devices: Sequence[PricedDevice],
) -> list[Limit]:
    """
    Return everything one network has to keep: the budget of each device, MACs, weights.

    Raises:
        EntryMissing: names every operation a table has no row for.
        TableMismatch: a table is of another image size or batch.
    """
    space = configuration.space
    limits = [device.limit(space, topology, candidates) for device in devices]
    for name, priced, budget in (
        ("MACs", mac_costs, configuration.max_macs),
        ("convolution weights", conv_weight_costs, configuration.max_conv_weights),
    ):
        if budget is not None:
            costs = priced(space, topology, candidates)
            limits.append(Limit(name=name, costs=costs, budget=budget))
    return limits


def asked_us(target: Target, configuration: Configuration) -> float | None:
    """Return the budget that was asked for on a device; None if none was."""
    return configuration.budget_us if target.budget_us is None else target.budget_us
