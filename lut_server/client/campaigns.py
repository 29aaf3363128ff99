"""Campaigns."""

from __future__ import annotations

from lut_server.client.connection import Connection, segment
from lut_server.wire import CampaignRequest, CampaignView, GapView


class Campaigns(Connection):
    """The client's methods about campaigns."""

    def start_campaign(self, request: CampaignRequest) -> CampaignView:
        """Have operations measured on a device."""
        return self._ask(CampaignView, "POST", "/v1/campaigns", request)

    def campaigns(self) -> tuple[CampaignView, ...]:
        """Return all campaigns, the newest first."""
        return self._ask(tuple[CampaignView, ...], "GET", "/v1/campaigns")

    def campaign(self, campaign_id: str) -> CampaignView:
        """Return a campaign and how far it is."""
        return self._ask(CampaignView, "GET", f"/v1/campaigns/{segment(campaign_id)}")

    def gaps(self, campaign_id: str) -> tuple[GapView, ...]:
        """Return what a campaign could not have measured, and why."""
        return self._ask(tuple[GapView, ...], "GET", f"/v1/campaigns/{segment(campaign_id)}/gaps")
