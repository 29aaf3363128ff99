"""
The devices a search is for, as it knows them once their operations are measured.

Each has its own table, certificate and budget; together they are the limits one network keeps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from lut_server.client import LutClient
from profiler.estimation import Certificate
from profiler.operations import Network, Operation
from profiler.table import Table
from profiler.table_file import load_table, save_table
from search.configuration import Configuration
from search.limits import Limit
from search.listener import Listener
from search.run_folder import RunFolder
from search.space import CellCandidates, MetaSpace, Topology, space_operations
from search.space.inputs import input_operations
from search.stage1.hardware import InputCosts, input_costs
from search.stage2.costs import latency_costs
from search.stopwatch import Stopwatch
from search.target import Target, entry_of, measure_on


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedDevice:
    """
    A device whose operations have been measured.

    Args:
        target: the device in its environment.
        table: what they cost, pinned.
        certificate: how well sums over the table predict networks.
        budget_us: the latency the network must not exceed there, in microseconds.
    """

    target: Target
    table: Table
    certificate: Certificate
    budget_us: float

    @property
    def name(self) -> str:
        """By which the device's limit goes."""
        return self.target.device.name

    def limit(self, space: MetaSpace, topology: Topology, candidates: CellCandidates) -> Limit:
        """
        Return the latency budget as a limit on networks of a space.

        Raises:
            EntryMissing: names every operation the table has no row for.
            TableMismatch: the table is of another image size or batch.
        """
        calibration = self.certificate.calibration
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
        self, number: int, target: Target, topology: Topology, networks: Sequence[Network]
    ) -> PricedDevice:
        """
        Return a device with its table and certificate.

        Args:
            number: of the device among those of the search, from 0.
            target: the device.
            topology: which cells run: says which operations to measure.
            networks: measured whole, for the certificate.

        Raises:
            LutError: the campaign failed, or no agent works on it.
        """
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
            target=target, table=table, certificate=certificate, budget_us=budget_us
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
            self._measure(target, operations, "inputs of cells")
            save_table(self.client.table(target.table), path)
        return input_costs(space, load_table(path))

    def _measured(
        self, target: Target, topology: Topology, networks: Sequence[Network]
    ) -> tuple[Table, Certificate]:
        operations = space_operations(self.configuration.space, topology)
        self.listener.on_phase(
            f"measuring {len(operations)} operations and {len(networks)} random networks "
            f"on {target.device.name}"
        )
        self._measure(target, (*operations, *networks), "operations and random networks")
        certificate = self.client.certify(target.table)
        return self.client.table(target.table), certificate

    def _measure(self, target: Target, operations: Sequence[Operation], name: str) -> None:
        with self.watch.phase("campaign"):
            measure_on(
                self.client,
                target,
                operations,
                name=name,
                on_progress=self.listener.on_campaign,
            )


def asked_us(target: Target, configuration: Configuration) -> float | None:
    """Return the budget that was asked for on a device; None if none was."""
    return configuration.budget_us if target.budget_us is None else target.budget_us
