"""
Campaigns followed by those who look on: a look now and then, for all of them together.

The store says nothing by itself, and another server process may have written what changed; so each
stream looks again after a while.  Streams that look at the same time share one look, which holds
no thread while they wait, and a look that takes long is taken less often.  What a look costs does
not hold up other requests: it has a thread of its own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from fastapi.sse import ServerSentEvent
from sqlalchemy.orm import Session

from lut_server.adaptive.repository import AdaptiveRepository
from lut_server.asking import Asking
from lut_server.campaigns.progress import Progress
from lut_server.campaigns.repository import CampaignRepository
from lut_server.clock import Clock
from lut_server.database import Database
from lut_server.devices.repository import DeviceRepository
from lut_server.devices.service import DeviceService
from lut_server.stopping import Stopping
from lut_server.wire import CampaignView
from profiler.errors import StoreFailed, StreamsExhausted

MOST = 256
"""How many may follow campaigns at once, in one server process."""

PAUSE_S = 1.0
"""Time between two looks, in seconds."""

LOOKING_SHARE = 0.05
"""The share of its time a stream may spend looking; a longer look is followed by a longer pause."""

STOP_WITHIN_S = 0.25
"""How soon a stream ends that is told to, in seconds."""


@dataclass(frozen=True, slots=True)
class _Look:
    """How far a campaign is, asked once for all who follow it."""

    campaign_id: str
    clock: Clock

    def answer(self, session: Session) -> CampaignView:
        campaigns, adaptive = CampaignRepository(session), AdaptiveRepository(session)
        devices = DeviceService(DeviceRepository(session), self.clock)
        return Progress(campaigns, adaptive, devices, self.clock).get(self.campaign_id)


class Streams:
    """
    Those who follow campaigns at one server process.

    Args:
        database: to look into.
        clock: tells the time.
        stopping: says when all streams have to end.
        most: how many there may be.
        pause_s: time between two looks, in seconds.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        stopping: Stopping,
        *,
        most: int = MOST,
        pause_s: float = PAUSE_S,
    ) -> None:
        self._asking = Asking(database)
        self._clock = clock
        self._stopping = stopping
        self._most = most
        self._pause_s = pause_s
        self._open = 0

    @property
    def followers(self) -> int:
        """How many follow a campaign now."""
        return self._open

    @contextmanager
    def place(self) -> Iterator[None]:
        """Take a place for one stream, or raise ``StreamsExhausted``."""
        if self._open >= self._most:
            raise StreamsExhausted(
                f"{self._open} follow campaigns at this server already; look at the campaign now "
                "and then instead, or follow it later"
            )
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1

    async def look(self, campaign_id: str) -> CampaignView:
        """Return a campaign and how far it is, or raise ``CampaignUnknown``."""
        (view,) = await self._asking.ask(_Look(campaign_id, self._clock))
        assert isinstance(view, CampaignView)
        return view

    async def events(self, view: CampaignView) -> AsyncIterator[ServerSentEvent]:
        """Yield a campaign now and whenever it changed, until it is finished or the server ends."""
        yield _event(view)
        while not view.finished and not self._stopping.ending:
            began_s = time.monotonic()
            try:
                later = await self.look(view.id)
            except StoreFailed:
                return  # whoever follows asks again, and is then told why not
            if later != view:
                view = later
                yield _event(view)
            await self._wait(max(self._pause_s, (time.monotonic() - began_s) / LOOKING_SHARE))

    def close(self) -> None:
        """End the thread that looks."""
        self._asking.close()

    async def _wait(self, pause_s: float) -> None:
        end_s = time.monotonic() + pause_s
        while not self._stopping.ending and (left_s := end_s - time.monotonic()) > 0:
            await asyncio.sleep(min(left_s, STOP_WITHIN_S))


def _event(view: CampaignView) -> ServerSentEvent:
    return ServerSentEvent(
        event="finished" if view.finished else "campaign", raw_data=view.model_dump_json()
    )
