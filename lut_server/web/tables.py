"""``/tables``: what operations cost, as a heat map of cells and operations and as a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fastapi import APIRouter, Response

from lut_server.tables.shelved import ShelvedTable
from lut_server.web.overview import certificate_state
from lut_server.web.page import Page, PageRoute
from lut_server.web.paging import paged
from lut_server.web.rows import Row, rows_of
from lut_server.web.squares import squares_of
from lut_server.web.store import Look, Looking
from lut_server.wire import TableFilter, TableView
from profiler.operations import Network
from profiler.pictures.heat_map import HeatMap, heat_map

router = APIRouter(include_in_schema=False, route_class=PageRoute)

PER_PAGE = 50
SLOTS_PER_PAGE = 40
VERSIONS = 20

ORDERS: dict[str, Callable[[Row], object]] = {
    "key": lambda row: row.key,
    "latency": lambda row: row.entry.latency_us,
    "slowest": lambda row: -row.entry.latency_us,
    "doubt": lambda row: (not row.entry.warnings, row.entry.value_kind == "measured", row.key),
}
"""How a list of rows can be ordered."""


@router.get("/tables")
def tables_page(page: Page, looking: Looking, q: str = "", number: int = 1) -> Response:
    """Show all tables, or those that match *q*."""
    every = looking.tables.all(TableFilter())
    with looking.store() as store:
        received = store.last_received()
    found = [view for view in every if q.lower() in f"{view.name} {view.environment.label}".lower()]
    now = looking.server.clock()
    return page(
        "tables.html.j2",
        some=paged(found, number, PER_PAGE, {"q": q}),
        every=len(every),
        q=q,
        received=received,
        certificates={view.name: certificate_state(view, now) for view in found},
        address=str(page.request.base_url).rstrip("/"),
    )


@router.get("/tables/{name}")
def table_page(
    page: Page,
    looking: Looking,
    name: str,
    version: str = "",
    q: str = "",
    order: str = "key",
    number: int = 1,
    slots: int = 1,
) -> Response:
    """Show one table, or a version it once was."""
    shelved = looking.tables.version(name, version) if version else looking.tables.get(name)
    versions = looking.tables.versions(name)
    with looking.store() as store:
        certificates = store.certificates(name, 1)
        certificate = certificates[0] if certificates else None
        newer = store.software(name, certificate.created_at) if certificate else ()
        networks = store.networks.latest(name, 8)
        ids = store.campaign_ids_of_table(name, 5)
        campaigns = [store.campaign(campaign_id) for campaign_id in ids]
        received = store.last_received().get(name)
    now = looking.server.clock()
    doubts = certificate.doubts(shelved.table, now, newer) if certificate else ()
    searched = [each.network for each in networks if isinstance(each.network, Network)]
    shown = heat_map(shelved.table, searched)
    view = _view(looking, shelved, certificates)
    order = order if order in ORDERS else "key"
    asked = {"version": version, "q": q, "order": order if order != "key" else ""}
    return page(
        "table.html.j2",
        table=shelved.table,
        view=view,
        version=version,
        current=not version or version == versions[0].version,
        versions=versions[:VERSIONS],
        all_versions=len(versions),
        picture=_shown(shown, slots, asked),
        coverage=coverage(shown, shelved),
        some=paged(_ordered(shelved, q, order), number, PER_PAGE, {**asked, "slots": _if(slots)}),
        q=q,
        order=order,
        orders=tuple(ORDERS),
        certificate=certificate,
        certified=certificate_state(view, now, doubts),
        networks=networks,
        campaigns=campaigns,
        received=received,
    )


def coverage(shown: HeatMap, shelved: ShelvedTable) -> list[tuple[str, int, float]]:
    """
    Return how the operations of a table came to be: kind, count, share of all.

    Of a table of cells, what its slots lack is counted as missing.
    """
    counts = dict.fromkeys(("measured", "suspect", "imported", "transferred", "predicted"), 0)
    for entry in shelved.table.entries:
        counts[entry.value_kind] += 1
    counts["missing"] = shown.coverage().get("missing", 0)
    total = sum(counts.values()) or 1
    return [(kind, count, count / total) for kind, count in counts.items() if count]


def _shown(shown: HeatMap, slots: int, asked: dict[str, str]) -> dict[str, object] | None:
    """Return what the template needs of a heat map; None for a table that has no cells."""
    if not shown.rows:
        return None
    some = paged(shown.rows, slots, SLOTS_PER_PAGE, asked, "slots")
    return {"candidates": shown.candidates, "some": some, "squares": squares_of(shown, some.items)}


def _ordered(shelved: ShelvedTable, q: str, order: str) -> Sequence[Row]:
    rows = rows_of(shelved.table, q)
    return sorted(rows, key=ORDERS[order])  # type: ignore[arg-type]


def _view(looking: Look, shelved: ShelvedTable, certificates: Sequence[object]) -> TableView:
    table = shelved.table
    return TableView.model_validate(
        {
            "name": table.name,
            "device_model": table.device_model,
            "environment": table.environment,
            "entries": len(table.entries),
            "version": shelved.version,
            "simulated": table.simulated,
            "emulated": table.emulated,
            "certificate": certificates[0] if certificates else None,
        }
    )


def _if(number: int) -> int | str:
    return number if number > 1 else ""
