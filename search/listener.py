"""Who is told how far a search is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lut_server.wire import CampaignView
from search.progress import OnEpoch, ignore


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """
    What to call, and when.

    Args:
        on_phase: with a sentence when a phase begins.
        on_epoch: after every epoch.
        on_campaign: at every look at a campaign.
        on_swap: with how many candidates the supernet has tried, and of how many.
    """

    on_phase: Callable[[str], None] = lambda _: None
    on_epoch: OnEpoch = ignore
    on_campaign: Callable[[CampaignView], None] = lambda _: None
    on_swap: Callable[[int, int], None] = lambda _, __: None
