"""
The devices a front is for: those of the search, one of a table file, others of a server.

A device without a certificate is not refused: its latencies are then bare sums of rows, no factor
stands between a prediction and a budget, and both are said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from lut_server.client import LutClient
from lut_server.wire import CampaignView
from profiler.certificates import Calibration, Certificate
from profiler.errors import ServerRefused, TableMismatch
from profiler.space import Topology, random_networks
from profiler.table import Table
from profiler.table_file import load_table
from search.configuration import Configuration
from search.devices import measure_space
from search.limits import Costs, Limit
from search.run_folder import load_certificate
from search.target import Target

NOT_CERTIFIED = "certificate-unknown"
NOT_MEASURED = "table-unknown"
"""Types of the problem documents with which a server says that it has no such thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontDevice:
    """
    A device with what is known of its latencies.

    Args:
        name: by which it goes in tables, pictures and files.
        table: what operations cost there.
        certificate: how well sums over the table predict networks; None if nobody measured.
        budget_us: what the network may take there, in microseconds; None leaves it open.
    """

    name: str
    table: Table
    certificate: Certificate | None
    budget_us: float | None = None

    @property
    def calibration(self) -> Calibration:
        """How sums of rows become latencies."""
        if self.certificate is None:
            return Calibration()
        return self.certificate.calibration_for(self.table)

    @property
    def headroom(self) -> float:
        """How many times its prediction a network may turn out to take."""
        return self.certificate.headroom() if self.certificate else 1.0

    def limit(self, costs: Costs) -> Limit | None:
        """Return the budget as a limit; None where there is none."""
        if self.budget_us is None:
            return None
        return Limit(name=self.name, costs=costs, budget=self.budget_us, headroom=self.headroom)

    def is_called(self, wanted: str) -> bool:
        """Return whether a person means this device: by its name, its model or its table's name."""
        return wanted in (self.name, self.table.device_model, self.table.name)

    def doubts(self) -> Iterator[str]:
        """Yield what a reader must know of its latencies."""
        if self.table.simulated or self.table.emulated:
            kind = "simulated" if self.table.simulated else "emulated"
            yield f"{self.name} is {kind}: no latency of its table was measured on a device"
        if self.certificate is None:
            yield (
                f"{self.name} has no certificate: latencies are uncalibrated sums of rows, and "
                "nothing is known of their error"
            )
        else:
            doubts = self.certificate.doubts(self.table, datetime.now(UTC))
            yield from (f"{self.name}: {doubt}" for doubt in doubts)


def device_of_file(table: Path, certificate: Path | None) -> FrontDevice:
    """
    Return the device of a table file, by the name of its model.

    Raises:
        TableInvalid: the file holds no table.
        RunInvalid: the other one holds no certificate.
    """
    read = load_table(table)
    return FrontDevice(
        name=read.device_model,
        table=read,
        certificate=load_certificate(certificate) if certificate else None,
    )


def device_of_server(client: LutClient, target: Target) -> FrontDevice:
    """
    Return a device of the server with the newest table and certificate there.

    Raises:
        TableMismatch: nothing was measured on it yet.
        LutError: the server does not answer.
    """
    try:
        table = client.table(target.table)
    except ServerRefused as error:
        if error.fields.get("type") != NOT_MEASURED:
            raise
        raise TableMismatch(
            f"nothing was measured on {target.device.name} yet; while its agent runs, have it "
            "measured with: hna front --measure"
        ) from error
    return FrontDevice(
        name=target.device.name,
        table=table,
        certificate=_certificate(client, target.table),
        budget_us=target.budget_us,
    )


def have_measured(
    client: LutClient,
    target: Target,
    configuration: Configuration,
    topology: Topology,
    on_progress: Callable[[CampaignView], None] = lambda _: None,
) -> None:
    """
    Have a device measure what its table lacks of a search's operations, and certify the table.

    Args:
        client: of the server.
        target: the device; its agent runs.
        configuration: of the search.
        topology: which cells run.
        on_progress: is called at every look at the campaign.

    Raises:
        LutError: the campaign failed, or no agent works on it.
    """
    space = configuration.space
    networks = random_networks(space, topology, configuration.networks, configuration.seed)
    measure_space(client, target, space, topology, networks, on_progress)


def called(
    known: Sequence[FrontDevice],
    wanted: str | None,
    budget_us: float | None,
    elsewhere: Callable[[str, float | None], FrontDevice] | None,
) -> FrontDevice:
    """
    Return the device a person named, from what is known or else from somewhere else.

    Args:
        known: devices of the run, and of a table file.
        wanted: its name; None means the only one there is.
        budget_us: what the network may take there.
        elsewhere: finds a device that is not among them; None if there is no server to ask.

    Raises:
        TableMismatch: no device is called that, or more than one is.
    """
    matching = [each for each in known if wanted is None or each.is_called(wanted)]
    if len(matching) == 1:
        return replace(matching[0], budget_us=budget_us)
    names = ", ".join(each.name for each in known)
    if wanted is None or matching:
        raise TableMismatch(f"--device {wanted or ''} may be any of {names}; name one of them")
    if elsewhere is None:
        raise TableMismatch(
            f"no device is called {wanted!r}; known are {names}; name a --server for others, or "
            "a file with --table"
        )
    return elsewhere(wanted, budget_us)


def require_apart(devices: Iterable[FrontDevice]) -> list[FrontDevice]:
    """
    Return the devices, each of which has a name of its own.

    Raises:
        TableMismatch: two have one name.
    """
    apart: dict[str, FrontDevice] = {}
    for device in devices:
        if device.name in apart:
            raise TableMismatch(f"two devices are called {device.name}; name one of them")
        apart[device.name] = device
    return list(apart.values())


def _certificate(client: LutClient, table: str) -> Certificate | None:
    try:
        return client.certificate(table)
    except ServerRefused as error:
        if error.fields.get("type") != NOT_CERTIFIED:
            raise
        return None
