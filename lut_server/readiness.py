"""
``/healthz`` and ``/readyz``: for watchdogs and load balancers, who hold no token.

The first says that the process lives, and asks nobody else; the second that requests should be
sent here.
"""

from __future__ import annotations

from fastapi import APIRouter

from lut_server.deps import Running
from lut_server.errors import problem_responses
from profiler.errors import ServerStopping, StoreFailed

router = APIRouter(tags=["health"])


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """Answer, if the server lives."""
    return {"status": "ok"}


@router.get("/readyz", responses=problem_responses(StoreFailed, ServerStopping))
def readyz(running: Running) -> dict[str, str]:
    """Answer, if the server takes requests and its store can be read and has its schema."""
    if running.stopping.leaving:
        raise ServerStopping("this server is stopping; send requests to another one")
    running.database.ping()
    return {"status": "ready"}
