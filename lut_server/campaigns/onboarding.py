"""
``/v1/devices/{fingerprint}/onboarding``: a device asks for a table of its own.

Its agent may ask: what it starts is measured by that device and by no other of its model.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from lut_server.campaigns.selecting import Selected, select
from lut_server.deps import Campaigns, Devices
from lut_server.errors import problem_responses
from lut_server.json_requests import JsonRoute
from lut_server.wire import CampaignRequest, CampaignView, DeviceSelection, OnboardingRequest
from profiler.errors import CampaignConflict, DeviceUnknown, EnvironmentUnknown

router = APIRouter(prefix="/v1/devices", tags=["campaigns"], route_class=JsonRoute)


Fingerprint = Annotated[str, Path(min_length=1, max_length=200)]


def asked(fingerprint: Fingerprint, request: OnboardingRequest) -> tuple[CampaignRequest, Selected]:
    """Return the campaign that is meant; before the transaction begins, as for any campaign."""
    asked_for = {name: getattr(request, name) for name in OnboardingRequest.model_fields}
    devices = DeviceSelection(fingerprints=(fingerprint,))
    campaign = CampaignRequest(**asked_for, devices=devices, onboarding=True)
    return campaign, select(campaign)


@router.post(
    "/{fingerprint}/onboarding",
    status_code=201,
    responses=problem_responses(DeviceUnknown, EnvironmentUnknown, CampaignConflict),
)
def start_onboarding(
    what: Annotated[tuple[CampaignRequest, Selected], Depends(asked)],
    fingerprint: Fingerprint,
    devices: Devices,
    campaigns: Campaigns,
) -> CampaignView:
    """Have a new device measure a handful of operations, and get a whole table of it."""
    devices.get(fingerprint)  # the whole fingerprint: a beginning could be another device's, too
    return campaigns.start(*what)
