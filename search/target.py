"""
The device a search is for, and how it has operations measured there.

Talks to the lookup-table server only; the agent beside the device does the measuring.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lut_server.client import LutClient
from lut_server.wire import CampaignRequest, CampaignView, DeviceView
from profiler.device import Device, Environment, table_name
from profiler.errors import LutError, TableMismatch
from profiler.operations import Network, Operation, operation_key, operation_label
from profiler.table import Entry, Table

POLL_S = 0.5
ABANDONED_AFTER_S = 120.0
"""How long a campaign may stand still with no agent holding a lease."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """
    A device in one of its environments.

    Args:
        device: what is measured on.
        environment: how it is set up.
    """

    device: Device
    environment: Environment

    @property
    def table(self) -> str:
        """Name of its table."""
        return table_name(self.device.model, self.environment)


def find_target(client: LutClient, wanted: str | None = None) -> Target:
    """
    Return the device called *wanted*: fingerprint, its beginning, model or name.

    Args:
        client: of the server.
        wanted: may be None where only one device is registered.

    Raises:
        TableMismatch: no device is called that, or more than one is.
    """
    views = client.devices()
    matching = [view for view in views if wanted is None or _is_called(view.device, wanted)]
    if len(matching) != 1:
        raise TableMismatch(_which(client, wanted, views, len(matching)))
    return Target(device=matching[0].device, environment=matching[0].environments[0])


def measure_on(
    client: LutClient,
    target: Target,
    operations: Sequence[Operation],
    *,
    name: str,
    remeasure: bool = False,
    on_progress: Callable[[CampaignView], None] = lambda _: None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> CampaignView:
    """
    Have *operations* measured on *target* in one job, and wait until they are.

    One job, because sums of rows are comparable with networks measured in the same session.

    Args:
        client: of the server.
        target: the device.
        operations: what its table is to hold; what it holds already is not measured again.
        name: of the campaign.
        remeasure: measure again what the table holds.
        on_progress: is called at every look at the campaign.
        sleep: waits that many seconds.
        clock: seconds that only grow.

    Raises:
        LutError: the campaign failed, or no agent works on it.
    """
    request = CampaignRequest(
        name=name,
        fingerprint=target.device.fingerprint,
        environment=target.environment,
        operations=tuple(operations),
        operations_per_job=2 * len(operations),
        remeasure=remeasure,
    )
    campaign = client.start_campaign(request)
    worked_on = clock()
    while not campaign.finished:
        on_progress(campaign)
        sleep(POLL_S)
        campaign = client.campaign(campaign.id)
        if campaign.jobs.get("leased", 0):
            worked_on = clock()
        elif clock() - worked_on > ABANDONED_AFTER_S:
            raise LutError(
                f"no agent of {target.device.name} works on campaign {campaign.id}; start one "
                f"beside it: hna agent --server {client.base_url}"
            )
    on_progress(campaign)
    return _succeeded(client, campaign)


def entry_of(table: Table, network: Network) -> Entry:
    """
    Return the row of a network measured whole.

    Raises:
        TableMismatch: the table does not hold it.
    """
    key = operation_key(network)
    if key not in table.by_key:
        raise TableMismatch(
            f"table {table.name} does not hold {operation_label(network)}; measure it"
        )
    return table.by_key[key]


def _succeeded(client: LutClient, campaign: CampaignView) -> CampaignView:
    gaps = client.gaps(campaign.id) if campaign.gaps else ()
    if gaps:
        raise LutError(
            f"campaign {campaign.id}: {len(gaps)} operation(s) could not be measured, "
            f"the first because {gaps[0].gap.reason}"
        )
    if campaign.jobs.get("failed", 0):
        raise LutError(f"campaign {campaign.id} failed; the agent's output says why")
    return campaign


def _is_called(device: Device, wanted: str) -> bool:
    return wanted in (device.model, device.name) or device.fingerprint.startswith(wanted)


def _which(
    client: LutClient, wanted: str | None, views: Sequence[DeviceView], matching: int
) -> str:
    if not views:
        return (
            f"the server at {client.base_url} knows no device; start an agent beside one: "
            f"hna agent --server {client.base_url}"
        )
    known = ", ".join(f"{v.device.name} ({v.device.fingerprint[:8]})" for v in views)
    if wanted is None:
        return f"the server knows {matching} devices; name one of: {known}"
    return f"{matching} devices are called {wanted!r}; the server knows: {known}"
