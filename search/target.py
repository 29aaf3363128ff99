"""
The device a search is for, and how it has operations measured there.

Talks to the lookup-table server only; the agent beside the device does the measuring.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lut_server.client import LutClient
from lut_server.wire import (
    CampaignRequest,
    CampaignView,
    DeviceSelection,
    DeviceView,
    EnvironmentParts,
)
from profiler.device import Device, Environment, table_name
from profiler.errors import LutError, TableMismatch
from profiler.operations import Network, Operation, operation_key, operation_label
from profiler.table import Entry, Table

POLL_S = 0.5
ABANDONED_AFTER_S = 120.0
"""How long a campaign may stand still with no agent holding a lease."""

WITHHELD_AFTER_S = 1800.0
"""How long it may stand still for a reason the server knows, such as the device's health."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """
    A device in one of its environments.

    Args:
        device: what is measured on.
        environment: how it is set up.
        budget_us: the latency a network must not exceed on it, in microseconds; None leaves it
            to the configuration of the search.
    """

    device: Device
    environment: Environment
    budget_us: float | None = None

    @property
    def table(self) -> str:
        """Name of its table."""
        return table_name(self.device.model, self.environment)


def find_target(
    client: LutClient, wanted: str | None = None, budget_us: float | None = None
) -> Target:
    """
    Return the device called *wanted*: fingerprint, its beginning, model or name.

    Args:
        client: of the server.
        wanted: may be None where only one device is registered.
        budget_us: the latency a network must not exceed on it, in microseconds.

    Raises:
        TableMismatch: no device is called that, or more than one is.
    """
    views = client.devices()
    matching = [view for view in views if wanted is None or _is_called(view.device, wanted)]
    if len(matching) != 1:
        raise TableMismatch(_which(client, wanted, views, matching))
    return Target(
        device=matching[0].device, environment=matching[0].environments[0], budget_us=budget_us
    )


def measure_on(
    client: LutClient,
    target: Target,
    operations: Sequence[Operation],
    *,
    name: str,
    remeasure: bool = False,
    target_error: float | None = None,
    on_progress: Callable[[CampaignView], None] = lambda _: None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> CampaignView:
    """
    Have *operations* measured on *target* in one job, and wait until they are.

    One job, because sums of rows are comparable with networks measured in the same session.  A
    campaign over the same operations that is still unfinished, such as that of a search that was
    interrupted, is waited for instead of asking twice.

    Args:
        client: of the server.
        target: the device.
        operations: what its table is to hold; what it holds already is not measured again.
        name: of the campaign.
        remeasure: measure again what the table holds.
        target_error: doubt up to which a prediction will do instead; None measures all.
        on_progress: is called at every look at the campaign, which says what it waits for.
        sleep: waits that many seconds.
        clock: seconds that only grow.

    Raises:
        LutError: the campaign failed, no agent works on it, or its device gets no work for long.
    """
    request = CampaignRequest(
        name=f"{name} {_digest(operations)}",
        devices=DeviceSelection(fingerprints=(target.device.fingerprint,)),
        environment=EnvironmentParts.of(target.environment),
        operations=tuple(operations),
        operations_per_job=2 * len(operations),
        remeasure=remeasure,
        target_error=target_error,
    )
    campaign = _unfinished(client, target, request.name) or client.start_campaign(request)
    worked_on = explained = clock()
    while not campaign.finished:
        on_progress(campaign)
        sleep(POLL_S)
        campaign = client.campaign(campaign.id)
        if campaign.jobs.get("leased", 0):
            worked_on = explained = clock()
        elif campaign.waiting_for is not None:
            explained = clock()
            _require_patience(campaign, explained - worked_on)
        elif clock() - explained > ABANDONED_AFTER_S:
            _require_busy(client, target, campaign)
            worked_on = explained = clock()
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


def _digest(operations: Sequence[Operation]) -> str:
    """Return what tells campaigns of one name apart: the operations, whatever their order."""
    keys = sorted(operation_key(operation) for operation in operations)
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:12]


def _unfinished(client: LutClient, target: Target, name: str) -> CampaignView | None:
    for campaign in (*client.campaigns("running"), *client.campaigns("paused")):
        if campaign.name == name and _is_only(target, campaign):
            return campaign
    return None


def _is_only(target: Target, campaign: CampaignView) -> bool:
    """Return whether a campaign is for this device in this environment and no other."""
    asked = [(each.table, each.devices) for each in campaign.targets]
    return asked == [(target.table, (target.device.fingerprint,))]


def _require_patience(campaign: CampaignView, waited_s: float) -> None:
    """Check that what a campaign waits for is not a matter of more than minutes."""
    if waited_s > WITHHELD_AFTER_S:
        raise LutError(
            f"campaign {campaign.id} stands still for {waited_s / 60:.0f} minutes: "
            f"{campaign.waiting_for}; then start this again"
        )


def _require_busy(client: LutClient, target: Target, campaign: CampaignView) -> None:
    """Check that the device's agent is at work on another campaign, which comes first."""
    if client.device(target.device.fingerprint).state == "leased":
        return
    raise LutError(
        f"no agent of {target.device.name} works on campaign {campaign.id}; start one beside it: "
        f"hna agent --server {client.base_url}"
    )


def _succeeded(client: LutClient, campaign: CampaignView) -> CampaignView:
    gaps = client.gaps(campaign.id) if campaign.gaps else ()
    if gaps:
        raise LutError(
            f"campaign {campaign.id}: {len(gaps)} operation(s) could not be measured; the first "
            f"is {operation_label(gaps[0].gap.operation)}, because {gaps[0].gap.reason}; choose "
            "a space without it"
        )
    if campaign.state == "cancelled":
        raise LutError(f"campaign {campaign.id} was cancelled; start this again")
    if campaign.jobs.get("failed", 0):
        raise LutError(f"campaign {campaign.id} failed; the agent's output says why")
    return campaign


def _is_called(device: Device, wanted: str) -> bool:
    return wanted in (device.model, device.name) or device.fingerprint.startswith(wanted)


def _which(
    client: LutClient,
    wanted: str | None,
    views: Sequence[DeviceView],
    matching: Sequence[DeviceView],
) -> str:
    if not views:
        return (
            f"the server at {client.base_url} knows no device; start an agent beside one: "
            f"hna agent --server {client.base_url}"
        )
    known = ", ".join(f"{v.device.name} ({v.device.fingerprint[:8]})" for v in views)
    if wanted is None:
        return f"the server knows {len(views)} devices; name one of them: {known}"
    if not matching:
        return f"no device is called {wanted!r}; the server knows: {known}"
    several = ", ".join(view.device.fingerprint[:16] for view in matching)
    return f"{len(matching)} devices are called {wanted!r}; name one by its fingerprint: {several}"
