"""Campaigns."""

from __future__ import annotations

import time
from collections.abc import Iterator

from lut_server.client.connection import Connection, segment, worth_another_try
from lut_server.client.events import ServerEvent, events_in
from lut_server.documents import adapter
from lut_server.wire import (
    CampaignRequest,
    CampaignState,
    CampaignView,
    GapView,
    OnboardingRequest,
    PersonsState,
    PriorityChange,
    StateChange,
)
from profiler.errors import LutError

RECONNECTIONS = 10
"""How often in a row a lost stream is asked for again."""

RECONNECT_AFTER_S = 1.0
"""Time between two such attempts, in seconds."""

SILENCE_S = 60.0
"""How long a stream may say nothing; the server says every 15 s at least that it is there."""


class Campaigns(Connection):
    """The client's methods about campaigns."""

    def start_campaign(self, request: CampaignRequest) -> CampaignView:
        """Have operations measured on devices; a request with an id may be sent again."""
        repeatable = request.id is not None
        return self._ask(CampaignView, "POST", "/v1/campaigns", request, repeatable=repeatable)

    def start_onboarding(self, fingerprint: str, request: OnboardingRequest) -> CampaignView:
        """Have a new device measure a handful, and get a whole table of it; see ``stage``."""
        path = f"/v1/devices/{segment(fingerprint)}/onboarding"
        repeatable = request.id is not None
        return self._ask(CampaignView, "POST", path, request, repeatable=repeatable)

    def campaigns(self, state: CampaignState | None = None) -> tuple[CampaignView, ...]:
        """Return all campaigns, or those in one state, the newest first."""
        query = "" if state is None else f"?state={state}"
        return self._ask(tuple[CampaignView, ...], "GET", f"/v1/campaigns{query}")

    def campaign(self, campaign_id: str) -> CampaignView:
        """Return a campaign and how far it is."""
        return self._ask(CampaignView, "GET", _address(campaign_id))

    def change_campaign(self, campaign_id: str, state: PersonsState) -> CampaignView:
        """Pause a campaign, let it go on or cancel it; what is leased may be finished."""
        change = StateChange(state=state)
        return self._ask(CampaignView, "PUT", f"{_address(campaign_id)}/state", change)

    def change_priority(self, campaign_id: str, priority: int) -> CampaignView:
        """Say how soon a campaign is worked on: the highest first, of equal ones the oldest."""
        change = PriorityChange(priority=priority)
        return self._ask(CampaignView, "PUT", f"{_address(campaign_id)}/priority", change)

    def follow(self, campaign_id: str) -> Iterator[CampaignView]:
        """
        Yield a campaign now and whenever it changed, until it is finished.

        A connection that is lost, such as to a server that is started anew, is made again.

        Raises:
            ServerUnreachable: nobody answered ``RECONNECTIONS`` times in a row.
        """
        view, lost = None, 0
        while view is None or not view.finished:
            try:
                for event in self._events(f"{_address(campaign_id)}/events"):
                    lost = 0
                    later = adapter(CampaignView).validate_json(event.data)
                    if later != view:
                        view = later
                        yield later
            except LutError as error:
                lost += 1
                if not worth_another_try(error) or lost > RECONNECTIONS:
                    raise
            if view is None or not view.finished:
                time.sleep(RECONNECT_AFTER_S)

    def gaps(self, campaign_id: str) -> tuple[GapView, ...]:
        """Return what a campaign could not have measured, and why."""
        return self._ask(tuple[GapView, ...], "GET", f"{_address(campaign_id)}/gaps")

    def _events(self, path: str) -> Iterator[ServerEvent]:
        with self._streamed(path, {"accept": "text/event-stream"}, SILENCE_S) as response:
            yield from events_in(response.iter_lines())


def _address(campaign_id: str) -> str:
    return f"/v1/campaigns/{segment(campaign_id)}"
