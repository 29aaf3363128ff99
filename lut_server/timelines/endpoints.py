"""``/v1/tables/{name}/timeline``: an operation over time."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from lut_server.deps import ReadTables, Running
from lut_server.errors import problem_responses
from lut_server.timelines.service import TimelineService
from lut_server.wire import Timeline
from profiler.errors import EntryMissing, TableUnknown

router = APIRouter(prefix="/v1/tables/{name}/timeline", tags=["tables"])


async def timeline_service(tables: ReadTables, running: Running) -> TimelineService:
    """Return the rules about timelines."""
    return TimelineService(tables, running.database)


Timelines = Annotated[TimelineService, Depends(timeline_service)]


@router.get("", responses=problem_responses(TableUnknown, EntryMissing))
def get_timeline(
    name: str,
    key: Annotated[str, Query(description="The operation's key.", max_length=100_000)],
    timelines: Timelines,
    count: Annotated[int, Query(ge=1, le=1_000, description="At most so many sessions.")] = 100,
) -> Timeline:
    """Return what each session said of an operation, the newest first."""
    return timelines.timeline(name, key, count)
