"""``/networks``: what searches found, drawn, with each cell's share of the latency."""

from __future__ import annotations

from fastapi import APIRouter, Response

from lut_server.tables.shelved import ShelvedTable
from lut_server.web.page import Page, PageRoute, picture
from lut_server.web.paging import some_of
from lut_server.web.shares import Shares, shares_of
from lut_server.web.store import Look, Looking
from lut_server.wire import SearchedNetworkView
from profiler.errors import TableVersionUnknown
from profiler.operations import Network, operation_digest, operation_label
from profiler.pictures.architecture import architecture_svg

router = APIRouter(include_in_schema=False, route_class=PageRoute)

PER_PAGE = 25


@router.get("/networks")
def networks_page(page: Page, looking: Looking, table: str = "", number: int = 1) -> Response:
    """Show what searches found, the newest first."""
    number = max(1, number)
    with looking.store() as store:
        total = store.count_networks(table or None)
        views = store.networks.latest(table or None, PER_PAGE, (number - 1) * PER_PAGE)
    return page(
        "networks.html.j2",
        some=some_of(views, total, number, PER_PAGE, {"table": table}),
        table=table,
        label_of=operation_label,
        address=str(page.request.base_url).rstrip("/"),
    )


@router.get("/networks/{network_id}")
def network_page(page: Page, looking: Looking, network_id: str) -> Response:
    """Show one network: what it was predicted and measured to take, and where the time goes."""
    with looking.store() as store:
        view = store.networks.get(network_id)
    shelved, as_searched = _table(looking, view)
    shares = None
    drawn = None
    if isinstance(view.network, Network):
        shares = shares_of(view.network, shelved.table, view.predicted_us)
        drawn = picture(architecture_svg(view.network, shares=_of_cells(shares)))
    return page(
        "network.html.j2",
        view=view,
        label=operation_label(view.network),
        shares=shares,
        drawn=drawn,
        as_searched=as_searched,
        version=shelved.version,
        digest=operation_digest(view.network),
    )


def _table(looking: Look, view: SearchedNetworkView) -> tuple[ShelvedTable, bool]:
    """Return the table as the search saw it; as it is now, if that was never handed out here."""
    try:
        return looking.tables.version(view.table, view.table_version), True
    except TableVersionUnknown:
        return looking.tables.get(view.table), False


def _of_cells(shares: Shares) -> dict[tuple[int, int], float]:
    return {part.place: part.share for part in shares.cells if part.share is not None}
