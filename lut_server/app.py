"""
The web application: routes, errors and the store, put together by ``create_app``.

There is no interactive API page: the usual ones load scripts from elsewhere, and boards live on
closed networks.  The API describes itself at ``/openapi.json``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute

from lut_server.campaigns import endpoints as campaigns
from lut_server.clock import Clock, utc_now
from lut_server.database import open_database
from lut_server.deps import Running, Server
from lut_server.devices import endpoints as devices
from lut_server.errors import install_error_handlers, problem_responses
from lut_server.health import endpoints as healths
from lut_server.jobs import endpoints as jobs
from lut_server.measurements import endpoints as measurements
from lut_server.settings import Settings, is_loopback
from lut_server.tables import endpoints as tables
from lut_server.tables.shelf import TableShelf
from lut_server.tokens.access import Access
from lut_server.tokens.gate import REFUSALS, Gate, require_scope
from profiler.errors import StoreFailed

health = APIRouter(tags=["health"])


@health.get("/healthz")
def healthz() -> dict[str, str]:
    """Answer, if the server lives."""
    return {"status": "ok"}


@health.get("/readyz", responses=problem_responses(StoreFailed))
def readyz(running: Running) -> dict[str, str]:
    """Answer, if the server can read its store."""
    running.database.ping()
    return {"status": "ready"}


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

    @asynccontextmanager
    async def close_at_end(_: FastAPI) -> AsyncIterator[None]:
        yield
        database.close()

    app = FastAPI(
        title="HNA-NAS lookup-table server",
        summary="What neural network operations cost on each device, in microseconds.",
        version=version("hna-nas"),
        docs_url=None,
        redoc_url=None,
        lifespan=close_at_end,
        generate_unique_id_function=_operation_id,
    )
    required = settings.require_tokens or not is_loopback(settings.host)
    access = Access(database, clock, required=required)
    app.state.server = Server(
        settings=settings, database=database, shelf=TableShelf(), clock=clock, access=access
    )
    app.add_middleware(Gate, access=access)
    install_error_handlers(app)
    for domain in (devices, healths, campaigns, jobs, measurements, tables):
        app.include_router(domain.router, dependencies=[Depends(require_scope)], responses=REFUSALS)
    app.include_router(health)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name
