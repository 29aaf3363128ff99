"""``/v1/campaigns``: have operations measured, say what goes on, and watch."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.sse import EventSourceResponse, ServerSentEvent

from lut_server.audit.noting import Noting
from lut_server.campaigns.selecting import Selected, select
from lut_server.deps import Campaigns, Running
from lut_server.errors import problem_responses
from lut_server.json_requests import JsonRoute
from lut_server.wire import (
    CampaignRequest,
    CampaignState,
    CampaignView,
    GapView,
    PriorityChange,
    StateChange,
)
from profiler.errors import (
    CampaignConflict,
    CampaignOver,
    CampaignUnknown,
    DeviceUnknown,
    EnvironmentUnknown,
    StreamsExhausted,
)

router = APIRouter(prefix="/v1/campaigns", tags=["campaigns"], route_class=JsonRoute)

STREAM: dict[int | str, dict[str, object]] = {
    200: {
        "description": "Events `campaign` and, the last one, `finished`; `data` is a CampaignView",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


def asked(request: CampaignRequest) -> tuple[CampaignRequest, Selected]:
    """Return what is asked for; before the transaction begins, for a model takes long to read."""
    return request, select(request)


@router.post(
    "",
    status_code=201,
    responses=problem_responses(DeviceUnknown, EnvironmentUnknown, CampaignConflict),
)
def start_campaign(
    what: Annotated[tuple[CampaignRequest, Selected], Depends(asked)],
    campaigns: Campaigns,
    noting: Noting,
) -> CampaignView:
    """Have these operations measured on those devices; what their tables hold is left out."""
    view = campaigns.start(*what)
    noting.about(view.id, name=view.name, tables=list(view.tables))
    return view


@router.get("", responses=problem_responses())
def list_campaigns(
    campaigns: Campaigns, state: CampaignState | None = None
) -> tuple[CampaignView, ...]:
    """Return all campaigns, or those in one state, the newest first."""
    return campaigns.all(state)


@router.get("/{campaign_id}", responses=problem_responses(CampaignUnknown))
def get_campaign(campaign_id: str, campaigns: Campaigns) -> CampaignView:
    """Return a campaign and how far it is."""
    return campaigns.get(campaign_id)


@router.put("/{campaign_id}/state", responses=problem_responses(CampaignUnknown, CampaignOver))
def change_campaign_state(
    campaign_id: str, change: StateChange, campaigns: Campaigns, noting: Noting
) -> CampaignView:
    """Pause a campaign, let it go on or cancel it; what is leased may be finished."""
    noting.about(campaign_id, state=change.state)
    return campaigns.change_state(campaign_id, change.state)


@router.put("/{campaign_id}/priority", responses=problem_responses(CampaignUnknown))
def change_campaign_priority(
    campaign_id: str, change: PriorityChange, campaigns: Campaigns, noting: Noting
) -> CampaignView:
    """Say how soon a campaign is worked on: the highest first, of equal ones the oldest."""
    noting.about(campaign_id, priority=change.priority)
    return campaigns.change_priority(campaign_id, change.priority)


async def followed(campaign_id: str, running: Running) -> AsyncIterator[CampaignView]:
    """Return the campaign to follow as it is now, and keep a place until its stream is over."""
    with running.streams.place():
        yield await running.streams.look(campaign_id)


@router.get(
    "/{campaign_id}/events",
    response_class=EventSourceResponse,
    responses=STREAM | problem_responses(CampaignUnknown, StreamsExhausted),
)
async def follow_campaign(
    view: Annotated[CampaignView, Depends(followed)], running: Running
) -> AsyncIterator[ServerSentEvent]:
    """Send the campaign now and whenever it changed; the last event is ``finished``."""
    async for event in running.streams.events(view):
        yield event


@router.get("/{campaign_id}/gaps", responses=problem_responses(CampaignUnknown))
def list_gaps(campaign_id: str, campaigns: Campaigns) -> tuple[GapView, ...]:
    """Return what could not be measured, and what the runtime said."""
    return campaigns.gaps(campaign_id)
