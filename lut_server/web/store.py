"""
What pages look up: one short transaction for each look, tables outside of any.

A table that is not on its shelf is computed in transactions of its own, so a page that needs one
looks at the store before or after, never meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lut_server.adaptive.repository import AdaptiveRepository
from lut_server.campaigns.progress import Progress
from lut_server.campaigns.repository import CampaignRepository
from lut_server.clock import Clock
from lut_server.deps import Running, Server
from lut_server.devices.repository import DeviceRepository
from lut_server.devices.service import DeviceService
from lut_server.documents import from_document
from lut_server.models import (
    CampaignDeviceRow,
    CampaignRow,
    CampaignTargetRow,
    CertificateRow,
    DeviceRow,
    HealthCheckRow,
    SearchedNetworkRow,
    SessionRow,
    TableRow,
)
from lut_server.networks.service import NetworkService
from lut_server.tables.reader import TableReader
from lut_server.tables.repository import TableRepository
from lut_server.timelines.repository import TimelineRepository
from lut_server.wire import CampaignView
from profiler.certificates import Certificate
from profiler.measurement import Gap

MOVING = ("running", "paused")


class Store:
    """
    Looks of pages in one transaction.

    Args:
        session: the transaction.
        clock: tells the time, in UTC.
    """

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self.devices = DeviceService(DeviceRepository(session), clock)
        self.networks = NetworkService(session, clock)
        self.timelines = TimelineRepository(session)
        self._campaigns = CampaignRepository(session)
        adaptive = AdaptiveRepository(session)
        self._progress = Progress(self._campaigns, adaptive, self.devices, clock)

    def campaign(self, campaign_id: str) -> CampaignView:
        """Return a campaign and how far it is, or raise ``CampaignUnknown``."""
        return self._progress.get(campaign_id)

    def gaps(self, campaign_id: str) -> list[Gap]:
        """Return what could not be measured for a campaign, each operation once."""
        rows = self._campaigns.gaps(campaign_id)
        once = {row.digest: row.document for row, _ in rows}
        return [from_document(Gap, document) for document in once.values()]

    def count_networks(self, table: str | None = None) -> int:
        """Return how many searched networks there are."""
        query = select(func.count()).select_from(SearchedNetworkRow)
        if table is not None:
            query = query.where(SearchedNetworkRow.table_name == table)
        return self._session.scalar(query) or 0

    def count_campaigns(self, *, moving: bool = False) -> int:
        """Return how many campaigns there are, or still move."""
        query = select(func.count()).select_from(CampaignRow)
        if moving:
            query = query.where(CampaignRow.state.in_(MOVING))
        return self._session.scalar(query) or 0

    def campaign_ids(
        self, count: int, skip: int = 0, *, moving: bool = False, fingerprint: str | None = None
    ) -> Sequence[str]:
        """Return the ids of campaigns, the newest first: all, those that move, or a device's."""
        query = select(CampaignRow.id)
        if moving:
            query = query.where(CampaignRow.state.in_(MOVING))
        if fingerprint is not None:
            theirs = select(CampaignDeviceRow.campaign_id)
            theirs = theirs.where(CampaignDeviceRow.fingerprint == fingerprint)
            query = query.where(CampaignRow.id.in_(theirs))
        order = (CampaignRow.created_at.desc(), CampaignRow.id)
        return self._session.scalars(query.order_by(*order).limit(count).offset(skip)).all()

    def campaign_ids_of_table(self, table: str, count: int) -> Sequence[str]:
        """Return the ids of the newest campaigns that measure for a table."""
        query = (
            select(CampaignRow.id)
            .join(CampaignTargetRow, CampaignTargetRow.campaign_id == CampaignRow.id)
            .where(CampaignTargetRow.table_name == table)
            .order_by(CampaignRow.created_at.desc(), CampaignRow.id)
        )
        return self._session.scalars(query.limit(count)).all()

    def table_names(self, names: Iterable[str]) -> frozenset[str]:
        """Return which of *names* are of tables that hold something."""
        query = select(TableRow.name).where(TableRow.name.in_(list(names)), TableRow.changes > 0)
        return frozenset(self._session.scalars(query))

    def last_received(self) -> dict[str, str]:
        """Return when each table last got a session that was measured for it."""
        query = select(SessionRow.table_name, func.max(SessionRow.received_at))
        query = query.where(SessionRow.id.not_in(select(HealthCheckRow.session_id)))
        rows = self._session.execute(query.group_by(SessionRow.table_name))
        return {row[0]: row[1] for row in rows}

    def certificates(self, table: str, count: int) -> list[Certificate]:
        """Return the latest certificates of a table, the newest first."""
        query = select(CertificateRow.document).where(CertificateRow.table_name == table)
        latest = query.order_by(CertificateRow.id.desc()).limit(count)
        return [from_document(Certificate, each) for each in self._session.scalars(latest)]

    def software(self, table: str, since: str) -> tuple[str, ...]:
        """Return each ``name=version`` that sessions of a table received after *since* ran."""
        return TableRepository(self._session).software(table, since)

    def checks(self, fingerprint: str, count: int) -> Sequence[HealthCheckRow]:
        """Return the latest health checks of a device, the newest first."""
        query = select(HealthCheckRow).where(HealthCheckRow.fingerprint == fingerprint)
        order = (HealthCheckRow.at.desc(), HealthCheckRow.session_id)
        return self._session.scalars(query.order_by(*order).limit(count)).all()

    def baseline(self, fingerprint: str) -> str:
        """Return since when the checks of a device are compared; empty for ever."""
        query = select(DeviceRow.baseline_since).where(DeviceRow.fingerprint == fingerprint)
        return self._session.scalar(query) or ""

    def count_checks(self, fingerprint: str) -> int:
        """Return how many health checks a device ever had."""
        query = select(func.count()).where(HealthCheckRow.fingerprint == fingerprint)
        return self._session.scalar(query) or 0


@dataclass(frozen=True, slots=True)
class Look:
    """Gives pages the store and the tables; made for each request."""

    server: Server

    @property
    def tables(self) -> TableReader:
        """The tables; to be asked outside of ``store``."""
        return TableReader(self.server.database, self.server.shelf, self.server.predictors)

    @contextmanager
    def store(self) -> Iterator[Store]:
        """Give the store in one transaction that reads."""
        with self.server.database.reading() as session:
            yield Store(session, self.server.clock)
            session.expunge_all()  # rows are looked at after the transaction


async def look(running: Running) -> Look:
    """Return what pages look with."""
    return Look(running)


Looking = Annotated[Look, Depends(look)]
