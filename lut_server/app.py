"""
The web application: routes, errors and the store, put together by ``create_app``.

There is no interactive API page: the usual ones load scripts from elsewhere, and boards live on
closed networks.  The API describes itself at ``/openapi.json``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute

from lut_server.adaptive.service import Adaptive
from lut_server.adaptive.thinking import thinking
from lut_server.alerts import endpoints as alerts
from lut_server.asking import Asking
from lut_server.audit import endpoints as audit
from lut_server.campaigns import endpoints as campaigns
from lut_server.campaigns import onboarding
from lut_server.campaigns.streams import Streams
from lut_server.clock import Clock, utc_now
from lut_server.database import open_database
from lut_server.deps import Server
from lut_server.devices import endpoints as devices
from lut_server.edge.install import EVERYWHERE, install_edge
from lut_server.engines.stamp import Stamp
from lut_server.enrolment import endpoints as enrolment
from lut_server.errors import install_error_handlers
from lut_server.estimates import endpoints as estimates
from lut_server.health import endpoints as healths
from lut_server.imports import endpoints as imports
from lut_server.jobs import endpoints as jobs
from lut_server.jobs.tick import Tick
from lut_server.measurements import endpoints as measurements
from lut_server.metrics import endpoints as metrics
from lut_server.metrics.requests import CountedRequests, RequestCounts, folder_of_workers
from lut_server.metrics.store import StoreMetrics
from lut_server.networks import endpoints as networks
from lut_server.predictors import endpoints as predictors
from lut_server.predictors.service import Predictors
from lut_server.readiness import router as readiness
from lut_server.retention.daily import thinning_daily
from lut_server.settings import Settings, is_loopback
from lut_server.stopping import Stopping
from lut_server.tables import endpoints as tables
from lut_server.tables.quick import QuickTables
from lut_server.tables.shelf import TableShelf
from lut_server.timelines import endpoints as timelines
from lut_server.tokens.access import Access
from lut_server.tokens.gate import REFUSALS, Gate, require_scope
from lut_server.triages import endpoints as triages
from lut_server.turns import Turns
from lut_server.web.router import router as pages


def create_app(settings: Settings, clock: Clock = utc_now) -> FastAPI:
    """
    Return the server as an ASGI application on an opened store.

    Args:
        settings: of the server.
        clock: tells the time, in UTC; leases expire by it.

    Raises:
        StoreInvalid: the database cannot be used, or is of a newer version.
    """
    database = open_database(settings.database, settings.busy_timeout_s)
    asking, stopping = Asking(database, Stamp(settings.database)), Stopping()
    streams = Streams(database, clock, stopping)

    @asynccontextmanager
    async def close_at_end(_: FastAPI) -> AsyncIterator[None]:
        with (
            thinning_daily(settings.keep_samples_days, database, clock),
            thinking(Adaptive(database, shelf, clock), settings.think_every_s),
        ):
            yield
        forecasts.close()
        asking.close()
        streams.close()
        database.close()

    app = FastAPI(
        title="HNA-NAS lookup-table server",
        summary="What neural network operations cost on each device, in microseconds.",
        version=version("hna-nas"),
        docs_url=None,
        redoc_url=None,
        # looked for in the environment with every request otherwise; /metrics is what is counted
        telemetry={"tracing": False, "metrics": False, "logs": False},
        lifespan=close_at_end,
        generate_unique_id_function=_operation_id,
        responses=EVERYWHERE,
    )
    required = settings.require_tokens or not is_loopback(settings.host)
    access = Access(database, clock, required=required)
    shelf = TableShelf(database, clock)
    forecasts = Predictors(database, shelf, clock)
    counts = RequestCounts(folder_of_workers())
    counts.registry.register(StoreMetrics(database, clock))
    app.state.server = Server(
        settings=settings,
        database=database,
        shelf=shelf,
        clock=clock,
        access=access,
        registry=counts.registry,
        stopping=stopping,
        turns=Turns(settings.busy_timeout_s),
        streams=streams,
        tick=Tick(),
        predictors=forecasts,
    )
    app.add_middleware(QuickTables, shelf=shelf, asking=asking)
    app.add_middleware(Gate, access=access, asking=asking)
    install_error_handlers(app)
    for domain in (
        devices,
        healths,
        campaigns,
        onboarding,
        jobs,
        measurements,
        tables,
        predictors,
        networks,
        estimates,
        timelines,
        alerts,
        triages,
        enrolment,
        audit,
        imports,
        metrics,
    ):
        app.include_router(domain.router, dependencies=[Depends(require_scope)], responses=REFUSALS)
    app.include_router(enrolment.at_the_door)
    app.include_router(readiness)
    app.include_router(pages)
    install_edge(app, settings)
    app.add_middleware(CountedRequests, counts=counts)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name
