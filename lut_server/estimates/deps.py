"""What endpoints about estimates depend on."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from lut_server.deps import ReadTables, Running
from lut_server.estimates.service import EstimateService


async def estimate_service(tables: ReadTables, running: Running) -> EstimateService:
    """Return the rules about estimates."""
    return EstimateService(tables, running.database, running.clock)


Estimates = Annotated[EstimateService, Depends(estimate_service)]
