"""``/tables/{name}/operations/{digest}``: one number followed to its sessions and samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Response

from lut_server.documents import from_document
from lut_server.timelines.repository import Measured
from lut_server.web.page import Page, PageRoute, picture
from lut_server.web.rows import Row, digest_of, row_of
from lut_server.web.squares import doubt_of
from lut_server.web.store import Looking
from profiler.errors import EntryMissing
from profiler.measurement import Measurement, Session
from profiler.operations import border_of, operation_key
from profiler.pictures.canvas import grouped
from profiler.pictures.history import Moment, Series, history_svg
from profiler.pictures.strip import strip_svg
from profiler.summary import Summary, summarise
from profiler.table import Entry
from profiler.tabulate import tabulate

router = APIRouter(include_in_schema=False, route_class=PageRoute)

SESSIONS = 40
"""How many of the latest sessions of an operation are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """
    An operation in one session.

    Args:
        session: without its measurements: device, conditions, versions.
        received_at: when its report came.
        measurement: with its raw samples.
        summary: of them, border included.
        entry: the row this session alone would give; None where its border was not measured.
    """

    session: Session
    received_at: str
    measurement: Measurement
    summary: Summary
    entry: Entry | None

    @property
    def disturbed(self) -> int:
        """How many rounds others disturbed."""
        return sum(part.state in ("contended", "throttled") for part in self.measurement.rounds)

    @property
    def at(self) -> str:
        """When it was measured, as the device says."""
        return self.session.before.at


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
    visits = [_visit(each) for each in found]
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


def _visit(found: Measured) -> Visit:
    measurement = from_document(Measurement, found.measurement)
    others = [] if found.border is None else [from_document(Measurement, found.border)]
    key = operation_key(measurement.operation)
    entries = (entry for entry in tabulate([[measurement, *others]]) if entry.key == key)
    document = found.session.document | {"measurements": [], "gaps": []}
    return Visit(
        session=from_document(Session, document),
        received_at=found.session.received_at,
        measurement=measurement,
        summary=summarise(measurement),
        entry=next(entries, None),
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
