"""``/campaigns``: what is being measured, how far it is, and what could not be."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from lut_server.audit.noting import Noting
from lut_server.deps import Campaigns
from lut_server.web.forms import Form
from lut_server.web.page import Page, PageRoute
from lut_server.web.paging import paged, some_of
from lut_server.web.store import Looking
from lut_server.web.words import path
from lut_server.wire import PersonsState
from profiler.operations import operation_label

router = APIRouter(include_in_schema=False, route_class=PageRoute)

PER_PAGE = 25
GAPS_PER_PAGE = 50

Change = Literal["pause", "resume", "cancel"]
STATES: dict[Change, PersonsState] = {
    "pause": "paused",
    "resume": "running",
    "cancel": "cancelled",
}
"""What a button makes of a campaign."""


@router.get("/campaigns")
def campaigns_page(page: Page, looking: Looking, number: int = 1) -> Response:
    """Show all campaigns, the newest first."""
    number = max(1, number)
    with looking.store() as store:
        total = store.count_campaigns()
        ids = store.campaign_ids(PER_PAGE, (number - 1) * PER_PAGE)
        views = [store.campaign(campaign_id) for campaign_id in ids]
    address = str(page.request.base_url).rstrip("/")
    some = some_of(views, total, number, PER_PAGE, {})
    return page("campaigns.html.j2", some=some, address=address)


@router.get("/campaigns/{campaign_id}")
def campaign_page(page: Page, looking: Looking, campaign_id: str, number: int = 1) -> Response:
    """Show one campaign; what moves is kept up to date while somebody looks."""
    with looking.store() as store:
        view = store.campaign(campaign_id)
        gaps = store.gaps(campaign_id)
        devices = {each.device.fingerprint: each for each in store.devices.all()}
    chosen = [f for target in view.targets for f in target.devices]
    return page(
        "campaign.html.j2",
        view=view,
        gaps=paged(gaps, number, GAPS_PER_PAGE, {}),
        label_of=operation_label,
        devices=[devices[f] for f in dict.fromkeys(chosen) if f in devices],
        open=view.state in ("running", "paused"),
    )


@router.post("/campaigns/{campaign_id}/{change}")
def change_campaign_state(
    campaign_id: str, change: Change, campaigns: Campaigns, noting: Noting, _: Form
) -> Response:
    """Pause, resume or cancel a campaign, and show it again."""
    noting.about(campaign_id, state=STATES[change])
    campaigns.change_state(campaign_id, STATES[change])
    return RedirectResponse(f"/campaigns/{path(campaign_id)}", 303)
