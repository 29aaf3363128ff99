"""
What endpoints depend on: one transaction for each request, and services in it.

The transaction ends before the response is sent (``scope="function"``), so that nobody is told of
a change that was not committed.  Dependencies that wait for nothing are ``async``, which saves
each of them a trip through the thread pool.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request
from prometheus_client import CollectorRegistry
from sqlalchemy.orm import Session

from lut_server.adaptive.repository import AdaptiveRepository
from lut_server.audit.noting import note_request
from lut_server.campaigns.repository import CampaignRepository
from lut_server.campaigns.service import CampaignService
from lut_server.campaigns.streams import Streams
from lut_server.clock import Clock
from lut_server.database import Database
from lut_server.devices.repository import DeviceRepository
from lut_server.devices.service import DeviceService
from lut_server.health.repository import HealthRepository
from lut_server.health.service import HealthService
from lut_server.jobs.repository import JobRepository
from lut_server.jobs.service import LeaseService
from lut_server.jobs.tick import Tick
from lut_server.measurements.repository import MeasurementRepository
from lut_server.measurements.service import MeasurementService
from lut_server.predictors.service import Predictors
from lut_server.settings import Settings
from lut_server.stopping import Stopping
from lut_server.tables.reader import TableReader
from lut_server.tables.service import TableService
from lut_server.tables.shelf import TableShelf
from lut_server.tokens.access import Access
from lut_server.tokens.scopes import READING
from lut_server.turns import Turns


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What lives as long as an app does."""

    settings: Settings
    database: Database
    shelf: TableShelf
    clock: Clock
    access: Access
    registry: CollectorRegistry
    stopping: Stopping
    turns: Turns
    streams: Streams
    tick: Tick
    predictors: Predictors


async def server(request: Request) -> Server:
    """Return what the app was made with."""
    return cast(Server, request.app.state.server)


Running = Annotated[Server, Depends(server)]


def _is_query(request: Request) -> bool:
    return request.method in READING


async def turn(request: Request, running: Running) -> AsyncIterator[None]:
    """Let a request wait for its turn at the database without a thread."""
    async with running.turns.turn(writes=not _is_query(request)):
        yield


Turn = Annotated[None, Depends(turn, scope="function")]


async def touch(running: Running) -> AsyncIterator[None]:
    """Let a request wait that changes one row: with writers only where they exclude all others."""
    async with running.turns.turn(writes=running.database.is_file):
        yield


Touch = Annotated[None, Depends(touch, scope="function")]


def transaction(request: Request, running: Running, _: Turn) -> Iterator[Session]:
    """Give a transaction; only requests that may change something queue up to write."""
    database, query = running.database, _is_query(request)
    with database.reading() if query else database.writing() as session:
        yield session
        if not query:
            note_request(request, session, running.clock)


Transaction = Annotated[Session, Depends(transaction, scope="function")]


async def device_service(session: Transaction, running: Running) -> DeviceService:
    """Return the rules about devices in this transaction."""
    return DeviceService(DeviceRepository(session), running.clock)


async def table_service(session: Transaction, running: Running) -> TableService:
    """Return the rules about tables in this transaction."""
    return TableService(session, running.shelf, running.clock)


async def table_reader(running: Running) -> TableReader:
    """Return what hands out tables, in transactions of its own."""
    return TableReader(running.database, running.shelf, running.predictors)


Devices = Annotated[DeviceService, Depends(device_service, scope="function")]
Tables = Annotated[TableService, Depends(table_service, scope="function")]
ReadTables = Annotated[TableReader, Depends(table_reader)]


async def campaign_service(
    session: Transaction, devices: Devices, tables: Tables, running: Running
) -> CampaignService:
    """Return the rules about campaigns in this transaction."""
    campaigns, jobs = CampaignRepository(session), JobRepository(session)
    adaptive = AdaptiveRepository(session)
    return CampaignService(campaigns, adaptive, jobs, devices, tables, running.clock)


def leases_in(session: Session, running: Server) -> LeaseService:
    """Return the rules about leases in a transaction."""
    devices = DeviceService(DeviceRepository(session), running.clock)
    lease_s, pause_s = running.settings.lease_seconds, running.settings.suspect_pause_s
    jobs = JobRepository(session)
    return LeaseService(jobs, devices, running.clock, lease_s, pause_s, running.tick)


def measurements_in(session: Session, running: Server) -> MeasurementService:
    """Return the rules about measurements in a transaction."""
    measurements, jobs = MeasurementRepository(session), JobRepository(session)
    devices = DeviceService(DeviceRepository(session), running.clock)
    tables = TableService(session, running.shelf, running.clock)
    pause_s = running.settings.suspect_pause_s
    return MeasurementService(measurements, jobs, devices, tables, running.clock, pause_s)


async def measurement_service(session: Transaction, running: Running) -> MeasurementService:
    """Return the rules about measurements in this transaction."""
    return measurements_in(session, running)


Campaigns = Annotated[CampaignService, Depends(campaign_service, scope="function")]
Measurements = Annotated[MeasurementService, Depends(measurement_service, scope="function")]


async def health_service(
    session: Transaction, measurements: Measurements, running: Running
) -> HealthService:
    """Return the rules about health in this transaction."""
    checks, devices = HealthRepository(session), DeviceRepository(session)
    return HealthService(checks, devices, measurements, running.clock)


Healths = Annotated[HealthService, Depends(health_service, scope="function")]
