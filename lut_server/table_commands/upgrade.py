"""
A table filled again after an upgrade: triage asked, measured, and asked again until it is content.

Nothing is kept here: what was measured is in the new table, so a loop that was interrupted goes on
where it stopped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import uuid4

from lut_server.client import LutClient
from lut_server.devices_command import find_device
from lut_server.wire import (
    CampaignRequest,
    CampaignView,
    DeviceSelection,
    DeviceView,
    EnvironmentParts,
    TableView,
    TriageRequest,
)
from profiler.device import Environment
from profiler.errors import HnaError
from profiler.operations import Operation, operation_key
from profiler.triage import Triage

AGREE = ("runtime", "provider", "precision", "threads")
"""What an environment has in common with the one it comes after."""

Show = Callable[[Iterator[CampaignView]], None]
"""Shows how far a campaign is, until it is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """
    A table that is to be filled again.

    Args:
        before: its name.
        fingerprint: of the device to measure on.
        request: the new environment, and what matters.
    """

    before: str
    fingerprint: str
    request: TriageRequest


def find_upgrade(
    client: LutClient,
    before: str,
    device: str,
    *,
    runtime_version: str | None = None,
    number: int | None = None,
    tolerance: float,
    batch: int | None,
    max_share: float | None = None,
) -> Upgrade:
    """
    Return what is to be done for a device that was upgraded.

    Args:
        client: of the server.
        before: name of the table of before.
        device: beginning of a fingerprint.
        runtime_version: of the new environment, where several could be meant.
        number: of the new environment among those the device offers, from 1.
        tolerance: relative movement that matters.
        batch: how many operations at a time.
        max_share: of all operations that may be measured; None is all.

    Raises:
        HnaError: there is no such table, device or environment, or several could be meant.
    """
    view = next((view for view in client.tables() if view.name == before), None)
    if view is None:
        raise HnaError(f"no table is called {before!r}; hna table list names them")
    known = find_device(device, client.devices())
    after = new_environment(view, known, runtime_version, number)
    return Upgrade(
        before=before,
        fingerprint=known.device.fingerprint,
        request=TriageRequest(after=after, tolerance=tolerance, batch=batch, max_share=max_share),
    )


def new_environment(
    table: TableView, device: DeviceView, runtime_version: str | None, number: int | None
) -> Environment:
    """Return the environment of *device* that comes after that of *table*, or say which could."""
    offered = device.environments
    if number is not None:
        if not 1 <= number <= len(offered):
            raise HnaError(f"--environment {number}: {_offers(device)}")
        return offered[number - 1]
    matching = [
        each
        for each in offered
        if each != table.environment
        and all(getattr(each, name) == getattr(table.environment, name) for name in AGREE)
        and runtime_version in (None, each.runtime_version)
    ]
    if len(matching) != 1:
        found = f"{len(matching)} environments" if matching else "no other environment"
        raise HnaError(
            f"{found} of {device.device.name} agree with that of {table.name} in "
            f"{', '.join(AGREE)}; say which comes after it with --environment N: {_offers(device)}"
        )
    return matching[0]


def measure_again(client: LutClient, upgrade: Upgrade, show: Show) -> Triage:
    """
    Have measured what triage asks for until the rest can be left; return what it says then.

    Raises:
        HnaError: a campaign was cancelled, or brought nothing that can be compared.
    """
    found = client.triage(upgrade.before, upgrade.request)
    while found.next:
        campaign = _campaign(client, upgrade, found.next)
        show(client.follow(campaign.id))
        if client.campaign(campaign.id).state == "cancelled":
            raise HnaError(f"campaign {campaign.id} was cancelled; this goes on where it stopped")
        later = client.triage(upgrade.before, upgrade.request)
        if _settled(later) == _settled(found):
            raise HnaError(
                f"{len(found.next)} operations were measured and still cannot be compared, such as "
                f"{operation_key(found.next[0])}: hna campaign show {campaign.id} says why; with "
                "the device left alone, start this again: it goes on where it stopped"
            )
        found = later
    return found


def _campaign(client: LutClient, upgrade: Upgrade, operations: Sequence[Operation]) -> CampaignView:
    """Return the campaign that measures *operations*: one under way already, or a new one."""
    digest = hashlib.sha256("\n".join(map(operation_key, operations)).encode()).hexdigest()[:12]
    name = f"triage {digest} of {upgrade.before}"[:200]
    for view in (*client.campaigns("running"), *client.campaigns("paused")):
        if view.name == name and view.targets[0].devices == (upgrade.fingerprint,):
            return view
    return client.start_campaign(
        CampaignRequest(
            id=uuid4().hex,
            name=name,
            devices=DeviceSelection(fingerprints=(upgrade.fingerprint,)),
            environment=EnvironmentParts.of(upgrade.request.after),
            operations=tuple(operations),
        )
    )


def _settled(found: Triage) -> int:
    """Return of how many operations it is known what became of them."""
    return found.measured + len(found.incomparable)


def _offers(device: DeviceView) -> str:
    listed = "; ".join(f"{n}: {each.label}" for n, each in enumerate(device.environments, 1))
    return f"{device.device.name} offers {listed}"
