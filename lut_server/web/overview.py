"""``/``: what there is, what moves, and what needs attention."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter, Response

from lut_server.web.page import Page, PageRoute
from lut_server.web.store import Looking
from lut_server.web.words import moment_of, path, share
from lut_server.wire import CampaignView, DeviceView, TableFilter, TableView
from profiler.certificates import GOOD_WITHIN_10PCT, STALE_AFTER

router = APIRouter(include_in_schema=False, route_class=PageRoute)

SHOWN = 8
"""How many of each kind the first page shows."""

SILENT_AFTER = timedelta(hours=24)
"""After which a device that said nothing needs attention."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """Something to look at: how urgent (``bad`` or ``doubt``), what, and where."""

    level: str
    what: str
    why: str
    href: str


@router.get("/")
def overview_page(page: Page, looking: Looking) -> Response:
    """Show what there is, what moves and what needs attention."""
    with looking.store() as store:
        devices = store.devices.all()
        moving = [store.campaign(i) for i in store.campaign_ids(SHOWN, moving=True)]
        all_moving, ever = store.count_campaigns(moving=True), store.count_campaigns()
        all_networks = store.count_networks()
        networks = store.networks.latest(None, 4)
        received = store.last_received()
    tables = looking.tables.all(TableFilter())
    now = looking.server.clock()
    needs = list(attention(devices, moving, tables, now))
    return page(
        "overview.html.j2",
        devices=sorted(devices, key=_first)[:SHOWN],
        health=Counter(view.health for view in devices),
        leased=sum(view.state == "leased" for view in devices),
        all_devices=len(devices),
        moving=moving,
        ever=ever,
        all_moving=all_moving,
        all_networks=all_networks,
        networks=networks,
        tables=tables[:SHOWN],
        all_tables=len(tables),
        entries=sum(view.entries for view in tables),
        received=received,
        certificates={view.name: certificate_state(view, now) for view in tables[:SHOWN]},
        needs=needs[: 2 * SHOWN],
        all_needs=len(needs),
        address=str(page.request.base_url).rstrip("/"),
    )


def attention(
    devices: Sequence[DeviceView],
    campaigns: Sequence[CampaignView],
    tables: Sequence[TableView],
    now: datetime,
) -> Iterator[Attention]:
    """Yield what a person should look at, the urgent first."""
    calm: list[Attention] = []
    for each in (*_of_devices(devices, now), *_of_campaigns(campaigns), *_of_tables(tables, now)):
        if each.level == "bad":
            yield each
        else:
            calm.append(each)
    yield from calm


def certificate_state(
    view: TableView, now: datetime, doubts: Sequence[str] = ()
) -> tuple[str, str]:
    """
    Return how far a table is certified: ``good``, ``doubt`` or ``none``, and why.

    Args:
        view: of the table.
        now: in UTC.
        doubts: what its certificate says against its rows, where somebody looked at them.
    """
    certificate = view.certificate
    if certificate is None:
        return "none", "not certified"
    if certificate.table_version != view.version and not certificate.rows:
        return "doubt", "rows changed since"
    if now - moment_of(certificate.created_at) > STALE_AFTER:
        return "doubt", f"over {STALE_AFTER.days} days old"
    if certificate.within_10pct < GOOD_WITHIN_10PCT:
        return "doubt", f"only {share(certificate.within_10pct, 0)} within 10\u202f%"
    if doubts:
        return "doubt", f"{len(doubts)} doubt{'s' if len(doubts) > 1 else ''}"
    return "good", f"median error {share(certificate.median_abs_error)}"


def _first(view: DeviceView) -> tuple[bool, bool, str]:
    return (view.health not in ("suspect", "bad"), view.state != "leased", view.device.name)


def _of_devices(devices: Sequence[DeviceView], now: datetime) -> Iterator[Attention]:
    for view in devices:
        href = f"/devices/{path(view.device.fingerprint)}"
        if view.health in ("suspect", "bad"):
            what = f"{view.device.name} is {view.health}"
            yield Attention(level="bad", what=what, why=view.health_reason, href=href)
        elif view.health != "retired" and now - moment_of(view.last_seen) > SILENT_AFTER:
            why = "its agent was not heard of for more than a day"
            yield Attention(level="doubt", what=f"{view.device.name} is silent", why=why, href=href)


def _of_campaigns(campaigns: Sequence[CampaignView]) -> Iterator[Attention]:
    for view in campaigns:
        href = f"/campaigns/{path(view.id)}"
        if view.waiting_for:
            what = f"{view.name} waits"
            yield Attention(level="doubt", what=what, why=view.waiting_for, href=href)
        if view.gaps:
            what = f"{view.name} has {view.gaps} gap{'s' if view.gaps > 1 else ''}"
            why = "a runtime could not build what was asked for"
            yield Attention(level="doubt", what=what, why=why, href=href)


def _of_tables(tables: Sequence[TableView], now: datetime) -> Iterator[Attention]:
    for view in tables:
        state, why = certificate_state(view, now)
        if state == "doubt":
            href = f"/certificates/{path(view.name)}"
            what = f"the certificate of {view.name} is in doubt"
            yield Attention(level="doubt", what=what, why=why, href=href)
