"""``/compare``: two tables, or two versions of one, operation by operation."""

from __future__ import annotations

from math import log

from fastapi import APIRouter, Response

from lut_server.tables.shelved import ShelvedTable
from lut_server.web.page import Page, PageRoute
from lut_server.web.paging import paged
from lut_server.web.rows import digest_of
from lut_server.web.store import Look, Looking
from lut_server.wire import TableFilter
from profiler.operations import operation_label
from profiler.table import Table
from profiler.table_diff import CHANGES, RowDiff, diff

router = APIRouter(include_in_schema=False, route_class=PageRoute)

PER_PAGE = 100


@router.get("/compare")
def compare_page(
    page: Page,
    looking: Looking,
    a: str = "",
    b: str = "",
    a_version: str = "",
    b_version: str = "",
    only: str = "",
    number: int = 1,
) -> Response:
    """Show two tables side by side, the largest change first."""
    names = [view.name for view in looking.tables.all(TableFilter())]
    chosen = {"a": a, "a_version": a_version, "b": b, "b_version": b_version}
    if not (a and b):
        return page("compare.html.j2", names=names, chosen=chosen, found=None)
    before, after = _table(looking, a, a_version), _table(looking, b, b_version)
    found = diff(before.table, after.table)
    shown = [row for row in found.rows if only in ("", row.change)]
    return page(
        "compare.html.j2",
        names=names,
        chosen=chosen,
        found=found,
        some=paged(sorted(shown, key=_order), number, PER_PAGE, {**chosen, "only": only}),
        only=only,
        label_of=lambda row: _label(row, before.table, after.table),
        digest_of=digest_of,
    )


def _table(looking: Look, name: str, version: str) -> ShelvedTable:
    return looking.tables.version(name, version) if version else looking.tables.get(name)


def _order(row: RowDiff) -> tuple[int, float]:
    """What changed for certain comes first, of that the largest change."""
    return CHANGES.index(row.change), -abs(log(row.ratio)) if row.ratio else 0.0


def _label(row: RowDiff, before: Table, after: Table) -> str:
    entry = after.by_key.get(row.key) or before.by_key[row.key]
    return operation_label(entry.operation)
