"""``/tables/{name}/operations/{digest}``: one number followed to its sessions and samples."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Response

from lut_server.timelines.visit import Visit, visit_of
from lut_server.web.page import Page, PageRoute, picture
from lut_server.web.rows import Row, digest_of, row_of
from lut_server.web.squares import doubt_of
from lut_server.web.store import Looking
from profiler.errors import EntryMissing
from profiler.operations import border_of, operation_key
from profiler.pictures.canvas import grouped
from profiler.pictures.history import Moment, Series, history_svg
from profiler.pictures.strip import strip_svg

router = APIRouter(include_in_schema=False, route_class=PageRoute)

SESSIONS = 40
"""How many of the latest sessions of an operation are shown."""


@router.get("/tables/{name}/operations/{digest}")
def operation_page(page: Page, looking: Looking, name: str, digest: str) -> Response:
    """Show what an operation cost in each session, and the samples of the newest."""
    shelved = looking.tables.get(name)
    row = row_of(shelved.table, digest)
    if row is None:
        raise EntryMissing([digest], name)
    border = border_of(row.entry.operation)
    around = None if border is None else digest_of(operation_key(border))
    with looking.store() as store:
        found = store.timelines.measured(name, digest, around, SESSIONS)
        ever = store.timelines.count(name, digest)
    visits = [visit_of(each) for each in found]
    half, doubtful = doubt_of(row.entry)
    return page(
        "operation.html.j2",
        name=name,
        row=row,
        entry=row.entry,
        half=half,
        doubtful=doubtful,
        border_digest=around if border and operation_key(border) in shelved.table.by_key else None,
        visits=visits,
        ever=ever,
        history=picture(history_svg({"latency": _series(row, visits)})) if visits else None,
        strip=picture(strip_svg(visits[0].measurement.rounds)) if visits else None,
    )


def _series(row: Row, visits: Sequence[Visit]) -> Series:
    moments = [_moment(visit) for visit in reversed(visits) if visit.entry]
    return Series(moments=moments, usual_us=row.entry.interval_us)


def _moment(visit: Visit) -> Moment:
    entry = visit.entry
    assert entry is not None  # those without are left out
    told = f"{visit.at[:16].replace('T', ' ')} on {visit.session.device.name}: "
    return Moment(
        at=visit.at,
        value_us=entry.latency_us,
        interval_us=entry.interval_us,
        doubtful=entry.value_kind == "suspect",
        tooltip=f"{told}{grouped(entry.latency_us)} µs, {entry.value_kind}",
    )
