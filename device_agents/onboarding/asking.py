"""Asking the server to onboard a device, and knowing when it has."""

from __future__ import annotations

from collections.abc import Callable

from device_agents.start import Opened
from device_agents.versions import here, is_not_understood, not_understood, of_server
from lut_server.client import LutClient
from lut_server.wire import CampaignView, OnboardingRequest
from profiler.errors import LutError, ServerRefused

NO_SUCH_ADDRESS = (404, 405)
"""How a server answers at an address it does not know."""

UNKNOWN_HERE = ("device-unknown", "device-unregistered", "environment-unknown")
"""Refusals with such a status that come from a server that does know the address."""


def ask(opened: Opened, request: OnboardingRequest) -> CampaignView:
    """
    Register the device and ask for its table; asking again changes nothing.

    Raises:
        ServerUnreachable: nobody answers.
        ServerRefused: the server does not do this, and says why.
        ProtocolMismatch: the server is of a version that does not understand this agent.
        LutError: the server is of a version that onboards nobody.
    """
    try:
        opened.agent.register()
        return _asked(opened, request)
    except ServerRefused as error:
        if not is_not_understood(error):
            raise
        raise not_understood(opened.client, error) from error


def _asked(opened: Opened, request: OnboardingRequest) -> CampaignView:
    try:
        return opened.client.start_onboarding(opened.described.device.fingerprint, request)
    except ServerRefused as error:
        if error.status not in NO_SUCH_ADDRESS or error.fields.get("type") in UNKNOWN_HERE:
            raise
        raise _older(opened) from error


def _older(opened: Opened) -> LutError:
    return LutError(
        f"the server at {opened.client.base_url} is {of_server(opened.client)}, of a version that "
        f"onboards nobody; install {here()} there, or have hna campaign start measure everything"
    )


def handful_done(view: CampaignView) -> bool:
    """Return whether the handful is measured and the other rows are there."""
    stages = [target.adaptive.stage for target in view.targets if target.adaptive is not None]
    return view.finished or "handful" not in stages


def until(
    client: LutClient, campaign_id: str, done: Callable[[CampaignView], bool]
) -> Callable[[], bool]:
    """Return a question whether a campaign is that far, for an agent to ask between jobs."""
    return lambda: done(client.campaign(campaign_id))
