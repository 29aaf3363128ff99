"""``/v1/campaigns``: have operations measured, and watch."""

from __future__ import annotations

from fastapi import APIRouter

from lut_server.deps import Campaigns
from lut_server.errors import problem_responses
from lut_server.wire import CampaignRequest, CampaignView, GapView
from profiler.errors import CampaignUnknown, DeviceUnknown, EnvironmentUnknown

router = APIRouter(prefix="/v1/campaigns", tags=["campaigns"])


@router.post("", status_code=201, responses=problem_responses(DeviceUnknown, EnvironmentUnknown))
def start_campaign(request: CampaignRequest, campaigns: Campaigns) -> CampaignView:
    """Have these operations measured on that device; what its table holds is left out."""
    return campaigns.start(request)


@router.get("")
def list_campaigns(campaigns: Campaigns) -> tuple[CampaignView, ...]:
    """Return all campaigns, the newest first."""
    return campaigns.all()


@router.get("/{campaign_id}", responses=problem_responses(CampaignUnknown))
def get_campaign(campaign_id: str, campaigns: Campaigns) -> CampaignView:
    """Return a campaign and how far it is."""
    return campaigns.get(campaign_id)


@router.get("/{campaign_id}/gaps", responses=problem_responses(CampaignUnknown))
def list_gaps(campaign_id: str, campaigns: Campaigns) -> tuple[GapView, ...]:
    """Return what could not be measured, and what the runtime said."""
    return campaigns.gaps(campaign_id)
